import { decodeBase64, utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { decodeBlobBundle, decodeBundle, detachedEntity, type SignedEntity } from '../../signature/index.ts';

/** The kinds of files that hold evidence about a file or an image. */
export type EvidenceFileForm = 'sigstore-bundle' | 'cosign-blob-bundle' | 'dsse-envelope';

/** A file of evidence, read. Nothing about it is verified. */
export interface EvidenceFile {
  readonly form: EvidenceFileForm;
  /** Of a Sigstore bundle. */
  readonly mediaType: string | undefined;
  readonly entity: SignedEntity;
}

/**
 * Reads a Sigstore bundle of any version, the file of cosign 1 and 2's `--bundle`, or an envelope alone. Throws `input-invalid` for something else, and what
 * decoding throws.
 */
export function evidenceFile(bytes: Buffer, name: string): EvidenceFile {
  const value = objectIn(bytes, name);
  if (typeof value.base64Signature === 'string') {
    const attestation = isJsonText(value.base64Signature);
    const entity = decodeBlobBundle(bytes, { attestation });
    if (entity !== null) return { form: 'cosign-blob-bundle', mediaType: undefined, entity };
  }
  if ('payloadType' in value && 'signatures' in value) {
    const entity = detachedEntity({ signature: bytes, attestation: true, material: { kind: 'none' } });
    return { form: 'dsse-envelope', mediaType: undefined, entity };
  }
  if (!('verificationMaterial' in value) && !('mediaType' in value))
    throw new AssayError('input-invalid', `${name} is neither a Sigstore bundle nor cosign's older bundle file nor an envelope`);
  return {
    form: 'sigstore-bundle',
    mediaType: typeof value.mediaType === 'string' ? value.mediaType : undefined,
    entity: decodeBundle(bytes),
  };
}

function objectIn(bytes: Buffer, name: string): { readonly [name: string]: Json } {
  let value: Json;
  try {
    value = parseJson(utf8Decode(bytes, name), name);
  } catch (cause) {
    throw new AssayError('input-invalid', `${name} is no bundle: ${messageOf(cause)}`, { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AssayError('input-invalid', `${name} is no bundle: not an object`);
  return value as { readonly [name: string]: Json };
}

// cosign puts an envelope where a signature stands, in base64 as well.
function isJsonText(base64: string): boolean {
  try {
    return utf8Decode(decodeBase64(base64.slice(0, 8)))
      .trimStart()
      .startsWith('{');
  } catch {
    return false;
  }
}
