import { AssayError } from '../../errors.ts';

/** What a Dockerfile is read with. */
export interface DockerfileOptions {
  /** `NAME=value`, or `NAME` for the value in the environment. */
  readonly buildArgs: readonly string[];
  /** Only the image that the last stage builds on. */
  readonly baseImageOnly: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Stage {
  readonly name: string | undefined;
  readonly image: string;
  readonly used: string[];
}

/**
 * The images that a Dockerfile builds on: every `FROM`, every `COPY --from=` and `RUN --mount=…,from=` that is no stage (by name or index), each once, in order.
 * `ARG`s before the first `FROM` are expanded as Docker does. `scratch` is no image. Throws `input-invalid`.
 */
export function imagesInDockerfile(text: string, file: string, options: DockerfileOptions): readonly string[] {
  const args = new Map<string, string>();
  const given = new Map(
    options.buildArgs.map((a) => (a.includes('=') ? [a.slice(0, a.indexOf('=')), a.slice(a.indexOf('=') + 1)] : [a, options.env[a] ?? ''])),
  );
  const stages: Stage[] = [];
  for (const { words, line } of instructions(text, file)) {
    const verb = words[0]?.toUpperCase();
    if (verb === 'ARG' && stages.length === 0) for (const w of words.slice(1)) declare(w, args, given);
    else if (verb === 'FROM') stages.push(stage(words, args, file, line));
    else if ((verb === 'COPY' || verb === 'ADD' || verb === 'RUN') && stages.length > 0) stages.at(-1)?.used.push(...sources(words));
  }
  if (stages.length === 0) throw new AssayError('input-invalid', `${file} has no FROM`);
  const names = new Set(stages.flatMap((s) => (s.name === undefined ? [] : [s.name])));
  const isStage = (image: string, at: number): boolean => stages.slice(0, at).some((s) => s.name === image.toLowerCase());
  const images = new Set<string>();
  for (const [at, s] of stages.entries()) {
    if (options.baseImageOnly && at !== lastBase(stages)) continue;
    if (s.image !== 'scratch' && !isStage(s.image, at)) images.add(s.image);
    if (options.baseImageOnly) continue;
    for (const u of s.used) if (!names.has(u.toLowerCase()) && !/^\d+$/.test(u)) images.add(expand(u, args, file, 0));
  }
  if (images.size === 0) throw new AssayError('input-invalid', `${file} builds on no image but scratch`);
  return [...images];
}

/** The stage whose FROM names the image that the last stage finally builds on. */
function lastBase(stages: readonly Stage[]): number {
  let at = stages.length - 1;
  for (let seen = 0; seen < stages.length; seen++) {
    const earlier = stages.slice(0, at).findIndex((s) => s.name === stages[at]?.image.toLowerCase());
    if (earlier < 0) return at;
    at = earlier;
  }
  return at;
}

// What the builder takes for one line has to be one here: an instruction that ran into the one before it would hide its image.
function instructions(text: string, file: string): { words: string[]; line: number }[] {
  const list: { words: string[]; line: number }[] = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  // Two of them are one that is meant itself; no other space than these two follows it.
  const continues = escapeOf(lines, file) === '`' ? /(?<!`)`[ \t]*$/ : /(?<!\\)\\[ \t]*$/;
  let joined = '';
  for (const [i, raw] of lines.entries()) {
    if (/^\s*#/.test(raw)) continue;
    if (continues.test(raw)) {
      joined += `${raw.replace(continues, '')} `;
      continue;
    }
    // The one space of Go's that is none of JavaScript's.
    const words = (joined + raw)
      .trim()
      .split(/[\s\u0085]+/)
      .filter((w) => w !== '');
    joined = '';
    if (words.length > 0) list.push({ words, line: i + 1 });
  }
  return list;
}

const DIRECTIVES: readonly string[] = ['escape', 'syntax', 'check'];

/** The character that continues lines: parser directives say it, which stand before everything else, comments too (Dockerfile reference, "Parser directives"). */
function escapeOf(lines: readonly string[], file: string): string {
  let known = true;
  for (const [i, line] of lines.entries()) {
    const [, name = '', value = ''] = /^#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=\s*(.+?)\s*$/.exec(line) ?? [];
    if (name === '') return '\\';
    if (name.toLowerCase() === 'escape') {
      // After a directive that is none, the reference and the builder disagree.
      if (!known || (value !== '`' && value !== '\\'))
        throw new AssayError('input-invalid', `${file}:${i + 1}: it is not certain which character continues lines`);
      return value;
    }
    known &&= DIRECTIVES.includes(name.toLowerCase());
  }
  return '\\';
}

function declare(word: string, args: Map<string, string>, given: ReadonlyMap<string, string>): void {
  const [, name = '', value = ''] = /^([^=]+)(?:=(.*))?$/s.exec(word) ?? [];
  args.set(name, given.get(name) ?? value.replace(/^(["'])(.*)\1$/, '$2'));
}

function stage(words: readonly string[], args: ReadonlyMap<string, string>, file: string, line: number): Stage {
  const rest = words.slice(1).filter((w) => !w.startsWith('--'));
  const [image, as, name] = rest;
  if (image === undefined || (rest.length !== 1 && !(rest.length === 3 && as?.toUpperCase() === 'AS')))
    throw new AssayError('input-invalid', `${file}:${line}: FROM needs one image`);
  return { name: name?.toLowerCase(), image: expand(image, args, file, line), used: [] };
}

function sources(words: readonly string[]): string[] {
  return words.flatMap((w) => {
    const from = /^--from=(.+)$/.exec(w)?.[1] ?? /^--mount=(?:.*,)?from=([^,]+)/i.exec(w)?.[1];
    return from === undefined ? [] : [from];
  });
}

/** `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}`. */
function expand(text: string, args: ReadonlyMap<string, string>, file: string, line: number): string {
  const out = text.replace(
    /\$(?:\{([A-Za-z_]\w*)(?:(:[-+])([^}]*))?\}|([A-Za-z_]\w*))/g,
    (_all, braced?: string, how?: string, other?: string, bare?: string) => {
      const value = args.get(braced ?? bare ?? '') ?? '';
      if (how === ':-') return value === '' ? (other ?? '') : value;
      if (how === ':+') return value === '' ? '' : (other ?? '');
      return value;
    },
  );
  if (out === '' || out.includes('$'))
    throw new AssayError('input-invalid', `${file}:${line}: the image "${text}" depends on an argument without a value`, {
      hint: '--build-arg NAME=value',
    });
  return out;
}
