// Plays scenes: the command as it is typed, its real output, and at the end a table.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { capture } from '../command.mjs';

const WIDTH = 100;

/** Commands of two words. */
const FAMILIES = new Set(['policy', 'keys', 'attach', 'slsa']);

/**
 * @typedef {object} Program
 * @property {string} name as it is typed
 * @property {string} label with its version
 * @property {string | undefined} path `undefined` where it is not installed: scenes that need it are skipped
 */

/**
 * @typedef {object} Played
 * @property {import('./scenes.mjs').Scene} scene
 * @property {string | undefined} skipped the program that it is skipped for
 * @property {string} outcome
 * @property {number | undefined} exit
 * @property {number} ms
 * @property {readonly string[]} args
 * @property {string[]} faults in what way it did not go as expected
 */

/**
 * @param {import('./scenes.mjs').Scene} scene
 * @param {{ number: number, root: string, folder: string, print: (text: string) => void, dressed: boolean }} stage
 * @returns {Promise<Played>}
 */
export async function play(scene, { number, root, folder, print, dressed }) {
  print(`\n${bold(`${number}. ${scene.title}`, dressed)}\n${wrap(scene.about, '').join('\n')}\n\n`);
  const { program } = scene;
  const missing = [program, scene.needs].find((p) => p !== undefined && p.path === undefined);
  if (missing !== undefined) {
    print(`[skipped: ${missing.label} is not installed]\n`);
    return { scene, args: [], skipped: missing.label, outcome: 'skipped', exit: undefined, ms: 0, faults: [] };
  }
  await scene.prepare?.();
  const args = typeof scene.args === 'function' ? scene.args() : scene.args;
  if (scene.file !== undefined) print(`${fileText(folder, scene.file)}\n`);
  const variables = variablesIn(folder, scene.variables);
  print(`${typed(scene.variables === undefined ? [] : ['env', `$(cat ${scene.variables})`], program?.name ?? 'assay', args).join('\n')}\n`);
  const started = performance.now();
  const [path, first] = program === undefined ? [process.execPath, [join(root, 'bin/assay.js')]] : [program.path, []];
  const { code, stdout, stderr } = await capture(path, [...first, ...args], {
    cwd: folder,
    env: { ...environment(folder), ...variables },
    timeoutMs: 60_000,
  });
  const ms = Math.round(performance.now() - started);
  const output = scene.asksFirst ? `${stderr}${stdout}` : `${stdout}${stderr}`;
  const lines = output.trimEnd().split('\n');
  for (const line of program === undefined ? lines : excerpt(lines)) for (const part of fold(line)) print(`${paint(part, dressed)}\n`);
  const outcome = program === undefined ? outcomeIn(scene, args, code, stdout) : outcomeOfOther(scene, code);
  print(`[exit ${code}]\n`);
  const wrong = (await scene.check?.({ output })) ?? [];
  if (scene.checked !== undefined && wrong.length === 0) print(`[checked: ${scene.checked}]\n`);
  const faults = [
    ...(code === scene.exit ? [] : [`exit code ${code}, expected ${scene.exit}`]),
    ...(outcome === scene.outcome ? [] : [`outcome "${outcome}", expected "${scene.outcome}"`]),
    ...(scene.says ?? []).filter((text) => !text.test(program === undefined ? stdout : output)).map((text) => `the output lacks ${text}`),
    ...(scene.complains ?? []).filter((text) => !text.test(stderr)).map((text) => `stderr lacks ${text}`),
    ...wrong,
  ];
  return { scene, args, skipped: undefined, outcome, exit: code, ms, faults };
}

/** Variables of this machine that say who signs, where and as what: a scene has its own. */
const FOREIGN = /^(?:COSIGN|SIGSTORE|TUF|NOTATION|ACTIONS|GITHUB|GITLAB|CI|BUILDKITE|TEKTON|SPIFFE|GOOGLE|VAULT|AWS|AZURE)_/;

