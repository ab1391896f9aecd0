/** Images that one key signed, as cosign 3 stores it: a bundle as a referrer. */
import { dsseBundle, inTotoStatement, newKey, PREDICATES, pushBundle, pushImage } from '../../src/testing/authority/index.ts';
import type { Lab } from './lab.ts';

/** The path of the public key, and references by tag. */
export function signedByKey(
  { sink, sigstore, repository, write }: Lab,
  count: number,
): { readonly key: string; readonly images: readonly string[] } {
  const key = newKey('p256');
  const images = Array.from({ length: count }, (_, i) => {
    const image = pushImage(sink, `app ${i}`, { tag: `v${i}` });
    const bundle = dsseBundle(sigstore, { kind: 'key', key }, inTotoStatement(image.digest, PREDICATES.sign));
    pushBundle(sink, image, bundle, {
      annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope', 'dev.sigstore.bundle.predicateType': PREDICATES.sign },
    });
    return `${repository}:v${i}`;
  });
  return { key: write('key.pub', key.spkiPem), images };
}
