import { closeSync, constants, fstatSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Bytes, encodeHex, utf8Decode } from '../../../bytes/index.ts';
import { parsePem } from '../../../codec/pem.ts';
import { AssayError, messageOf } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { revocationListOf } from '../crl/list.ts';
import type { Named } from '../finding.ts';
import { parseOcspAnswer } from '../ocsp/answer.ts';
import type { RevocationSource } from './source.ts';

/**
 * A folder of revocation lists (`*.crl`, DER or PEM, deltas too) and OCSP answers (`*.ocsp`, DER), read at once; other files are left alone.
 * A list is at hand for the certificates of its issuer, an answer for the serial numbers that it is about: addresses make no difference, and
 * none is ever asked. Throws `file-unreadable`, `revocation-invalid` for a file that is neither, `limit`, naming the file.
 */
export function fileRevocation(directory: string): RevocationSource {
  const lists = new Map<string, Named[]>();
  const answers = new Map<string, Named[]>();
  let left: number = LIMITS.revocationFilesBytes;
  for (const name of namesIn(directory)) {
    const path = join(directory, name);
    const isList = name.endsWith('.crl');
    // A PEM text takes four characters for three bytes, and some more for its lines.
    const content = readFile(path, Math.min(left, isList ? 1.5 * LIMITS.crlBytes : LIMITS.ocspBytes));
    left -= content.length;
    if (isList) for (const bytes of listsIn(path, content)) add(lists, issuerIn(path, bytes), { name: path, bytes });
    else for (const serial of serialsIn(path, content)) add(answers, serial, { name: path, bytes: content });
  }
  const nowhere = (): Promise<never> => Promise.reject(new AssayError('offline', `nothing is asked, and ${directory} has no answer`));
  return {
    ocsp: nowhere,
    crl: nowhere,
    atHand: (certificate, issuer) =>
      Promise.resolve({
        lists: lists.get(encodeHex(issuer.subject)) ?? [],
        answers: answers.get(encodeHex(certificate.serial)) ?? [],
      }),
  };
}

function add(map: Map<string, Named[]>, key: string, named: Named): void {
  map.set(key, [...(map.get(key) ?? []), named]);
}

function namesIn(directory: string): readonly string[] {
  let names: string[];
  try {
    names = readdirSync(directory);
  } catch (cause) {
    throw new AssayError('file-unreadable', `cannot read the folder ${directory}: ${(cause as NodeJS.ErrnoException).code}`, { cause });
  }
  const ours = names.filter((name) => name.endsWith('.crl') || name.endsWith('.ocsp')).sort();
  if (ours.length > LIMITS.revocationFiles) throw new AssayError('limit', `${directory} has more than ${LIMITS.revocationFiles} files`);
  return ours;
}

function readFile(path: string, most: number): Buffer {
  let file: number | undefined;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = fstatSync(file);
    if (!found.isFile()) throw new AssayError('file-unreadable', `${path} is not a regular file`);
    if (found.size > most) throw new AssayError('limit', `${path} has ${found.size} bytes (at most ${most})`);
    return readFileSync(file);
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    throw new AssayError('file-unreadable', `cannot read ${path}: ${messageOf(cause)}`, { cause });
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

function listsIn(path: string, content: Buffer): readonly Bytes[] {
  if (content[0] === 0x30) return [content];
  return named(path, () =>
    parsePem(utf8Decode(content, path), path).map(({ label, bytes }) => {
      if (label !== 'X509 CRL') throw new AssayError('revocation-invalid', `a block "${label}", not only revocation lists`);
      return bytes;
    }),
  );
}

function issuerIn(path: string, bytes: Bytes): string {
  return named(path, () => encodeHex(revocationListOf(bytes).issuer));
}

function serialsIn(path: string, content: Buffer): ReadonlySet<string> {
  return named(path, () => new Set(parseOcspAnswer(content).singles.map(({ id }) => encodeHex(id.serial))));
}

function named<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    const limit = cause instanceof AssayError && cause.code === 'limit';
    throw new AssayError(limit ? 'limit' : 'revocation-invalid', `${path}: ${messageOf(cause)}`, { cause });
  }
}
