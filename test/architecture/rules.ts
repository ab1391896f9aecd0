/** The laws of the source tree. Each takes sources and names what breaks it. */
import { posix } from 'node:path';
import { type Import, lineAt, type Source } from './scan.ts';

/** A broken law. */
export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly line: number;
  readonly message: string;
}

/** Imports go down this list, never up. */
const LEVELS = new Map<string, number>(
  [
    ['bytes', 'limits', 'errors', 'rules'],
    ['crypto', 'codec'],
    ['oci'],
    ['trust'],
    ['signature', 'attestation'],
    ['verify', 'sign', 'mint'],
    ['policy'],
    ['scan', 'sbom', 'vulnerability', 'inventory', 'authority', 'engines'],
    ['cli', 'server'],
  ].flatMap((rooms, i) => rooms.map((room) => [room, i + 1] as const)),
);

/** What may be imported from a room of the same level; one way only, so that there is no circle. */
const SIDEWAYS = new Map<string, readonly string[]>([
  ['limits', []],
  ['bytes', ['errors', 'limits']],
  ['crypto', ['codec']],
  ['signature', ['attestation']],
  ['sign', ['verify', 'mint']],
  ['mint', ['verify']],
  ['scan', ['sbom', 'vulnerability', 'inventory', 'engines']],
  ['vulnerability', ['sbom']],
]);

const PURE = new Set(['verify', 'mint', 'policy', 'signature', 'attestation', 'codec', 'crypto', 'bytes']);
const IMPURE_MODULE =
  /^node:(?:fs|net|http|http2|https|tls|dgram|dns|child_process|os|process|timers|worker_threads|cluster)(?:\/|$)|^(?:undici|tuf-js)(?:\/|$)/;
