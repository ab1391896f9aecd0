import { createReadStream } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { Bytes } from '../../bytes/index.ts';
import type { Message } from '../../crypto/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { fileSubject, type VerificationSubject } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { blobOf } from '../verify/blob.ts';
import { readInput } from '../verify/files.ts';

/** A file that is signed or attested. */
export interface BlobToSign {
  /** As it was given; `-` for stdin. */
  readonly name: string;
  /** What a statement calls it. */
  readonly base: string;
  readonly subject: VerificationSubject;
  /** Absent when only its digest is known. */
  readonly message: Message | undefined;
}

/** Opens a file: small ones are read once, so that what is verified is what was signed; large ones in pieces. Throws `file-unreadable`, `limit`. */
export async function blobToSign(name: string, call: Call): Promise<BlobToSign> {
  if (name === '-') {
    const bytes = await readInput('-', 'file', call.io);
    return { name, base: '-', subject: fileSubject(bytes), message: bytes };
  }
  // A name such as `sha256:…` is a file here: only --hash names digests.
  const { subject } = await blobOf(/^sha(?:256|384|512):/.test(name) ? `./${name}` : name, call);
  const path = resolve(call.io.cwd, name);
  return { name, base: basename(name), subject, message: subject.bytes ?? { chunks: () => pieces(path, name) } };
}

/** A file of which only the SHA-256 is known. Throws `usage-invalid`. */
export function hashedBlob(hash: string, name: string | undefined): BlobToSign {
  const hex = hash.replace(/^sha256:/, '').toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(hex)) throw new AssayError('usage-invalid', `--hash is no SHA-256 in hexadecimal: "${hash.slice(0, 100)}"`);
  const subject = { digests: new Map([['sha256', hex]]), bytes: undefined };
  return { name: name ?? `sha256:${hex}`, base: name === undefined ? '' : basename(name), subject, message: undefined };
}

async function* pieces(path: string, name: string): AsyncGenerator<Bytes> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) yield piece as Buffer;
  } catch (cause) {
    throw new AssayError('file-unreadable', `cannot read file ${name}: ${messageOf(cause)}`, { cause });
  }
}
