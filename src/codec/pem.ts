import { type Bytes, decodeBase64 } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';

/** One block of a PEM text (RFC 7468). */
export interface PemBlock {
  readonly label: string;
  readonly bytes: Bytes;
}

const BEGIN = /^-----BEGIN ([A-Z0-9 ]{1,64})-----$/;
const FIRST = /^-----BEGIN ([A-Z0-9 ]{1,64})-----\n/;

/**
 * All blocks of a PEM text. Text between blocks is explanatory and skipped (RFC 7468 §2), headers inside a block (RFC 1421) are not accepted.
 * Throws `pem-invalid`, naming `what`.
 */
export function parsePem(text: string, what = 'PEM'): PemBlock[] {
  const usual = usualBlock(text);
  if (usual !== undefined) return [usual];
  const blocks: PemBlock[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const label = BEGIN.exec((lines[i] as string).trim())?.[1];
    if (label === undefined) continue;
    const end = `-----END ${label}-----`;
    const body: string[] = [];
    for (i++; i < lines.length && (lines[i] as string).trim() !== end; i++) body.push((lines[i] as string).trim());
    if (i >= lines.length) throw new AssayError('pem-invalid', `${what}: the block "${label}" has no end`);
    blocks.push({ label, bytes: decode(body.join(''), what, label) });
  }
  if (blocks.length === 0) throw new AssayError('pem-invalid', `${what} holds no PEM block`);
  return blocks;
}

function decode(text: string, what: string, label: string): Bytes {
  try {
    return decodeBase64(text);
  } catch (cause) {
    throw new AssayError('pem-invalid', `${what}: the block "${label}" is not strict base64`, { cause });
  }
}

// One block and nothing else, as every tool writes it, in a tenth of the time. `undefined` is no judgement: it may be any other PEM.
function usualBlock(text: string): PemBlock | undefined {
  const [first, label = ''] = FIRST.exec(text) ?? [];
  const last = `\n-----END ${label}-----\n`;
  if (first === undefined || !text.endsWith(last)) return undefined;
  const body = text.slice(first.length, -last.length);
  const bytes = Buffer.from(body, 'base64');
  return bytes.toString('base64') === body.replaceAll('\n', '') ? { label, bytes } : undefined;
}
