import type { Bytes } from '../../bytes/index.ts';
import { CborTag, type CborValue, decodeCbor, encodeCbor } from '../../codec/cbor.ts';
import type { NotaryAlgorithm, SignedEntity } from '../entity.ts';
import { ATTRIBUTE, readAttributes, wrong } from './attributes.ts';
import { notaryEntity } from './entity.ts';

type Labels = ReadonlyMap<number | bigint | string, CborValue>;

/** CBOR tags: COSE_Sign1 (RFC 9052 §4.2) and a time in seconds since 1970 (RFC 8949 §3.4.2). */
export const COSE_TAG = { sign1: 18, epoch: 1 } as const;
const { sign1: SIGN1, epoch: EPOCH } = COSE_TAG;
/** Labels of header parameters (IANA, "COSE Header Parameters"). */
export const COSE_LABEL = { algorithm: 1, critical: 2, contentType: 3, x5chain: 33 } as const;
const LABEL = COSE_LABEL;
/** The algorithms by their numbers (IANA, "COSE Algorithms"; signature-envelope-cose.md, "Protected Headers"). */
export const COSE_ALGORITHMS: ReadonlyMap<number, NotaryAlgorithm> = new Map([
  [-37, 'PS256'],
  [-38, 'PS384'],
  [-39, 'PS512'],
  [-7, 'ES256'],
  [-35, 'ES384'],
  [-36, 'ES512'],
]);

/** Decodes a Notary Project envelope in COSE (signature-envelope-cose.md; RFC 9052 §4.2). Throws `envelope-invalid`, `cbor-invalid` or `limit`. */
export function decodeNotaryCose(bytes: Bytes): SignedEntity {
  const envelope = decodeCbor(bytes, 'COSE envelope', [SIGN1, EPOCH]);
  const parts = envelope instanceof CborTag && envelope.tag === SIGN1 ? envelope.value : undefined;
  if (!Array.isArray(parts) || parts.length !== 4) throw wrong('it is not a tagged COSE_Sign1 with four parts');
  const [encoded, unprotected, payload, signature] = parts as readonly CborValue[];
  if (!(encoded instanceof Uint8Array) || !(payload instanceof Uint8Array) || !(signature instanceof Uint8Array))
    throw wrong('protected header, payload and signature are not byte strings');
  const header = labelsOf(decodeCbor(encoded, 'protected header', [EPOCH]), 'protected header');
  const open = labelsOf(unprotected, 'unprotected header');
  for (const label of header.keys()) if (open.has(label)) throw wrong(`label ${String(label).slice(0, 100)} stands in both headers`);
  const stated = header.get(LABEL.algorithm);
  const algorithm = typeof stated === 'number' ? COSE_ALGORITHMS.get(stated) : undefined;
  if (algorithm === undefined)
    throw wrong(`the algorithm is none of ${[...COSE_ALGORITHMS].map(([n, name]) => `${name} (${n})`).join(', ')}`);
  return notaryEntity({
    format: 'notation-cose',
    envelope: {
      ...readAttributes({
        algorithm,
        contentType: header.get(LABEL.contentType),
        critical: header.get(LABEL.critical),
        attributes: new Map([...header].flatMap(([label, value]) => (typeof label === 'string' ? [[label, value]] : []))),
        time: timeOf,
      }),
      signed: encodeCbor(['Signature1', encoded, new Uint8Array(), payload]),
      payload,
      signature,
    },
    chain: chainOf(header.get(LABEL.x5chain) ?? open.get(LABEL.x5chain)),
    timestamp: stampOf(open.get(ATTRIBUTE.timestamp)),
  });
}

function labelsOf(value: CborValue | undefined, what: string): Labels {
  if (!(value instanceof Map)) throw wrong(`${what} is not a map`);
  return value as Labels;
}

// "The certificate chain is represented as an array", of one certificate too.
function chainOf(value: CborValue | undefined): readonly Bytes[] {
  if (!Array.isArray(value)) throw wrong('x5chain is missing, or is no list');
  return (value as readonly CborValue[]).map((c) => {
    if (!(c instanceof Uint8Array)) throw wrong('x5chain has something else than certificates');
    return c;
  });
}

function stampOf(value: CborValue | undefined): Bytes | undefined {
  if (value === undefined || value === null) return undefined;
  if (!(value instanceof Uint8Array)) throw wrong('timestampSignature is not a byte string');
  return value.length === 0 ? undefined : value;
}

function timeOf(value: unknown): Date | undefined {
  if (!(value instanceof CborTag) || value.tag !== EPOCH) return undefined;
  const seconds = value.value;
  return typeof seconds === 'number' || typeof seconds === 'bigint' ? new Date(Number(seconds) * 1000) : undefined;
}
