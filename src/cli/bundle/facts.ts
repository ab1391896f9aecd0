import { encodeHex } from '../../bytes/index.ts';
import { importPublicKey, sha256 } from '../../crypto/index.ts';
import { isAssayError, messageOf } from '../../errors.ts';
import { type LogEntry, type SignedContent, type SignedEntity, type SignerMaterial, statementOf } from '../../signature/index.ts';
import {
  altNamesOf,
  embeddedScts,
  fulcioClaims,
  parseCertificate,
  parseCheckpoint,
  parseTimestamp,
  type TrustMaterial,
} from '../../trust/index.ts';
import type { EvidenceFile } from './read.ts';

/** What a bundle says, unverified: `assay/bundle-inspect/v1`. */
export interface BundleFacts {
  readonly form: EvidenceFile['form'];
  readonly mediaType: string | null;
  readonly kind: 'signature' | 'attestation';
  readonly signed: SignedFacts;
  readonly signer: SignerFacts | null;
  readonly log: readonly LogFacts[];
  readonly timestamps: readonly TimestampFacts[];
  /** What every verifier will stumble over, in sentences. */
  readonly problems: readonly string[];
}

/** What is signed. */
export type SignedFacts =
  | {
      readonly kind: 'file';
      readonly digest: { readonly algorithm: string; readonly value: string } | null;
      readonly signatureBytes: number;
    }
  | {
      readonly kind: 'statement';
      readonly type: string;
      readonly predicateType: string;
      readonly subjects: readonly {
        readonly name: string | null;
        readonly digests: ReadonlyMap<string, string>;
        readonly annotations: ReadonlyMap<string, unknown>;
      }[];
      readonly payloadBytes: number;
    }
  | { readonly kind: 'payload'; readonly payloadType: string; readonly payloadBytes: number };

/** Who is said to have signed. */
export type SignerFacts =
  | {
      readonly kind: 'certificate';
      readonly names: readonly { readonly kind: string; readonly value: string }[];
      readonly subject: string;
      readonly claims: ReadonlyMap<string, string>;
      readonly validFrom: Date;
      readonly validTo: Date;
      readonly issuedBy: string;
      readonly serial: string;
      readonly keyId: string;
      readonly key: string;
      readonly scts: readonly { readonly logId: string; readonly time: Date }[];
      readonly certificates: number;
    }
  | { readonly kind: 'certificate'; readonly malformed: string }
  | { readonly kind: 'public-key'; readonly hint: string; readonly keyId: string | null };

/** One entry of a log. */
export interface LogFacts {
  /** Host of the log, where the trust root at hand knows its key id. */
  readonly log: string | null;
  readonly logId: string;
  readonly index: bigint;
  readonly entry: string;
  /** As the entry states it; Rekor v2 states none. */
  readonly time: Date | null;
  readonly promise: boolean;
  readonly proof: {
    readonly index: bigint;
    readonly treeSize: bigint;
    readonly origin: string | null;
    readonly signedBy: readonly string[];
  } | null;
}

/** One RFC 3161 timestamp. */
export type TimestampFacts =
  | {
      readonly time: Date;
      readonly hash: string;
      readonly policy: string;
      readonly serial: string;
      readonly accuracyMs: number | null;
      readonly authority: string | null;
    }
  | { readonly malformed: string };

/** Everything that a file of evidence says. `trust` only gives logs their names. */
export function bundleFacts({ form, mediaType, entity }: EvidenceFile, trust: Pick<TrustMaterial, 'logs'>): BundleFacts {
  return {
    form,
    mediaType: mediaType ?? null,
    kind: entity.kind,
    signed: signedFacts(entity.content),
    signer: signerFacts(entity.material),
    log: entity.logEntries.map((entry) => logFacts(entry, trust)),
    timestamps: entity.timestamps.map(({ der }) => timestampFacts(der)),
    problems: problemsOf(entity),
  };
}

function signedFacts(content: SignedContent): SignedFacts {
  if (content.kind === 'artifact') {
    const { stated, signature } = content;
    const digest = stated === undefined ? null : { algorithm: stated.algorithm, value: encodeHex(stated.digest) };
    return { kind: 'file', digest, signatureBytes: signature.length };
  }
  if (content.kind !== 'dsse') return { kind: 'payload', payloadType: content.kind, payloadBytes: 0 };
  const { payload, payloadType } = content.envelope;
  const result = statementOf(content.envelope);
  if (!('statement' in result)) return { kind: 'payload', payloadType, payloadBytes: payload.length };
  const { type, predicateType, subjects } = result.statement;
  return {
    kind: 'statement',
    type,
    predicateType,
    subjects: subjects.map(({ name, digests, annotations }) => ({ name: name ?? null, digests, annotations })),
    payloadBytes: payload.length,
  };
}

