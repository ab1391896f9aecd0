import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { TAR_BLOCK } from './tar-header.ts';

/** A tar archive (ustar) of plain files, in the order given; times are 0, so that the same files give the same archive. Throws `limit` for a name that does not fit. */
export function packTar(files: ReadonlyMap<string, Bytes>): Buffer {
  const parts: Bytes[] = [];
  for (const [name, bytes] of files) {
    parts.push(header(name, bytes.length), bytes, Buffer.alloc((TAR_BLOCK - (bytes.length % TAR_BLOCK)) % TAR_BLOCK));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * TAR_BLOCK)]);
}

function header(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > 100)
    throw new AssayError('limit', `the name "${name.slice(0, 120)}" is longer than a tar archive has room for`);
  const block = Buffer.alloc(TAR_BLOCK);
  block.write(name, 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        0', 148);
  block.write('ustar\x0000', 257, 'latin1');
  const sum = block.reduce((n, b) => n + b, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
