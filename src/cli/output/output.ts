import { AssayError } from '../../errors.ts';
import type { Io } from '../io.ts';
import { printable } from '../text/printable.ts';
import { type Style, styleOf } from '../text/style.ts';
import { jsonText } from './json.ts';

/** A warning of a run: in the JSON and on stderr. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}

/** Where a command puts what it found. */
export interface Output {
  /** `text`, `json`, `yaml`, or another that the command offers. */
  readonly format: string;
  readonly style: Style;
  readonly verbose: boolean;
  /** What was warned of so far, for the JSON. */
  readonly warnings: readonly Warning[];
  /** Whether the one object was printed. */
  readonly done: boolean;
  /** Text for people or raw bytes, to stdout. Must not be used under `json` and `yaml`. */
  readonly print: (chunk: string | Uint8Array) => void;
  /** Text in another tool's form, to stdout, in the place of the one object where one was asked for. */
  readonly foreign: (text: string) => void;
  /** The one object of the run, as `json` or `yaml`. */
  readonly result: (value: object) => Promise<void>;
  /** A line on stderr; in the JSON when the command puts `warnings` there. */
  readonly warn: (code: string, message: string) => void;
  /** One line on a terminal's stderr that the next one replaces; `undefined` takes it away. */
  readonly progress: (line: string | undefined) => void;
}

/** What `--output`, `--output-file`, `--verbose` ask for. */
export interface OutputChoice {
  readonly format: string;
  readonly verbose: boolean;
}

/** Whether the format is one object for a machine. */
export function isStructured(format: string): boolean {
  return format === 'json' || format === 'yaml';
}

/** The output of a run on `io`. */
export function outputOn(io: Io, choice: OutputChoice): Output {
  const warnings: Warning[] = [];
  const state = { done: false, progress: false };
  const clear = (): void => {
    if (state.progress) io.stderr.write('\r\u001b[K');
    state.progress = false;
  };
  return {
    ...choice,
    style: styleOf(io),
    warnings,
    get done() {
      return state.done;
    },
    print(chunk) {
      if (isStructured(choice.format)) throw new AssayError('internal', `text was printed beside the ${choice.format} object`);
      clear();
      io.stdout.write(chunk);
    },
    foreign(text) {
      clear();
      state.done = true;
      io.stdout.write(text);
    },
    async result(value) {
      if (state.done) throw new AssayError('internal', 'a second object was printed');
      const text = await structured(choice.format, value);
      clear();
      state.done = true;
      io.stdout.write(text);
    },
    warn(code, message) {
      if (warnings.some((w) => w.code === code && w.message === message)) return;
      clear();
      warnings.push({ code, message });
      io.stderr.write(`warning: ${printable(message, 2000)}\n`);
    },
    progress(line) {
      if ((line === undefined && !state.progress) || !io.isTTY.stderr) return;
      clear();
      if (line === undefined) return;
      io.stderr.write(printable(line, Math.max(20, io.columns - 1)));
      state.progress = true;
    },
  };
}

/** The object in the format: JSON, or YAML with the same members. */
export async function structured(format: string, value: object): Promise<string> {
  const json = jsonText(value);
  if (format !== 'yaml') return json;
  const { toYaml } = await import('../../codec/yaml.ts');
  return toYaml(JSON.parse(json));
}
