import { X509Certificate } from 'node:crypto';
import { LIMITS } from '../../limits.ts';
import type { ImageManifest } from '../../oci/manifest.ts';
import { BUNDLE_PREFIX } from '../../oci/media-types.ts';
import type { ReadOptions, Store } from '../../oci/store.ts';
import { ANNOTATION, decodeBundle, type SignerMaterial, statementOf } from '../../signature/index.ts';
import type { Description } from './artifact.ts';
import { kindOfPredicates } from './describe.ts';

/**
 * Adds who the evidence says has signed it, and for a bundle the predicate type that it really holds. Nothing is verified.
 * Throws what reading throws; evidence that is malformed says `malformed (code)`.
 */
export async function addSigners(
  description: Description,
  manifest: ImageManifest,
  store: Store,
  options: ReadOptions,
): Promise<Description> {
  if (description.format === 'sigstore-bundle') return bundleSays(description, manifest, store, options);
  const says = new Set<string>();
  if (description.format.startsWith('cosign'))
    for (const layer of manifest.layers) says.add(pemSays(layer.annotations?.get(ANNOTATION.certificate)));
  return { ...description, says: [...says] };
}

async function bundleSays(description: Description, manifest: ImageManifest, store: Store, options: ReadOptions): Promise<Description> {
  const layer = manifest.layers.find((l) => l.mediaType.startsWith(BUNDLE_PREFIX));
  if (layer === undefined || layer.size > LIMITS.describedBytes) return description;
  const bytes = await store.read(layer, { ...options, maxBytes: LIMITS.describedBytes });
  try {
    const entity = decodeBundle(bytes);
    const says = [materialSays(entity.material)];
    if (entity.content.kind !== 'dsse') return { ...description, kind: 'signature', says };
    const result = statementOf(entity.content.envelope);
    const predicateTypes = 'statement' in result ? [result.statement.predicateType] : description.predicateTypes;
    return { ...description, kind: kindOfPredicates(predicateTypes), predicateTypes, says };
  } catch {
    return { ...description, says: ['malformed'] };
  }
}

function materialSays(material: SignerMaterial): string {
  if (material.kind === 'public-key') return 'key';
  const leaf = material.kind === 'certificate' ? material.chain[0] : undefined;
  return leaf === undefined ? 'nobody' : certificateSays(leaf);
}

function pemSays(pem: string | undefined): string {
  return pem === undefined || pem === '' ? 'key' : certificateSays(Buffer.from(pem));
}

// The alternative name that Fulcio writes, else the subject; a malformed certificate says nothing.
function certificateSays(certificate: Uint8Array): string {
  try {
    const { subjectAltName, subject } = new X509Certificate(certificate);
    const name = /^(?:URI|email|DNS):("?)(.*?)\1$/s.exec(subjectAltName?.split(', ')[0] ?? '');
    return name?.[2] ?? subject?.replaceAll('\n', ', ') ?? 'a certificate without a name';
  } catch {
    return 'a malformed certificate';
  }
}
