import { Command, CommanderError } from 'commander';
import { nearest } from '../codec/nearest.ts';
import { AssayError, messageOf } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { correctArguments } from './argv.ts';
import type { CommandModule } from './command.ts';
import type { CommandEntry } from './commands.ts';
import { withDeadline } from './deadline.ts';
import { applyEnvironment } from './environment.ts';
import type { Io } from './io.ts';
import { addCommonOptions } from './options/common.ts';
import { noteOf } from './options/noted.ts';
import { toFile } from './output/file.ts';
import { isStructured, type Output, outputOn } from './output/output.ts';
import { nameOf, type Values, valuesOf } from './values.ts';

/** A command that was found in the table, and its arguments. */
export interface Invocation {
  readonly name: string;
  readonly entry: CommandEntry;
  readonly argv: readonly string[];
  /** The form that the arguments seem to ask for; counts where they are not parsed to their end. */
  readonly format: string;
}

/** The parser of a command, complete; completion and the test of the compatibility table look at it. */
export function parserOf(name: string, entry: CommandEntry, module: CommandModule): Command {
  const command = new Command(`assay ${name}`).description(`${entry.summary.slice(0, 1).toUpperCase()}${entry.summary.slice(1)}.`);
  module.configure(command);
  addCommonOptions(command, module.formats, module.timeoutMs);
  return command;
}

/**
 * Loads a command, parses its arguments and runs it; answers its exit code. `answered` is called once the one object of a structured
 * run is out. Throws `usage-invalid` and whatever the command throws.
 */
export async function runCommand(invocation: Invocation, io: Io, answered: () => void): Promise<number> {
  const { command: module } = await invocation.entry.load();
  const parser = parserOf(invocation.name, invocation.entry, module);
  const parsed = parse(parser, invocation.argv, io);
  const options = valuesOf(parser);
  const parsedFormat = options.has('json') && options.flag('json') ? 'json' : (options.text('output') ?? 'text');
  const format = parsed.help === undefined ? parsedFormat : invocation.format;
  const file = options.text('output-file');
  const target = file === undefined ? undefined : toFile(io, file);
  const out = outputOn(target?.io ?? io, { format, verbose: options.flag('verbose') });
  try {
    if (parsed.help !== undefined) return await printHelp(out, parsed.help);
    for (const option of parser.options) {
      const note = noteOf(option);
      if (note !== undefined && options.given(nameOf(option))) out.warn('changes-nothing', note);
    }
    const code = await execute(module, parser.args, options, out, target?.io ?? io);
    if (isStructured(format) && !out.done) throw new AssayError('internal', 'the command printed no result');
    return code;
  } finally {
    out.progress(undefined);
    if (out.done && target === undefined) answered();
    target?.close();
  }
}

async function execute(module: CommandModule, args: readonly string[], options: Values, out: Output, io: Io): Promise<number> {
  return withDeadline(options.number('timeout') ?? module.timeoutMs ?? LIMITS.commandTimeoutMs, (signal) =>
    module.execute({ io, args, options, out, signal }),
  );
}

async function printHelp(out: Output, help: string): Promise<number> {
  if (isStructured(out.format)) await out.result({ schema: 'assay/help/v1', help });
  else out.print(help);
  return 0;
}

// Commander only parses: what it would print is caught, what it would throw becomes an error of ours.
function parse(parser: Command, argv: readonly string[], io: Io): { readonly help: string | undefined } {
  let help: string | undefined;
  parser.exitOverride().configureOutput({
    writeOut: (text) => {
      help = `${help ?? ''}${text}`;
    },
    writeErr: () => {},
    getOutHelpWidth: () => Math.min(140, Math.max(60, io.isTTY.stdout ? io.columns : 120)),
    getOutHasColors: () => false,
  });
  parser.action(() => {});
  try {
    const { args, off } = correctArguments(argv, parser);
    parser.parse(args, { from: 'user' });
    for (const option of off) parser.setOptionValueWithSource(option.attributeName(), option.negate, 'cli');
  } catch (error) {
    if (error instanceof AssayError) throw error;
    // A parser of one value says what is wrong with it in whatever way it likes.
    if (!(error instanceof CommanderError)) throw new AssayError('usage-invalid', messageOf(error), { cause: error });
    if (error.exitCode !== 0) throw misuse(error, parser);
    return { help };
  }
  applyEnvironment(parser, io.env);
  return { help };
}

function misuse(error: CommanderError, parser: Command): AssayError {
  const [first = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const meant = /Did you mean (.*)\?/.exec(more.join(' '))?.[1] ?? nearFlag(error, parser) ?? cosignOutput(error, parser);
  return new AssayError('usage-invalid', first, {
    hint: meant === undefined ? `${parser.name()} --help` : `did you mean: ${meant}`,
    cause: error,
  });
}

// Commander looks for a flag like `--falg=value` with the value in it.
function nearFlag({ code, message }: CommanderError, parser: Command): string | undefined {
  const name = code === 'commander.unknownOption' ? /'--([^=']+)=/.exec(message)?.[1] : undefined;
  const near =
    name === undefined
      ? undefined
      : nearest(
          name,
          parser.options.flatMap((o) => (o.hidden ? [] : [nameOf(o)])),
        );
  return near === undefined ? undefined : `--${near}`;
}

// What `-o` and `--output` with the name of a file are to cosign.
function cosignOutput({ message }: CommanderError, parser: Command): string | undefined {
  if (!message.includes("'-o, --output <")) return undefined;
  const own = ['output-signature', 'output-key-prefix'].find((name) => parser.options.some((o) => nameOf(o) === name));
  return own === undefined ? undefined : `--${own}`;
}
