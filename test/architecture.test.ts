import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  dependenciesAreJustified,
  filesAreShort,
  importsGoDown,
  justifiedPackages,
  librariesStandBehindOneFile,
  namesSaySomething,
  noAny,
  noDefaultExports,
  onlyTheVerifierVerifies,
  pureRoomsArePure,
  type Violation,
  verificationLoadsNoSigning,
} from './architecture/rules.ts';
import { type Source, scan } from './architecture/scan.ts';

const root = join(import.meta.dirname, '..');
const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
  .map((entry) => join(entry.parentPath, entry.name))
  .map((file) => scan(relative(root, file).split(sep).join('/'), readFileSync(file, 'utf8')));
const justified = justifiedPackages(readFileSync(join(root, 'docs/decisions/dependencies.md'), 'utf8'));

function told(violations: readonly Violation[]): string[] {
  return violations.map(({ path, line, message }) => `${path}:${line} ${message}`);
}

describe('the sources keep the law', () => {
  test('there are sources to judge', () => {
    expect(sources.length).toBeGreaterThan(20);
    expect(sources.flatMap(({ imports }) => imports).length).toBeGreaterThan(sources.length);
  });
  test('rooms import only rooms below them', () => expect(told(importsGoDown(sources))).toEqual([]));
  test('the rooms that decide touch no network, files, clock or environment', () => expect(told(pureRoomsArePure(sources))).toEqual([]));
  test('only the verifier verifies', () => expect(told(onlyTheVerifierVerifies(sources))).toEqual([]));
  test('files are short', () => expect(told(filesAreShort(sources))).toEqual([]));
  test('names say something', () => expect(told(namesSaySomething(sources))).toEqual([]));
  test('verification loads nothing that signs', () => {
    const verify = ['verify', 'verify-attestation', 'verify-blob', 'verify-blob-attestation', 'verify-bundle'];
    const entries = [
      'src/cli/main.ts',
      ...verify.map((name) => `src/cli/commands/${name}.ts`),
      ...['oci', 'verify', 'trust', 'policy'].map((room) => `src/${room}/index.ts`),
    ];
    expect(told(verificationLoadsNoSigning(sources, entries))).toEqual([]);
  });
  test('nothing is exported as default', () => expect(told(noDefaultExports(sources))).toEqual([]));
  test('nothing is any', () => expect(told(noAny(sources))).toEqual([]));
  test('heavy libraries stand behind one file', () => expect(told(librariesStandBehindOneFile(sources))).toEqual([]));
  test('every dependency that is imported is justified', () => expect(told(dependenciesAreJustified(sources, justified))).toEqual([]));
  test('every dependency of the package is justified, and every justified one is there', () => {
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Readonly<
      Record<'dependencies' | 'peerDependencies', Readonly<Record<string, string>>>
    >;
    expect([...justified].sort()).toEqual([...Object.keys(dependencies), ...Object.keys(peerDependencies)].sort());
  });
  test('the lock file names no registry', () => {
    expect(readFileSync(join(root, 'package-lock.json'), 'utf8')).not.toMatch(/"resolved"/);
  });
});

