/** One byte of what is signed, or of the signature, is changed; everything around it stays well-formed. */
import type { Piece } from './storage.ts';

/** What is changed. */
export const PARTS = ['payload', 'signature'] as const;
/** What is changed. */
export type Part = (typeof PARTS)[number];

const SIGNATURE = 'dev.cosignproject.cosign/signature';

interface Envelope {
  readonly payload: string;
  readonly signatures: readonly { readonly sig: string }[];
}

interface Document {
  readonly dsseEnvelope?: Envelope;
  readonly messageSignature?: { readonly signature: string };
  readonly base64Signature?: string;
  readonly payload?: string;
  readonly signatures?: Envelope['signatures'];
  readonly signature?: string;
  readonly critical?: object;
}

/** The piece with a byte changed; `undefined` where the evidence holds no such part: the payload of a file's signature is the file. */
export function tamper(piece: Piece, part: Part): Piece | undefined {
  const signature = piece.annotations[SIGNATURE];
  if (part === 'signature' && signature !== undefined && signature !== '') {
    return { ...piece, annotations: { ...piece.annotations, [SIGNATURE]: flipped(signature, 'base64') } };
  }
  const content = changed(piece.content, part);
  return content === undefined ? undefined : { ...piece, content };
}

function changed(content: Buffer, part: Part): Buffer | undefined {
  // COSE, tag 18: the signature stands last but for what is not signed before it.
  if (content[0] !== 0x7b)
    return part === 'payload' ? stage(content) : Buffer.from(flipped(content.toString('latin1'), 'latin1'), 'latin1');
  const value = JSON.parse(content.toString()) as Document;
  const { dsseEnvelope, messageSignature, base64Signature, signatures } = value;
  if (value.critical !== undefined) return stage(content);
  if (dsseEnvelope !== undefined) return json({ ...value, dsseEnvelope: ofEnvelope(dsseEnvelope, part) });
  if (signatures !== undefined) return json(ofEnvelope({ payload: value.payload ?? '', signatures }, part, value));
  if (messageSignature !== undefined) {
    if (part === 'payload') return undefined;
    return json({ ...value, messageSignature: { ...messageSignature, signature: flipped(messageSignature.signature, 'base64') } });
  }
  if (base64Signature !== undefined) {
    const inner = Buffer.from(base64Signature, 'base64');
    const within = inner[0] === 0x7b ? changed(inner, part) : undefined;
    if (within !== undefined) return json({ ...value, base64Signature: within.toString('base64') });
    return part === 'payload' ? undefined : json({ ...value, base64Signature: flipped(base64Signature, 'base64') });
  }
  const { payload = '', signature = '' } = value;
  if (part === 'signature') return json({ ...value, signature: flipped(signature, 'base64url') });
  return json({ ...value, payload: payloadOf(payload, 'base64url') });
}

function ofEnvelope(envelope: Envelope, part: Part, whole: object = envelope): object {
  if (part === 'payload') return { ...whole, payload: payloadOf(envelope.payload, 'base64') };
  return { ...whole, signatures: envelope.signatures.map((s) => ({ ...s, sig: flipped(s.sig, 'base64') })) };
}

function payloadOf(payload: string, encoding: 'base64' | 'base64url'): string {
  return stage(Buffer.from(payload, encoding)).toString(encoding);
}

/** All that is signed in the matrix says `prod` somewhere. */
function stage(payload: Buffer): Buffer {
  const at = payload.indexOf('prod');
  if (at < 0) throw new Error(`nothing to change in ${payload.toString('latin1').slice(0, 300)}`);
  const other = Buffer.from(payload);
  other[at + 3] = 'c'.charCodeAt(0);
  return other;
}

function flipped(text: string, encoding: 'base64' | 'base64url' | 'latin1'): string {
  const bytes = Buffer.from(text, encoding);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.toString(encoding);
}

function json(value: object): Buffer {
  return Buffer.from(JSON.stringify(value));
}
