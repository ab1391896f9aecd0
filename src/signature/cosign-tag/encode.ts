import { type Bytes, encodeBase64, encodeHex, utf8 } from '../../bytes/index.ts';
import { pem } from '../../codec/der/encode.ts';
import { AssayError } from '../../errors.ts';
import { DSSE_ENVELOPE, SIMPLE_SIGNING } from '../../oci/media-types.ts';
import type { DsseEnvelope, LogEntry, SignedEntity, SignerMaterial } from '../entity.ts';
import { statementOf } from '../kind.ts';
import { ANNOTATION, type EvidenceLayer } from './layer.ts';

/**
 * Writes evidence as a layer of cosign's tags: a simple signing payload (`.sig`) or an envelope (`.att`), everything else in annotations (cosign
 * specs/SIGNATURE_SPEC.md, ATTESTATION_SPEC.md, BUNDLE_SPEC.md). Throws `unsupported` for what the form has no place for: an entry of a log that gives no
 * promise (Rekor v2), more than one log entry or timestamp, a signature over a file.
 */
export function encodeCosignLayer(entity: SignedEntity): EvidenceLayer {
  const { content, material, logEntries, timestamps } = entity;
  if (content.kind !== 'payload' && content.kind !== 'dsse') throw cannot('a signature over a file');
  if (logEntries.length > 1 || timestamps.length > 1) throw cannot('more than one log entry or timestamp');
  const [entry] = logEntries;
  const [stamp] = timestamps;
  const annotations = new Map([
    [ANNOTATION.signature, content.kind === 'payload' ? encodeBase64(content.signature) : ''],
    ...certificateAnnotations(material),
    ...(entry === undefined ? [] : ([[ANNOTATION.bundle, JSON.stringify(rekorBundleJson(entry))]] as const)),
    ...(stamp === undefined ? [] : ([[ANNOTATION.timestamp, timestampJson(stamp.der)]] as const)),
  ]);
  if (content.kind === 'payload') return { mediaType: SIMPLE_SIGNING, annotations, content: content.payload };
  const result = statementOf(content.envelope);
  if ('statement' in result) annotations.set('predicateType', result.statement.predicateType);
  return { mediaType: DSSE_ENVELOPE, annotations, content: content.envelope.stored ?? encodeEnvelope(content.envelope) };
}

/** A DSSE envelope in JSON, as Go's dsse library writes it. */
export function encodeEnvelope({ payloadType, payload, signatures }: Omit<DsseEnvelope, 'stored'>): Bytes {
  const signed = signatures.map(({ keyid, sig }) => ({ keyid, sig: encodeBase64(sig) }));
  return utf8(JSON.stringify({ payloadType, payload: encodeBase64(payload), signatures: signed }));
}

/** cosign's Rekor bundle: the log's promise and the entry (specs/BUNDLE_SPEC.md). Throws `unsupported` for an entry without a promise. */
export function rekorBundleJson(entry: LogEntry): object {
  if (entry.promise === undefined) throw cannot('an entry of a log that gives no promise (Rekor v2)');
  return {
    SignedEntryTimestamp: encodeBase64(entry.promise),
    Payload: {
      body: encodeBase64(entry.body),
      integratedTime: entry.integratedTime,
      logIndex: Number(entry.logIndex),
      logID: encodeHex(entry.logId),
    },
  };
}

/** An RFC 3161 response as cosign stores it beside a signature, in an annotation or a file. */
export function timestampJson(der: Bytes): string {
  return JSON.stringify({ SignedRFC3161Timestamp: encodeBase64(der) });
}

/**
 * The file of cosign 2's `sign-blob --bundle` and `attest-blob --bundle`; `publicKeyPem` stands in it where the signer has no certificate.
 * Throws `unsupported` as `encodeCosignLayer`.
 */
export function encodeBlobBundle(entity: SignedEntity, publicKeyPem: string): Bytes {
  const { content, material, logEntries } = entity;
  if (content.kind !== 'artifact' && content.kind !== 'dsse' && content.kind !== 'payload') throw cannot('this content');
  const signature = content.kind === 'dsse' ? (content.envelope.stored ?? encodeEnvelope(content.envelope)) : content.signature;
  const [leaf] = material.kind === 'certificate' ? material.chain : [];
  const [entry, another] = logEntries;
  if (another !== undefined) throw cannot('more than one log entry');
  const bundle = {
    base64Signature: encodeBase64(signature),
    cert: encodeBase64(utf8(leaf === undefined ? publicKeyPem : pem('CERTIFICATE', leaf))),
    ...(entry === undefined ? {} : { rekorBundle: rekorBundleJson(entry) }),
  };
  return utf8(JSON.stringify(bundle));
}

function certificateAnnotations(material: SignerMaterial): readonly (readonly [string, string])[] {
  const [leaf, ...chain] = material.kind === 'certificate' ? material.chain : [];
  if (leaf === undefined) return [];
  const rest = chain.map((c) => pem('CERTIFICATE', c)).join('');
  return [[ANNOTATION.certificate, pem('CERTIFICATE', leaf)], ...(rest === '' ? [] : ([[ANNOTATION.chain, rest]] as const))];
}

function cannot(what: string): AssayError {
  return new AssayError('unsupported', `cosign's tag form and old files have no place for ${what}`, {
    hint: 'the bundle form has (--format bundle)',
  });
}