describe('each law can be broken', () => {
  const one = (path: string, text: string): Source[] => [scan(path, text)];

  test.each([
    ['a lower room', 'src/oci/store.ts', "import { verify } from '../verify/verifier.ts';"],
    ['a lower room, by type', 'src/codec/json.ts', "import type { Store } from '../oci/store.ts';"],
    ['a lower room, re-exporting', 'src/trust/keys.ts', "export * from '../signature/entity.ts';"],
    ['a lower room, lazily', 'src/trust/keys.ts', "const x = await import('../cli/main.ts');"],
    ['a lower room, for its effect', 'src/trust/keys.ts', "import '../cli/main.ts';"],
    ['over several lines', 'src/trust/keys.ts', "import {\n  type A, // 'a'\n  b,\n} from '../verify/verifier.ts';"],
    ['the other way round beside it', 'src/attestation/statement.ts', "import { kindOf } from '../signature/kind.ts';"],
    ['the test kit', 'src/verify/verifier.ts', "import { registry } from '../testing/index.ts';"],
    ['a test', 'src/verify/verifier.ts', "import { corpus } from '../../test/corpus.ts';"],
    ['from a room that nobody knows', 'src/misc/thing.ts', ''],
  ])('a room imports %s', (_what, path, text) => expect(importsGoDown(one(path, text))).toHaveLength(1));

  test.each([
    ['down', 'src/verify/verifier.ts', "import { parse } from '../codec/json.ts';"],
    ['beside, the allowed way', 'src/signature/kind.ts', "import { parse } from '../attestation/statement.ts';"],
    ['itself', 'src/verify/verifier.ts', "import { x } from './checks/x.ts';"],
    ['anything from a test', 'src/oci/store.test.ts', "import { x } from '../cli/main.ts';"],
    ['anything from the test kit', 'src/testing/registry.ts', "import { x } from '../cli/main.ts';"],
    ['nothing, in a comment', 'src/oci/store.ts', "// import { x } from '../cli/main.ts';"],
    ['nothing, in a string', 'src/oci/store.ts', 'const text = `import { x } from "../cli/main.ts"`;'],
  ])('a room may import %s', (_what, path, text) => expect(told(importsGoDown(one(path, text)))).toEqual([]));

  test.each([
    "import { readFileSync } from 'node:fs';",
    "import { readFile } from 'node:fs/promises';",
    "import { setTimeout } from 'node:timers/promises';",
    "const { request } = await import('undici');",
    'const home = process.env;',
    'const now = Date.now();',
    'const now = new Date();',
    'const now = new Date;',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code to be judged
    'const now = `${new Date()}`;',
    "const answer = await fetch('x');",
    'const t = performance.now();',
    'setTimeout(f, 1);',
    'const n = Math.random();',
    "const g = globalThis['fetch'];",
    'const a = /[/\'"]/; const b = process.argv;',
    'const a = x / 2; /* " */ const b = process.argv;',
  ])('a room that decides must not contain: %s', (text) =>
    expect(pureRoomsArePure(one('src/verify/verifier.ts', text))).not.toHaveLength(0),
  );

  test.each([
    'const at = new Date(seconds * 1000);',
    'const answer = await options.fetch(url);',
    '// Date.now() is a parameter',
    "const text = 'process.env';",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is code to be judged
    'const text = `a ${`b ${name} process.env`} Date.now()`;',
    'const quote = /["\']/; const s = "process.env";',
    'import { createHash } from "node:crypto";',
  ])('a room that decides may contain: %s', (text) => expect(told(pureRoomsArePure(one('src/verify/verifier.ts', text)))).toEqual([]));

  test('a room that does not decide may read files', () => {
    expect(pureRoomsArePure(one('src/trust/store.ts', "import { readFileSync } from 'node:fs';"))).toEqual([]);
  });

  test.each([
    ['src/signature/notation/jws.ts', "import { verifyJose } from '../../crypto/index.ts';"],
    ['src/policy/native/leaf.ts', 'const ok = verifySignature(key, bytes, signature);'],
    ['src/cli/slsa/verify.ts', "import { createVerify } from 'node:crypto';"],
  ])('a signature is checked on its own in %s', (path, text) => expect(onlyTheVerifierVerifies(one(path, text))).not.toHaveLength(0));

  test('the verifier, and whoever puts a question to it, may', () => {
    expect(onlyTheVerifierVerifies(one('src/verify/by-key.ts', 'verifySignature(key, bytes, signature);'))).toEqual([]);
    expect(told(onlyTheVerifierVerifies(one('src/cli/verify/images.ts', 'await decisions.verify({ stores });')))).toEqual([]);
  });

  test('verification loads what signs', () => {
    const command = scan(
      'src/cli/commands/verify.ts',
      "import { of } from '../verify/x.ts';\nimport type { S } from '../../sign/index.ts';",
    );
    const between = (text: string): Source[] => [command, scan('src/cli/verify/x.ts', text)];
    const judged = (text: string): readonly Violation[] => verificationLoadsNoSigning(between(text), ['src/cli/commands/verify.ts']);
    expect(told(judged("import { signImage } from '../../sign/index.ts';"))).toEqual([
      'src/cli/verify/x.ts:1 loads src/sign/index.ts when it is loaded',
    ]);
    expect(judged("import { copyImage } from '../../oci/copy/index.ts';")).toHaveLength(1);
    expect(judged("export { openKey } from '../../trust/kms/aws/index.ts';")).toHaveLength(1);
    expect(judged("const s = await import('../../sign/index.ts');\nimport { add } from '../attest/summary/options.ts';")).toEqual([]);
    expect(verificationLoadsNoSigning([], ['src/cli/commands/verify.ts'])).toHaveLength(1);
  });

  test('a file is too long, a test is not', () => {
    const text = 'x;\n'.repeat(501);
    expect(filesAreShort(one('src/oci/store.ts', text))).toHaveLength(1);
    expect(filesAreShort(one('src/oci/store.test.ts', text))).toEqual([]);
  });

  test.each(['src/oci/utils.ts', 'src/oci/helpers/x.ts', 'src/trust/key-manager.ts', 'src/cli/manager.test.ts'])(
    '%s says nothing',
    (path) => expect(namesSaySomething(one(path, ''))).toHaveLength(1),
  );

  test.each(['export default 1;', 'export { x as default };'])('a default export: %s', (text) =>
    expect(noDefaultExports(one('src/x/y.ts', text))).toHaveLength(1),
  );

  test.each([
    'let x: any;',
    'const x = y as any;',
    'const m = new Map<string, any>();',
    'type T = any;',
    'function f(): any {}',
    'let x: any[];',
  ])('any: %s', (text) => expect(noAny(one('src/x/y.ts', text))).toHaveLength(1));
  test.each(['const any = 1;', 'x.any(1);', 'f(any());', '// any', "const s: 'any' = 'any';", 'const o = { a, any: 1 };'])(
    'not any: %s',
    (text) => expect(told(noAny(one('src/x/y.ts', text)))).toEqual([]),
  );

  test('a heavy library is imported by two files', () => {
    const two = [
      scan('src/oci/http.ts', "const u = await import('undici');"),
      scan('src/trust/tuf.ts', "import { request } from 'undici';"),
    ];
    expect(librariesStandBehindOneFile(two)).toHaveLength(2);
    const typed = [
      scan('src/oci/http.ts', "import type { Agent } from 'undici';"),
      scan('src/oci/x.ts', "import { type Agent } from 'undici';"),
    ];
    expect(librariesStandBehindOneFile([...typed, ...two.slice(0, 1)])).toEqual([]);
  });

  test('a dependency is not justified', () => {
    const known = justifiedPackages('| package | why |\n|---|---|\n| `yaml` | reads |\n| `@noble/curves` | signs |');
    expect(
      dependenciesAreJustified(one('src/oci/x.ts', "import { p256 } from '@noble/curves/nist.js';\nimport yaml from 'yaml';"), known),
    ).toEqual([]);
    expect(dependenciesAreJustified(one('src/oci/x.ts', "import pad from 'left-pad';"), known)).toHaveLength(1);
    expect(dependenciesAreJustified(one('src/testing/x.ts', "import pad from '@left/pad/x.js';"), known)).toHaveLength(1);
  });
});