/** Everything that a tool keeps is in the demo's folder, and no tool asks a proxy. */
function environment(folder) {
  const foreign = Object.fromEntries(Object.keys(process.env).flatMap((name) => (FOREIGN.test(name) ? [[name, undefined]] : [])));
  const places = { HOME: folder, XDG_CACHE_HOME: join(folder, 'cache'), XDG_CONFIG_HOME: join(folder, 'config'), DOCKER_CONFIG: folder };
  return { ...foreign, ...places, NO_COLOR: '1', NO_PROXY: '*', HTTP_PROXY: '', HTTPS_PROXY: '', NODE_EXTRA_CA_CERTS: undefined };
}

function variablesIn(folder, name) {
  if (name === undefined) return {};
  const lines = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}

/** The output of somebody else's tool, without the payloads that it prints for scripts. */
function excerpt(lines) {
  return lines.map((line) => (line.length > WIDTH && /^[[{]/.test(line) ? `${line.slice(0, WIDTH - 1)}…` : line));
}

/** A file as `cat` shows it, without what follows its first document, and without secrets. */
function fileText(folder, name) {
  const [first, ...more] = readFileSync(join(folder, name), 'utf8').split(/^---\n/m);
  const lines = first
    .trimEnd()
    .replace(/^(\w+_TOKEN=).*$/gm, '$1…')
    .split('\n')
    .flatMap(fold);
  return [`$ cat ${name}`, ...lines, ...(more.length === 0 ? [] : ['---', '…']), ''].join('\n');
}

/** Tools of others say it by their exit code. */
function outcomeOfOther({ outcome }, code) {
  return outcome === 'shown' ? 'shown' : code === 0 ? 'verified' : 'not verified';
}

/** What commands that sign say, and what it is called here. */
const SIGNED = new Map([
  ['signed', 'signed'],
  ['attested', 'attested'],
  ['signed already, kept', 'kept'],
  ['attested already, kept', 'kept'],
  ['not signed', 'refused'],
  ['not attested', 'refused'],
]);

/** The outcome as the output itself says it. */
function outcomeIn({ outcome }, args, code, stdout) {
  if (outcome === 'shown') return stdout === '' ? 'nothing' : 'shown';
  if (args[0] === 'sign' || args[0] === 'attest') {
    const [, said = ''] = /^\S+ ((?:not )?(?:signed|attested)(?: already, kept)?) {2,}/m.exec(stdout) ?? [];
    return SIGNED.get(said) ?? (stdout === '' && code !== 0 ? 'refused' : 'none');
  }
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
  const rows = played.map(({ scene, args, skipped, outcome, exit, ms, faults }) => [
    scene.title,
    skipped ?? `${scene.program?.name ?? 'assay'} ${args.slice(0, FAMILIES.has(args[0]) ? 2 : 1).join(' ')}`,
    `${scene.outcome}, ${scene.exit}`,
    outcome,
    String(exit ?? ''),
    skipped === undefined ? `${ms} ms` : '',
    skipped !== undefined ? '' : faults.length === 0 ? 'ok' : 'WRONG',
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
function typed(before, program, args) {
  const words = [...before, program, ...args.map((a) => (/^[\w./:@=,+-]+$/.test(a) ? a : `'${a}'`))];
  const groups = [];
  for (const word of words) {
    const last = groups.at(-1);
    if (last?.length === 1 && /^--[\w-]+$/.test(last[0]) && !word.startsWith('--')) last.push(word);
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
    /^(\s*)(ok\b(?: verified| allowed| (?:signed|attested)(?: already, kept)?)?|FAIL\b(?: (?:not verified|denied) \(\w+\)| not (?:signed|attested))?|\?\?(?: inconclusive)?)/,
    (_, space, word) => {
      const colour = word.startsWith('ok') ? 32 : word.startsWith('FAIL') ? 31 : 33;
      return `${space}\u001b[${colour}m${word}\u001b[39m`;
    },
  );
}
