import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AssayError } from '../../errors.ts';
import { parseExtended, parseTarHeader, TAR_BLOCK } from './tar-header.ts';
import { packTar } from './tar-write.ts';

function header(name: string, size = 3): Buffer {
  return packTar(new Map([[name, Buffer.alloc(size)]])).subarray(0, TAR_BLOCK);
}

/** The header with other bytes at a place, and a sum that is right again. */
function bent(at: number, text: string, encoding: BufferEncoding = 'latin1'): Buffer {
  const block = Buffer.from(header('name'));
  block.write(text, at, encoding);
  block.write('        ', 148);
  const sum = block.reduce((n, b) => n + b, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}

test('what is packed is read, whatever its name and size', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9./_-]{1,100}$/), fc.nat(5_000), (name, size) => {
      expect(parseTarHeader(header(name, size), 'x')).toEqual({ name, size, type: 'file' });
    }),
  );
});

test('a header with any byte changed is refused, or says the same', () => {
  const good = header('blobs/sha256/abc', 1234);
  fc.assert(
    fc.property(fc.nat(TAR_BLOCK - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const block = Buffer.from(good);
      block[at] = ((block[at] ?? 0) + change) % 256;
      try {
        expect(parseTarHeader(block, 'x')).toEqual({ name: 'blobs/sha256/abc', size: 1234, type: 'file' });
      } catch (error) {
        expect(error).toMatchObject({ code: 'layout-invalid' });
      }
    }),
    { numRuns: 500 },
  );
});

test('random blocks are refused with a code', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 600 }), (bytes) => {
      try {
        parseTarHeader(bytes, 'x');
      } catch (error) {
        expect(error).toBeInstanceOf(AssayError);
      }
    }),
  );
  expect(parseTarHeader(Buffer.alloc(TAR_BLOCK), 'x')).toBeUndefined();
});

test('the kinds of entries, sizes beyond octal, and the prefix of long names', () => {
  expect(parseTarHeader(bent(156, '2'), 'x')).toMatchObject({ type: 'other', size: 0 });
  expect(parseTarHeader(bent(156, '5'), 'x')).toMatchObject({ type: 'other', size: 0 });
  expect(parseTarHeader(bent(156, 'x'), 'x')).toMatchObject({ type: 'extended' });
  expect(parseTarHeader(bent(156, 'L'), 'x')).toMatchObject({ type: 'long-name' });
  expect(parseTarHeader(bent(156, 'g'), 'x')).toMatchObject({ type: 'ignored-header' });
  expect(parseTarHeader(bent(156, '\0'), 'x')).toMatchObject({ type: 'file' });
  expect(parseTarHeader(bent(345, 'some/folder'), 'x')).toMatchObject({ name: 'some/folder/name' });
  expect(parseTarHeader(bent(124, '800000000000000200000000', 'hex'), 'x')).toMatchObject({ size: 2 ** 33 });
  expect(() => parseTarHeader(bent(124, 'ffffffffffffffffffffffff', 'hex'), 'x')).toThrow(
    expect.objectContaining({ code: 'layout-invalid' }),
  );
  expect(() => parseTarHeader(bent(124, '99999999999\0'), 'x')).toThrow(expect.objectContaining({ code: 'layout-invalid' }));
});

function record(text: string): string {
  const rest = ` ${text}\n`;
  for (let n = rest.length + 1; ; n++) if (`${n}${rest}`.length === n) return `${n}${rest}`;
}

test('extended headers', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[a-z0-9/=\n .]{0,200}$/), fc.nat(), (path, size) => {
      const text = [`path=${path}`, 'mtime=1.5', `size=${size}`].map(record).join('');
      expect(parseExtended(Buffer.from(text), 'x')).toEqual({ path, size });
    }),
  );
  for (const text of [
    '5 a=b',
    '0 a=b\n',
    '-1 a=b\n',
    '6 ab\n\n',
    '99 a=b\n',
    'x a=b\n',
    '6 a=b\nrest',
    record('size=-1'),
    record('size=1e3'),
    record('GNU.sparse.major=1'),
    record('novalue'),
  ]) {
    expect(() => parseExtended(Buffer.from(text), 'x'), text).toThrow(expect.objectContaining({ code: 'layout-invalid' }));
  }
});
