import { join } from 'node:path';
import { type Bytes, decodeBase64, encodeHex, utf8, utf8Decode } from '../../../bytes/index.ts';
import { parseJson } from '../../../codec/json.ts';
import { sha256 } from '../../../crypto/index.ts';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { readIfReadable } from '../../tuf/files.ts';
import { distributionPoints } from '../crl/check.ts';
import type { Named } from '../finding.ts';
import { isHttp } from '../question.ts';
import type { RevocationSource } from './source.ts';

/**
 * The lists that notation keeps (`{cache}/crl/`, one JSON file for each address, named by its SHA-256), at hand for the certificates that name
 * these addresses. Nothing is written or asked. As in any cache, what is not there or cannot be read is as if it had never been there.
 */
export function notationCrlCache(directory: string): RevocationSource {
  const nowhere = (): Promise<never> => Promise.reject(new AssayError('offline', `nothing is asked, and ${directory} has no list`));
  return {
    ocsp: nowhere,
    crl: nowhere,
    atHand: (certificate) => {
      const urls = distributionPoints(certificate).flatMap(({ uris }) => uris.filter(isHttp));
      const lists = urls.slice(0, LIMITS.revocationAddresses).flatMap((url) => listsIn(join(directory, encodeHex(sha256(utf8(url))))));
      return Promise.resolve({ lists, answers: [] });
    },
  };
}

// Base64 takes four characters for three bytes, and a file has two lists.
function listsIn(path: string): readonly Named[] {
  try {
    const content = readIfReadable(path, 3 * LIMITS.crlBytes);
    const kept = content === undefined ? undefined : parseJson(utf8Decode(content, path), path);
    if (typeof kept !== 'object' || kept === null || Array.isArray(kept)) return [];
    const { baseCRL, deltaCRL } = kept as { readonly baseCRL?: unknown; readonly deltaCRL?: unknown };
    const lists = [baseCRL, deltaCRL].filter((text) => typeof text === 'string').map((text): Bytes => decodeBase64(text));
    return lists.map((bytes) => ({ name: path, bytes }));
  } catch (error) {
    if (error instanceof AssayError) return [];
    throw error;
  }
}
