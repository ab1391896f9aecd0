import { type Bytes, concat, decodeBase64 } from '../../bytes/index.ts';
import { openPgpError } from './packet.ts';

const BEGIN = '-----BEGIN PGP PUBLIC KEY BLOCK-----';
const END = '-----END PGP PUBLIC KEY BLOCK-----';

/**
 * The bytes of a keyring: armored public key blocks (RFC 9580 §6.2), one or more, or the binary form as it is. The checksum of old
 * armor is not looked at (§6.1.1). Throws `openpgp-invalid`.
 */
export function dearmored(bytes: Bytes): Bytes {
  if ((bytes[0] ?? 0) >= 0x80) return bytes;
  const lines = Buffer.from(bytes)
    .toString('latin1')
    .split('\n')
    .map((l) => l.trim());
  const blocks: Bytes[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] !== BEGIN) continue;
    const end = lines.indexOf(END, i);
    if (end < 0) throw openPgpError('an armored key block has no end');
    const gap = lines.indexOf('', i);
    const body = lines.slice(gap > i && gap < end ? gap + 1 : i + 1, end).filter((l) => l !== '' && !/^=.{4}$/.test(l));
    blocks.push(decodeBody(body.join('')));
    i = end;
  }
  if (blocks.length === 0) throw openPgpError('neither an armored public key block nor a binary keyring');
  return concat(...blocks);
}

function decodeBody(text: string): Bytes {
  try {
    return decodeBase64(text);
  } catch {
    throw openPgpError('an armored key block is not strict base64');
  }
}
