import { type Bytes, decodeBase64, utf8Decode } from '../../bytes/index.ts';
import { parseEnvelope } from '../../codec/dsse.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { parsePem } from '../../codec/pem.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import type { LogEntry, SignedContent, SignedEntity, SignerMaterial } from '../entity.ts';
import { kindOf } from '../kind.ts';
import { rekorBundleOf } from './rekor-bundle.ts';

/** The parts of a detached signature, as cosign's flags give them. */
export interface DetachedParts {
  readonly signature: Bytes;
  /** What the signature is over: the blob itself, or (with `attestation`) the envelope that `signature` then is. */
  readonly attestation?: boolean;
  readonly material: SignerMaterial;
  readonly logEntry?: LogEntry;
  /** RFC 3161 responses, DER. */
  readonly timestamps?: readonly Bytes[];
}

/** An entity from detached parts. Throws `envelope-invalid`. */
export function detachedEntity(parts: DetachedParts): SignedEntity {
  const content: SignedContent = parts.attestation
    ? { kind: 'dsse', envelope: { ...parseEnvelope(parts.signature), stored: parts.signature } }
    : { kind: 'artifact', signature: parts.signature, stated: undefined };
  return {
    kind: content.kind === 'dsse' ? kindOf(content.envelope) : 'signature',
    format: 'cosign-tag',
    content,
    material: parts.material,
    logEntries: parts.logEntry === undefined ? [] : [parts.logEntry],
    timestamps: (parts.timestamps ?? []).map((der) => ({
      der,
      over: parts.attestation ? ('signature-or-envelope' as const) : ('signature' as const),
    })),
    demands: { promise: true, proof: false },
    unsignedAnnotations: new Map(),
  };
}

/**
 * cosign 1 and 2's `sign-blob --bundle` file: `{ base64Signature, cert, rekorBundle }`, where `cert` is base64 of a PEM certificate or public key,
 * and for attestations `base64Signature` is an envelope. Answers `null` for another document. Throws errors of the group `evidence-invalid`.
 */
export function decodeBlobBundle(bytes: Bytes, options: { readonly attestation?: boolean } = {}): SignedEntity | null {
  const value = parseJson(utf8Decode(bytes, 'bundle'), 'bundle');
  if (typeof value !== 'object' || value === null || Array.isArray(value) || !('base64Signature' in value)) return null;
  const { base64Signature, cert, rekorBundle } = value as { readonly [k: string]: Json };
  if (typeof base64Signature !== 'string' || base64Signature === '')
    throw new AssayError('bundle-invalid', 'bundle: base64Signature is empty');
  return detachedEntity({
    signature: decodeBase64(base64Signature, 'base64Signature'),
    ...(options.attestation === undefined ? {} : { attestation: options.attestation }),
    material: typeof cert === 'string' && cert !== '' ? materialOfPem(cert) : { kind: 'none' },
    ...(rekorBundle === undefined || rekorBundle === null ? {} : { logEntry: logEntryOf(rekorBundle) }),
  });
}

/** A certificate (with chain) or public key, in PEM or base64 of PEM, as detached files have it. Throws `pem-invalid`. */
export function materialOfPem(text: string): SignerMaterial {
  const pem = text.includes('-----BEGIN') ? text : utf8Decode(decodeBase64(text.trim(), 'certificate'), 'certificate');
  const blocks = parsePem(pem, 'certificate');
  const certificates = blocks.filter((b) => b.label === 'CERTIFICATE').map((b) => b.bytes);
  if (certificates.length === blocks.length) return { kind: 'certificate', chain: certificates };
  const [key] = blocks;
  if (blocks.length === 1 && key?.label === 'PUBLIC KEY') return { kind: 'public-key', hint: '', spki: key.bytes };
  throw new AssayError('pem-invalid', 'neither certificates nor one public key');
}

function logEntryOf(value: Json): LogEntry {
  try {
    return rekorBundleOf(value);
  } catch (cause) {
    if (isAssayError(cause, 'base64-invalid') || isAssayError(cause, 'input-invalid') || isAssayError(cause, 'json-invalid')) {
      throw new AssayError('log-entry-invalid', cause.message, { cause });
    }
    throw cause;
  }
}