function signerFacts(material: SignerMaterial): SignerFacts | null {
  if (material.kind === 'none') return null;
  if (material.kind === 'public-key') return { kind: 'public-key', hint: material.hint, keyId: keyIdOf(material) };
  const [leaf] = material.chain;
  if (leaf === undefined) return null;
  try {
    const certificate = parseCertificate(leaf);
    return {
      kind: 'certificate',
      names: altNamesOf(certificate),
      subject: certificate.subjectText,
      claims: fulcioClaims(certificate),
      validFrom: new Date(certificate.notBefore),
      validTo: new Date(certificate.notAfter),
      issuedBy: certificate.issuerText,
      serial: encodeHex(certificate.serial),
      keyId: `sha256:${encodeHex(sha256(certificate.spki))}`,
      key: keyText(certificate.spki),
      scts: embeddedScts(certificate).map((sct) => ({ logId: encodeHex(sct.logId), time: new Date(Number(sct.timestamp)) })),
      certificates: material.chain.length,
    };
  } catch (error) {
    return { kind: 'certificate', malformed: messageOf(error) };
  }
}

/** cosign's hint is the base64 of the key id; others write what they like. */
function keyIdOf({ hint, spki }: Extract<SignerMaterial, { kind: 'public-key' }>): string | null {
  if (spki !== undefined) return `sha256:${encodeHex(sha256(spki))}`;
  const bytes = Buffer.from(hint, 'base64');
  return bytes.length === 32 && bytes.toString('base64') === hint ? `sha256:${bytes.toString('hex')}` : null;
}

function keyText(spki: Uint8Array): string {
  try {
    const key = importPublicKey(spki);
    return key.type === 'rsa' ? `RSA ${key.handle.asymmetricKeyDetails?.modulusLength ?? ''}`.trim() : (key.curve ?? key.type);
  } catch {
    return 'of a kind that is not accepted';
  }
}

function logFacts(entry: LogEntry, trust: Pick<TrustMaterial, 'logs'>): LogFacts {
  const { proof } = entry;
  const known = trust.logs.find(
    (log) =>
      Buffer.from(log.logId).equals(entry.logId) ||
      (log.checkpointKeyId !== undefined && Buffer.from(log.checkpointKeyId).equals(entry.logId)),
  );
  const checkpoint = proof === undefined || proof.checkpoint === '' ? undefined : quietly(() => parseCheckpoint(proof.checkpoint));
  return {
    log: known?.host ?? null,
    logId: encodeHex(entry.logId),
    index: entry.logIndex,
    entry: `${entry.kind} ${entry.version}`,
    time: entry.integratedTime === 0 ? null : new Date(entry.integratedTime * 1000),
    promise: entry.promise !== undefined,
    proof:
      proof === undefined
        ? null
        : {
            index: proof.logIndex,
            treeSize: checkpoint?.size ?? proof.treeSize,
            origin: checkpoint?.origin ?? null,
            signedBy: checkpoint?.signatures.map((s) => s.name) ?? [],
          },
  };
}

function timestampFacts(der: Uint8Array): TimestampFacts {
  try {
    const token = parseTimestamp(der);
    const { id } = token.signer;
    const signer =
      id.kind === 'key-id'
        ? token.certificates.find((c) => c.subjectKeyId !== undefined && Buffer.from(c.subjectKeyId).equals(id.keyId))
        : token.certificates.find((c) => Buffer.from(c.issuer).equals(id.issuer) && Buffer.from(c.serial).equals(id.serial));
    return {
      time: new Date(token.time),
      hash: token.imprint.hash,
      policy: token.policy,
      serial: encodeHex(token.serial),
      accuracyMs: token.accuracy ?? null,
      authority: signer?.subjectText ?? null,
    };
  } catch (error) {
    return { malformed: messageOf(error) };
  }
}

function problemsOf({ content, material, logEntries, timestamps, demands }: SignedEntity): string[] {
  const problems: string[] = [];
  if (material.kind === 'none') problems.push('it names no signer: verifiers have to be given the key');
  if (material.kind === 'certificate' && material.chainUnasked === true)
    problems.push('a bundle of version 0.3 holds one certificate, this one a chain');
  for (const entry of logEntries) {
    if (demands.promise && entry.promise === undefined)
      problems.push(`log entry ${entry.logIndex} has no promise, which this version demands`);
    if (demands.proof && (entry.proof === undefined || entry.proof.checkpoint === ''))
      problems.push(`log entry ${entry.logIndex} has no inclusion proof with a checkpoint, which this version demands`);
  }
  if (logEntries.length === 0)
    problems.push('it has no entry of a transparency log: verifiers have to be told so (--insecure-ignore-tlog)');
  if (
    material.kind === 'certificate' &&
    timestamps.length === 0 &&
    !logEntries.some((e) => e.promise !== undefined && e.integratedTime > 0)
  )
    problems.push('nothing proves when the certificate was used: neither a timestamp nor the promise of a log');
  if (content.kind === 'dsse') {
    const result = statementOf(content.envelope);
    if ('error' in result && isAssayError(result.error)) problems.push(result.error.message);
  }
  return problems;
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
