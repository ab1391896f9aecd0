import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { digestOf } from '../../src/oci/digest.ts';
import { OCI_CONFIG, OCI_LAYER, OCI_MANIFEST } from '../../src/oci/media-types.ts';
import { BY_KEY, gist, type Lab, sign, startLab } from './lab.ts';

const MiB = 1 << 20;

let l: Lab;
beforeEach(async () => {
  l = await startLab();
});
afterEach(() => l.close());

describe('an expression for an identity', () => {
  const ask = (pattern: string, flag = '--certificate-identity-regexp'): ReturnType<Lab['ask']> =>
    l.ask(['verify', '--trusted-root', 'root.json', flag, pattern, '--certificate-oidc-issuer', 'https://issuer.test', l.image], {
      within: 5000,
    });

  test.each(['(a+)+$', '(a|aa)+$', '^(([a-z])+.)+[A-Z]([a-z])+$', '(.*)*(.*)*(.*)*x'])(
    'that other engines never finish is evaluated: %s',
    async (pattern) => {
      const { byRegexp } = await import('../../src/verify/matcher.ts');
      const matcher = await byRegexp(pattern, 'prefix');
      const began = performance.now();
      matcher.test(`${'a'.repeat(LIMITS.regexpInputLength - 1)}!`);
      expect(performance.now() - began).toBeLessThan(5000);
      expect(gist(await ask(pattern))).toEqual({ exit: 1, outcome: 'unsigned', codes: [] });
    },
  );

  test.each([
    '((((((((((a{1,100}){1,100}){1,100}){1,100}){1,100}){1,100}){1,100}){1,100}){1,100}){1,100}',
    '(((a{1000}){1000}){1000})',
    'a{1001}',
    `${'('.repeat(500)}a${')'.repeat(500)}`,
    '(?=a)',
    '(a)\\1',
    '[',
    '(',
    '*',
    'x'.repeat(LIMITS.regexpLength + 1),
  ])('that unfolds beyond all bounds, or is none, is misuse or small: %s', async (pattern) => {
    const answer = gist(await ask(pattern));
    if (answer.exit === 2) expect(answer).toEqual({ exit: 2, outcome: undefined, codes: ['identity-invalid'] });
    else expect(pattern).toMatch(/^\({500}a/);
    expect(l.registry.log.length === 0).toBe(answer.exit === 2);
  });
});

describe('a file of images', () => {
  const images = (text: string, within = 20_000): ReturnType<Lab['ask']> => {
    l.file('images.txt', text);
    return l.ask(['verify', ...BY_KEY, '--images', 'images.txt'], { within });
  };

  test('with a million lines: limit, and nothing is tried', async () => {
    expect(gist(await images(`${l.image}\n`.repeat(1_000_000)))).toMatchObject({ exit: 3, codes: ['limit'] });
    expect(l.registry.log).toEqual([]);
  });

  test('with a line that is no reference: misuse, and nothing is tried', async () => {
    expect(gist(await images(`${l.image}\n${'x'.repeat(5000)}\n`))).toMatchObject({ exit: 2, codes: ['reference-invalid'] });
    expect(gist(await images(`${l.image}\n\u001b[2J\n`))).toMatchObject({ exit: 2, codes: ['reference-invalid'] });
    expect(l.registry.log).toEqual([]);
  });

  test('of nothing: misuse', async () => {
    expect(gist(await images('\n# nothing\n'))).toMatchObject({ exit: 2, codes: ['usage-invalid'] });
  });

  test('that is not there, or a folder: misuse', async () => {
    for (const file of ['nowhere.txt', '.']) {
      expect(gist(await l.ask(['verify', ...BY_KEY, '--images', file]))).toMatchObject({ exit: 2, codes: ['file-unreadable'] });
    }
  });

  test('of bytes that are no text: misuse', async () => {
    l.file('images.txt', Buffer.alloc(1000, 0xff));
    expect(gist(await l.ask(['verify', ...BY_KEY, '--images', 'images.txt']))).toMatchObject({ exit: 2, codes: ['reference-invalid'] });
  });
});

describe('a Kubernetes file', () => {
  const manifest = (text: string): ReturnType<Lab['ask']> => {
    l.file('pod.yaml', text);
    return l.ask(['verify', ...BY_KEY, '--manifest', 'pod.yaml'], { within: 20_000 });
  };

  test('with an alias bomb: misuse', async () => {
    const levels = Array.from({ length: 12 }, (_, i) => `l${i + 1}: &l${i + 1} [${Array.from({ length: 10 }, () => `*l${i}`).join(', ')}]`);
    expect(gist(await manifest(`l0: &l0 [x]\n${levels.join('\n')}\n`))).toMatchObject({ exit: 2, codes: ['input-invalid'] });
  });

  test('with an alias that holds itself: misuse', async () => {
    expect(gist(await manifest('a: &a [*a]\ncontainers: [{image: app}]\n')).exit).toBeGreaterThan(0);
  });

  test.each<readonly [string, string]>([
    ['nested deep', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['nested deep in blocks', Array.from({ length: 3000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
    ['with a tag of its own', 'containers: !!js/function "x"'],
    ['that names no image', 'kind: Pod'],
    ['that is no YAML', '{unclosed'],
    ['of tabs', '\t\t\t'],
    ['with a name twice', 'kind: Pod\nkind: List\n'],
    ['whose container has no image', 'containers: [{name: x}]'],
    ['whose image is a list', 'containers: [{image: [x]}]'],
  ])('%s: misuse', async (_name, text) => {
    expect(gist(await manifest(text))).toMatchObject({ exit: 2, codes: ['input-invalid'] });
  });

  test('of a hundred thousand documents ends', async () => {
    expect((await manifest(`---\ncontainers: [{image: "${l.image}"}]\n`.repeat(5000))).exit).toBe(1);
  });
});

describe('a trusted root, a bundle, a key', () => {
  test.each(['{', '[]', '{"mediaType":1}', `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}`, '\u0000', ''])(
    'that is %j: one error',
    async (text) => {
      l.file('bad.json', text);
      const root = await l.ask(['verify', '--trusted-root', 'bad.json', '--key', 'key.pub', l.image]);
      expect(gist(root)).toMatchObject(
        text.includes('[[') ? { exit: 3, codes: ['limit'] } : { exit: 2, outcome: undefined, codes: ['trust-invalid'] },
      );
      const bundle = await l.ask(['verify-bundle', '--bundle', 'bad.json', ...BY_KEY, `sha256:${'0'.repeat(64)}`]);
      expect([1, 3]).toContain(bundle.exit);
    },
  );

  test('that is not there: misuse', async () => {
    for (const argv of [
      ['verify', '--key', 'nowhere', '--insecure-ignore-tlog', l.image],
      ['verify', '--key', 'key.pub', '--trusted-root', 'nowhere', l.image],
      ['verify-bundle', '--bundle', 'nowhere', ...BY_KEY, `sha256:${'0'.repeat(64)}`],
    ])
      expect(gist(await l.ask(argv))).toEqual({ exit: 2, outcome: undefined, codes: ['file-unreadable'] });
  });
});

describe('a layer', () => {
  /** An image whose one layer holds these bytes. */
  function pushLayer(bytes: Buffer): void {
    const put = (content: Buffer, mediaType: string): object => {
      l.app.sink.putBlob(content);
      return { mediaType, digest: digestOf(content), size: content.length };
    };
    const config = put(Buffer.from('{"os":"linux","architecture":"amd64"}'), OCI_CONFIG);
    const layers = [put(bytes, OCI_LAYER)];
    l.app.sink.putManifest(Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: OCI_MANIFEST, config, layers })), { tag: 'bomb' });
  }

  const inspect = (...more: string[]): ReturnType<Lab['ask']> =>
    l.ask(['inspect', '--layer', '1', '--files', ...more, `${l.registry.host}/app:bomb`], { within: 25_000 });

  function header(name: string, size: number, type = '0', change: (block: Buffer) => void = () => {}): Buffer {
    const block = Buffer.alloc(512);
    block.write(name, 0);
    block.write('0000644\0', 100);
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
    block.write(type, 156);
    block.write('ustar\0', 257);
    change(block);
    block.fill(0x20, 148, 156);
    block.write(
      `${block
        .reduce((a, b) => a + b, 0)
        .toString(8)
        .padStart(6, '0')}\0 `,
      148,
    );
    return block;
  }

  test('that unpacks to a thousand times its size: ends in time', async () => {
    const member = gzipSync(Buffer.alloc(256 * MiB));
    pushLayer(Buffer.concat([gzipSync(header('bomb', 8 ** 11 - 1)), ...Array.from({ length: 40 }, () => member)]));
    expect(gist(await inspect('--timeout', '1s'))).toMatchObject({ exit: 3, codes: ['registry-timeout'] });
  });

  test.each<readonly [string, () => Buffer, number, string]>([
    ['that breaks off in a sparse file', () => header('sparse', 0, 'S', (b) => b.fill(1, 482, 483)), 1, 'manifest-invalid'],
    ['that breaks off in a file', () => header('file', 1000), 1, 'manifest-invalid'],
    ['with a file of a negative size', () => header('file', 0, '0', (b) => b.fill(0xff, 124, 136)), 1, 'manifest-invalid'],
    ['with a header of a gigabyte', () => header('x', 1 << 30, 'x'), 3, 'limit'],
    ['with a name of a gigabyte', () => header('x', 1 << 30, 'L'), 3, 'limit'],
    ['with an extended header that is none', () => Buffer.concat([header('x', 512, 'x'), Buffer.alloc(512, 'x')]), 1, 'manifest-invalid'],
    ['that is no archive', () => Buffer.alloc(1024, 'x'), 1, 'manifest-invalid'],
    ['that only looks like gzip', () => Buffer.from([0x1f, 0x8b, 8, 0, 1, 2, 3]), 1, 'manifest-invalid'],
    ['that is gzip cut short', () => gzipSync(header('file', 1000)).subarray(0, 60), 1, 'manifest-invalid'],
    ['that only looks like zstd', () => Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xff, 0xff, 0xff, 0xff, 0xff]), 1, 'manifest-invalid'],
  ])('%s: one error', async (_name, make, exit, code) => {
    pushLayer(make());
    expect(gist(await inspect())).toMatchObject({ exit, codes: [code] });
  });

  test('of a thousand extended headers for one file, with names that nobody reads', async () => {
    const record = (name: string, value: string): string => {
      const rest = ` ${name}=${value}\n`;
      const guess = rest.length + String(rest.length + 6).length;
      return `${rest.length + String(guess).length}${rest}`;
    };
    const headers = Array.from({ length: 1000 }, (_, i) => {
      const text = Buffer.from(record(`X.${i}`, 'x'.repeat(50_000)));
      return Buffer.concat([header('x', text.length, i % 2 === 0 ? 'x' : 'g'), text, Buffer.alloc((512 - (text.length % 512)) % 512)]);
    });
    pushLayer(gzipSync(Buffer.concat([...headers, header('file', 0), Buffer.alloc(1024)])));
    expect((await inspect()).exit).toBe(0);
  });

  test('with names that paint the terminal: they are written out', async () => {
    pushLayer(Buffer.concat([header('\u001b[2J\u202egnp.exe', 0), Buffer.alloc(1024)]));
    const { assay } = await import('../cli/harness.ts');
    const ran = await assay(['inspect', '--layer', '1', '--files', `${l.registry.host}/app:bomb`], { home: l.home, tty: true });
    expect(ran.stdout.toString()).toContain('\\u{1b}[2J\\u{202e}gnp.exe');
  });

  test('that is raw deflate is no archive', async () => {
    pushLayer(deflateRawSync(header('file', 0)));
    expect(gist(await inspect())).toMatchObject({ exit: 1, codes: ['manifest-invalid'] });
  });
});

describe('an argument', () => {
  test.each([
    [['--threshold', '0'], 'usage-invalid'],
    [['--threshold', '1e9'], 'usage-invalid'],
    [['--threshold', '-1'], 'usage-invalid'],
    [['--timeout', 'soon'], 'usage-invalid'],
    [['--timeout', '-5s'], 'usage-invalid'],
    [['--platform', 'linux'], 'usage-invalid'],
    [['--platform', '\u001b/\u0000'], 'usage-invalid'],
    [['--output-file', 'no/such/folder/x'], 'file-unreadable'],
    [['--no-such-flag'], 'usage-invalid'],
    [['--registry-mirror', 'nonsense'], 'usage-invalid'],
    [['--max-trust-age', 'x'], 'usage-invalid'],
  ])('%j that is none: misuse, nothing is tried', async (more, code) => {
    sign(l.app);
    expect(gist(await l.ask(['verify', ...BY_KEY, ...more, l.image]))).toEqual({ exit: 2, outcome: undefined, codes: [code] });
    expect(l.registry.log).toEqual([]);
  });
});
