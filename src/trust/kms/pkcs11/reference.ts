import { AssayError } from '../../../errors.ts';

/** A key on a token, as its URI names it (RFC 7512). Whatever is left out may be anything, as long as one object is meant. */
export interface Pkcs11Reference {
  /** The URI without the query, for people. */
  readonly name: string;
  readonly token: string | undefined;
  readonly serial: string | undefined;
  readonly manufacturer: string | undefined;
  readonly model: string | undefined;
  readonly slotId: number | undefined;
  readonly slotDescription: string | undefined;
  readonly slotManufacturer: string | undefined;
  readonly id: Buffer | undefined;
  readonly object: string | undefined;
  readonly modulePath: string | undefined;
  /** A file that holds the PIN. */
  readonly pinFile: string | undefined;
}

const PATH = new Set([
  'token',
  'serial',
  'manufacturer',
  'model',
  'slot-id',
  'slot-description',
  'slot-manufacturer',
  'id',
  'object',
  'type',
]);
const QUERY = new Set(['module-path', 'module-name', 'pin-source']);

/** Reads a PKCS #11 URI (RFC 7512 §2.3). Throws `key-invalid`: a part that is unknown or stands twice, a PIN in the URI. */
export function parsePkcs11Reference(uri: string): Pkcs11Reference {
  refusePin(uri);
  // A question mark may stand in the value of a query (§2.3, pk11-query-res-avail).
  const [path = '', ...rest] = uri.replace(/^pkcs11:/i, '').split('?');
  const query = rest.join('?');
  const name = `pkcs11:${path}`;
  const parts = attributes(name, path, ';', PATH);
  const more = attributes(name, query, '&', QUERY);
  if (more.has('module-name'))
    throw new AssayError('key-invalid', `${name}: a module is named by its path`, { hint: 'module-path=/usr/lib/….so' });
  const type = parts.get('type')?.toString();
  if (type !== undefined && type !== 'private' && type !== 'public')
    throw new AssayError('key-invalid', `${name} is a ${type}, no key pair`);
  const text = (part: string): string | undefined => parts.get(part)?.toString('utf8');
  const slot = text('slot-id');
  if (slot !== undefined && !/^\d{1,10}$/.test(slot)) throw new AssayError('key-invalid', `${name}: slot-id is no number`);
  if (!parts.has('id') && !parts.has('object'))
    throw new AssayError('key-invalid', `${name} names no key`, {
      hint: 'object=LABEL or id=%01, as pkcs11-tool --list-objects shows them',
    });
  return {
    name,
    token: text('token'),
    serial: text('serial'),
    manufacturer: text('manufacturer'),
    model: text('model'),
    slotId: slot === undefined ? undefined : Number(slot),
    slotDescription: text('slot-description'),
    slotManufacturer: text('slot-manufacturer'),
    id: parts.get('id'),
    object: text('object'),
    modulePath: more.get('module-path')?.toString('utf8'),
    pinFile: more
      .get('pin-source')
      ?.toString('utf8')
      .replace(/^file:(?:\/\/)?/, ''),
  };
}

// Before anything of the reference is repeated, and wherever it stands: in the part that names the token, after a wrong separator, in capitals.
function refusePin(uri: string): void {
  if (!/[:;?&,\s]pin(?!-source=)[a-z0-9_%-]*=/i.test(uri)) return;
  throw new AssayError('key-invalid', 'a PIN does not stand in the reference of a key, where others can read it', {
    hint: 'COSIGN_PKCS11_PIN=…, or pin-source=/file/with/the/pin in the place of pin-value',
  });
}

function attributes(name: string, text: string, separator: string, known: ReadonlySet<string>): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const part of text.split(separator).filter((p) => p !== '')) {
    const [, key, value] = /^([a-z-]+)=(.*)$/s.exec(part) ?? [];
    if (key === undefined || value === undefined || !known.has(key))
      throw new AssayError('key-invalid', `${name}: "${part.replace(/=.*/s, '').slice(0, 40)}" is no part of such a URI`);
    if (found.has(key)) throw new AssayError('key-invalid', `${name}: ${key} stands there twice`);
    found.set(key, percentDecoded(name, value));
  }
  return found;
}

// An id is bytes, not text.
function percentDecoded(name: string, value: string): Buffer {
  if (/%(?![0-9A-Fa-f]{2})/.test(value)) throw new AssayError('key-invalid', `${name}: a percent sign without two digits`);
  const pieces = value.split(/%([0-9A-Fa-f]{2})/);
  return Buffer.concat(pieces.map((piece, i) => (i % 2 === 0 ? Buffer.from(piece, 'utf8') : Buffer.from(piece, 'hex'))));
}
