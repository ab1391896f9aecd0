import { AssayError, toAssayError } from '../errors.ts';
import { exitCodeOf } from './exit-codes.ts';
import { findCommand } from './find-command.ts';
import { type Io, processIo } from './io.ts';
import { failedRun, printError } from './output/errors.ts';
import { isStructured, structured } from './output/output.ts';
import { VERSION } from './version.ts';

/**
 * Runs one command line (without `node` and the script) and answers its exit code (CONTRACT, "Exit codes"). Never throws.
 * With `--output json` exactly one JSON object goes to stdout, whatever happens.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const format = wantedFormat(argv, io.env);
  let schema = 'assay/error/v1';
  let answered = false;
  try {
    // What the scripts of `assay completion` ask while a person types.
    if (argv[0] === 'complete' && argv[1] === '--') return await suggestions(io, argv.slice(2));
    const wanted = findCommand(argv);
    if (wanted.kind === 'version') return await say(io, format, { schema: 'assay/version/v1', version: VERSION }, `assay ${VERSION}\n`);
    if (wanted.kind === 'help') return await help(io, format, wanted.family, wanted.asked);
    schema = wanted.entry.schema;
    const { runCommand } = await import('./run-command.ts');
    return await runCommand({ ...wanted, format }, io, () => {
      answered = true;
    });
  } catch (thrown) {
    const error = toAssayError(thrown);
    if (isStructured(format) && !answered) io.stdout.write(await structured(format, failedRun(schema, error)));
    printError(io.stderr, error, argv.includes('--debug'));
    return isAsCosign(argv) ? 1 : exitCodeOf(error);
  }
}

/** Runs the process's command line and ends the process with its exit code. */
export function start(): void {
  const io = processIo();
  void run(process.argv.slice(2), io).then((code) => {
    process.exitCode = code;
    // Sockets that are kept alive must not keep the process; what was written has to be out first.
    io.end(code);
  });
}

async function help(io: Io, format: string, family: string | undefined, asked: boolean): Promise<number> {
  if (!asked) throw new AssayError('usage-invalid', 'which command?', { hint: 'assay --help lists the commands' });
  const { topHelp } = await import('./help.ts');
  const text = topHelp(family);
  return say(io, format, { schema: 'assay/help/v1', help: text }, text);
}

async function suggestions(io: Io, words: readonly string[]): Promise<number> {
  const { complete } = await import('./commands/completion.ts');
  io.stdout.write(await complete(words));
  return 0;
}

async function say(io: Io, format: string, value: object, text: string): Promise<number> {
  io.stdout.write(isStructured(format) ? await structured(format, value) : text);
  return 0;
}

// Read before anything is parsed: what cannot be parsed has to be reported in the form that was asked for as well.
function wantedFormat(argv: readonly string[], env: Io['env']): string {
  let format = env.COSIGN_OUTPUT ?? 'text';
  for (const [i, word] of argv.entries()) {
    if (word === '--') break;
    const m = /^(?:--?output|-o)(?:=(.*))?$/s.exec(word) ?? /^-o(.+)$/s.exec(word);
    if (m !== null) format = m[1] ?? argv[i + 1] ?? '';
    if (word === '--json') format = 'json';
  }
  return format;
}

// cosign has one code for all that is no answer (CONTRACT, `--compat cosign`).
function isAsCosign(argv: readonly string[]): boolean {
  return argv.some((word, i) => word === '--compat=cosign' || (word === '--compat' && argv[i + 1] === 'cosign'));
}