const IMPURE_CODE: readonly (readonly [RegExp, string])[] = [
  [/(?<![.\w])process\s*\./g, 'process'],
  [/\bDate\s*\.\s*now\s*\(/g, 'Date.now()'],
  [/\bnew\s+Date\s*(?:\(\s*\)|(?!\s*\())/g, 'new Date()'],
  [/(?<![.\w])fetch\s*\(/g, 'fetch()'],
  [/(?<![.\w])performance\s*\./g, 'performance'],
  [/\bset(?:Timeout|Interval|Immediate)\b/g, 'a timer'],
  [/\bMath\s*\.\s*random\b/g, 'Math.random()'],
  [/\bglobalThis\b/g, 'globalThis'],
];

const MOST_LINES = 500;
/** A `helper` in the singular is Docker's word for a program that keeps credentials; a service is what keys, certificates and timestamps come from. */
const BAD_NAME = /^(?:utils?|helpers|managers?)$/;

/** Libraries that stand behind one file each: so they can be replaced, and load when they are needed. */
const BEHIND_ONE_FILE = new Set([
  'undici',
  'yaml',
  're2js',
  'tuf-js',
  'fzstd',
  '@bomb.sh/tab',
  'cborg',
  '@bufbuild/cel',
  'openid-client',
  'ajv',
]);

/** The room of a file below `src`: its folder, or the file itself when it lies at the top; `index` is the public door above all. */
function roomOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.ts$/, '');
}

/** Whether a file is part of the product: tests and the test kit are not. */
function isProduct({ path }: Source): boolean {
  return path.startsWith('src/') && !path.endsWith('.test.ts') && roomOf(path) !== 'testing';
}

function targetOf(source: Source, { from }: Import): string | undefined {
  return from.startsWith('.') ? posix.normalize(posix.join(posix.dirname(source.path), from)) : undefined;
}

/** The package of a bare import: `@scope/name` or `name`; nothing for files and for Node's own modules. */
function packageOf({ from }: Import): string | undefined {
  if (from.startsWith('.') || from.startsWith('node:')) return undefined;
  return from.split('/', from.startsWith('@') ? 2 : 1).join('/');
}

function broken(rule: string, source: Source, line: number, message: string): Violation {
  return { rule, path: source.path, line, message };
}

/** Rooms import only rooms below them, and the few beside them that are named. The type level counts: it is the design that is tested. */
export function importsGoDown(sources: readonly Source[]): Violation[] {
  return sources.filter(isProduct).flatMap((source) => {
    const room = roomOf(source.path);
    if (room !== 'index' && !LEVELS.has(room)) return [broken('rooms', source, 1, `${room} is no room that the design knows`)];
    return source.imports.flatMap((imported) => {
      const target = targetOf(source, imported);
      if (target === undefined) return [];
      if (!target.startsWith('src/')) return [broken('rooms', source, imported.line, `imports ${imported.from}, outside the sources`)];
      const other = roomOf(target);
      return other === room || mayImport(room, other) ? [] : [broken('rooms', source, imported.line, `${room} imports ${other}`)];
    });
  });
}

function mayImport(room: string, other: string): boolean {
  if (other === 'testing' || other === 'index') return false;
  if (room === 'index') return other !== 'cli';
  const difference = (LEVELS.get(room) ?? 0) - (LEVELS.get(other) ?? Number.POSITIVE_INFINITY);
  return difference > 0 || (difference === 0 && SIDEWAYS.get(room)?.includes(other) === true);
}

/** Time, chance, network, files and environment are parameters in the rooms that decide. */
export function pureRoomsArePure(sources: readonly Source[]): Violation[] {
  return sources
    .filter((source) => isProduct(source) && PURE.has(roomOf(source.path)))
    .flatMap((source) => [
      ...source.imports
        .filter(({ from }) => IMPURE_MODULE.test(from))
        .map(({ from, line }) => broken('pure', source, line, `imports ${from}`)),
      ...IMPURE_CODE.flatMap(([pattern, what]) =>
        [...source.code.matchAll(pattern)].map((match) => broken('pure', source, lineAt(source.code, match.index), `mentions ${what}`)),
      ),
    ]);
}

/** What only signing, attaching and moving run. The flags that other commands have for it are declared where they start. */
const SIGNING = /^src\/(?:sign|mint|oci\/copy|trust\/kms|cli\/(?:sign|attest|attach))\/(?!.*\boptions\.ts$)/;

/** Verification is loaded without what signs: what these entries import statically, at any depth, holds none of it. */
export function verificationLoadsNoSigning(sources: readonly Source[], entries: readonly string[]): Violation[] {
  const byPath = new Map(sources.map((source) => [source.path, source]));
  const seen = new Set(entries);
  const violations: Violation[] = [];
  for (const path of seen) {
    const source = byPath.get(path);
    if (source === undefined) {
      if (entries.includes(path)) violations.push({ rule: 'no-signing', path, line: 1, message: 'is not there' });
      continue;
    }
    for (const imported of source.imports) {
      const target = targetOf(source, imported);
      if (target === undefined || imported.typeOnly || imported.dynamic) continue;
      if (SIGNING.test(target)) violations.push(broken('no-signing', source, imported.line, `loads ${target} when it is loaded`));
      else seen.add(target);
    }
  }
  return violations;
}

/** Rooms in which a signature may be checked: certificates, logs and timestamps in `trust`, evidence in `verify`. */
const VERIFIERS = new Set(['crypto', 'trust', 'verify']);

/** One verifier: no format, dialect or command checks a signature on its own. */
export function onlyTheVerifierVerifies(sources: readonly Source[]): Violation[] {
  const others = sources.filter((source) => isProduct(source) && !VERIFIERS.has(roomOf(source.path)) && roomOf(source.path) !== 'index');
  return matches(
    others,
    'one-verifier',
    /\b(?:verifySignature|verifyJose|verifyPrehashed|verifyEd25519ph|signatureBy|isSignedBy|createVerify|subtle)\b/g,
    'checks a signature outside the verifier',
  );
}

/** Files can be read in one sitting. Tests may be longer. */
export function filesAreShort(sources: readonly Source[]): Violation[] {
  return sources
    .filter((source) => source.lines > MOST_LINES && !source.path.endsWith('.test.ts'))
    .map((source) => broken('short', source, MOST_LINES, `has ${source.lines} lines, more than ${MOST_LINES}`));
}

/** Files and folders are named for what they are about. */
export function namesSaySomething(sources: readonly Source[]): Violation[] {
  return sources.flatMap((source) => {
    const bad = source.path.split(/[/.-]/).filter((word) => BAD_NAME.test(word.toLowerCase()));
    return bad.map((word) => broken('names', source, 1, `${word} says nothing`));
  });
}

/** An import has the name that its export has; a declaration of somebody else's module says what is there. */
export function noDefaultExports(sources: readonly Source[]): Violation[] {
  const ours = sources.filter(({ path }) => !path.endsWith('.d.ts'));
  return matches(ours, 'default-export', /\bexport\s+default\b|\bas\s+default\b/g, 'has a default export');
}

/** The type checker is not switched off. */
export function noAny(sources: readonly Source[]): Violation[] {
  return matches(sources, 'any', /(?:[:<|&,(]|\bas|=>|=)\s*any\b(?!\s*[:(?.=])/g, 'uses any');
}

function matches(sources: readonly Source[], rule: string, pattern: RegExp, message: string): Violation[] {
  return sources.flatMap((source) =>
    [...source.code.matchAll(pattern)].map((match) => broken(rule, source, lineAt(source.code, match.index), message)),
  );
}

/** A heavy library is named by one file of the product. */
export function librariesStandBehindOneFile(sources: readonly Source[]): Violation[] {
  const users = new Map<string, Map<Source, number>>();
  for (const source of sources.filter(isProduct)) {
    for (const imported of source.imports.filter(({ typeOnly }) => !typeOnly)) {
      const name = packageOf(imported);
      if (name === undefined || !BEHIND_ONE_FILE.has(name)) continue;
      users.set(name, (users.get(name) ?? new Map<Source, number>()).set(source, imported.line));
    }
  }
  return [...users].flatMap(([name, files]) => {
    const paths = [...files.keys()].map(({ path }) => path);
    return files.size < 2
      ? []
      : [...files].map(([source, line]) => broken('one-file', source, line, `${name} is imported by ${paths.join(' and ')}`));
  });
}

/** What is published needs only what is justified. */
export function dependenciesAreJustified(sources: readonly Source[], justified: ReadonlySet<string>): Violation[] {
  return sources
    .filter(({ path }) => path.startsWith('src/') && !path.endsWith('.test.ts'))
    .flatMap((source) =>
      source.imports.flatMap((imported) => {
        const name = packageOf(imported);
        return name === undefined || justified.has(name)
          ? []
          : [broken('dependencies', source, imported.line, `${name} is in no row of docs/decisions/dependencies.md`)];
      }),
    );
}

/** The packages that a Markdown table justifies: the first cell of each row, in backquotes. */
export function justifiedPackages(markdown: string): Set<string> {
  return new Set([...markdown.matchAll(/^\|\s*`([^`]+)`/gm)].map((match) => match[1] ?? ''));
}
