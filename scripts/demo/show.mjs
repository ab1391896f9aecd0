// Plays scenes: the command as it is typed, its real output, and at the end a table.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../command.mjs';

const WIDTH = 100;

/**
 * @typedef {object} Played
 * @property {import('./scenes.mjs').Scene} scene
 * @property {string} outcome
 * @property {number} exit
 * @property {number} ms
 * @property {string[]} faults in what way it did not go as expected
 */

/**
 * @param {import('./scenes.mjs').Scene} scene
 * @param {{ number: number, root: string, folder: string, print: (text: string) => void, dressed: boolean }} stage
 * @returns {Promise<Played>}
 */
export async function play(scene, { number, root, folder, print, dressed }) {
  print(`\n${bold(`${number}. ${scene.title}`, dressed)}\n${wrap(scene.about, '').join('\n')}\n\n`);
  if (scene.file !== undefined) print(`${fileText(folder, scene.file)}\n`);
  print(`${typed(scene.args).join('\n')}\n`);
  const started = performance.now();
  const env = { HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), DOCKER_CONFIG: folder, NO_COLOR: '1', NODE_EXTRA_CA_CERTS: undefined };
  const { code, stdout, stderr } = await capture(process.execPath, [join(root, 'bin/assay.js'), ...scene.args], {
    cwd: folder,
    env,
    timeoutMs: 60_000,
  });
  const ms = Math.round(performance.now() - started);
  for (const line of `${stdout}${stderr}`.trimEnd().split('\n')) for (const part of fold(line)) print(`${paint(part, dressed)}\n`);
  const outcome = outcomeIn(scene, stdout);
  print(`[exit ${code}]\n`);
  const faults = [
    ...(code === scene.exit ? [] : [`exit code ${code}, expected ${scene.exit}`]),
    ...(outcome === scene.outcome ? [] : [`outcome "${outcome}", expected "${scene.outcome}"`]),
    ...(scene.says ?? []).filter((text) => !text.test(stdout)).map((text) => `the output lacks ${text}`),
  ];
  return { scene, outcome, exit: code, ms, faults };
}

/** A file as `cat` shows it, without what follows its first document. */
function fileText(folder, name) {
  const [first, ...more] = readFileSync(join(folder, name), 'utf8').split(/^---\n/m);
  const lines = first.trimEnd().split('\n').flatMap(fold);
  return [`$ cat ${name}`, ...lines, ...(more.length === 0 ? [] : ['---', '…']), ''].join('\n');
}

/** The outcome as the output itself says it. */
function outcomeIn({ args, outcome }, stdout) {
  if (outcome === 'shown') return stdout === '' ? 'nothing' : 'shown';
  if (args.includes('json')) {
    try {
      return String(JSON.parse(stdout).outcome);
    } catch {
      return 'no JSON';
    }
  }
  const [, images] = /^(\d+ images: .*)$/m.exec(stdout) ?? [];
  if (images !== undefined)
    return / 0 not verified/.test(images) ? (/ 0 inconclusive/.test(images) ? 'verified' : 'inconclusive') : 'not verified';
  const [, first, inner] = /^\S+ (verified|inconclusive|allowed|(?:not verified|allowed|denied) \((\w+)\))/.exec(stdout) ?? [];
  return inner ?? (first === 'allowed' ? 'verified' : first) ?? 'none';
}

/**
 * @param {readonly Played[]} played
 * @param {boolean} dressed
 * @returns {string}
 */
export function table(played, dressed) {
  const rows = played.map(({ scene, outcome, exit, ms, faults }) => [
    scene.title,
    `assay ${scene.args.slice(0, scene.args[0] === 'policy' ? 2 : 1).join(' ')}`,
    `${scene.outcome}, ${scene.exit}`,
    outcome,
    String(exit),
    `${ms} ms`,
    faults.length === 0 ? 'ok' : 'WRONG',
  ]);
  const all = [['scene', 'command', 'expected', 'outcome', 'exit', 'time', ''], ...rows];
  const widths = all[0].map((_, i) => Math.max(...all.map((row) => row[i].length)));
  const line = (row) =>
    row
      .map((cell, i) => (i === 4 || i === 5 ? cell.padStart(widths[i]) : cell.padEnd(widths[i])))
      .join('  ')
      .trimEnd();
  const [head, ...lines] = all.map(line);
  return [bold(head, dressed), '-'.repeat(Math.min(WIDTH, Math.max(...lines.map((l) => l.length)))), ...lines].join('\n');
}

/** A command line as it would be typed, broken where it is too long. */
function typed(args) {
  const words = ['assay', ...args.map((a) => (/^[\w./:@=,+-]+$/.test(a) ? a : `'${a}'`))];
  const groups = [];
  for (const word of words) {
    const last = groups.at(-1);
    if (last?.length === 1 && last[0].startsWith('--') && !word.startsWith('--')) last.push(word);
    else groups.push([word]);
  }
  return wrap(groups.map((g) => g.join('\u00a0')).join(' '), '  ', ' \\', '$ ').map((l) => l.replaceAll('\u00a0', ' '));
}

function wrap(text, indent, end = '', start = '') {
  const lines = [];
  let line = start;
  for (const word of text.split(' ')) {
    const longer = line === start || line === indent ? `${line}${word}` : `${line} ${word}`;
    if (longer.length + end.length > WIDTH && line !== indent) {
      lines.push(`${line}${end}`);
      line = `${indent}${word}`;
    } else line = longer;
  }
  return [...lines, line];
}

/** A line of output that is too long: with a smaller gap before its last column where that is enough, else folded at spaces. */
function fold(line) {
  const [, start = '', gap = '', end = ''] = /^(.*\S)( {3,})(\S.*)$/.exec(line) ?? [];
  const room = WIDTH - start.length - end.length;
  if (line.length > WIDTH && room >= 2 && gap !== '') return [`${start}${' '.repeat(room)}${end}`];
  const lead = /^ */.exec(line)?.[0] ?? '';
  return line.length <= WIDTH ? [line] : wrap(line.trim(), `${lead}      `, '', lead);
}

function bold(text, dressed) {
  return dressed ? `\u001b[1m${text}\u001b[22m` : text;
}

/** The colours of a terminal for the words that assay prints into a pipe. */
function paint(line, dressed) {
  if (!dressed) return line;
  return line.replace(
    /^(\s*)(ok\b(?: verified| allowed)?|FAIL\b(?: (?:not verified|denied) \(\w+\))?|\?\?(?: inconclusive)?)/,
    (_, space, word) => {
      const colour = word.startsWith('ok') ? 32 : word.startsWith('FAIL') ? 31 : 33;
      return `${space}\u001b[${colour}m${word}\u001b[39m`;
    },
  );
}
