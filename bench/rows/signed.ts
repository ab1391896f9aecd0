/** Images that one key signed, as cosign 3 stores it: a bundle as a referrer. */
import {
  dsseBundle,
  inTotoStatement,
  newKey,
  PREDICATES,
  type Pushed,
  pushBundle,
  pushImage,
  type SigningKey,
} from '../../src/testing/authority/index.ts';
import type { Lab } from './lab.ts';

/** The path of the public key, and references by tag. */
export function signedByKey(lab: Lab, count: number): { readonly key: string; readonly images: readonly string[] } {
  const key = newKey('p256');
  const images = Array.from({ length: count }, (_, i) => {
    attachSignature(lab, pushImage(lab.sink, `app ${i}`, { tag: `v${i}` }), key);
    return `${lab.repository}:v${i}`;
  });
  return { key: lab.write('key.pub', key.spkiPem), images };
}

/** Attaches one more signature. */
export function attachSignature({ sink, sigstore }: Lab, image: Pushed, key: SigningKey): void {
  const bundle = dsseBundle(sigstore, { kind: 'key', key }, inTotoStatement(image.digest, PREDICATES.sign));
  pushBundle(sink, image, bundle, {
    annotations: { 'dev.sigstore.bundle.content': 'dsse-envelope', 'dev.sigstore.bundle.predicateType': PREDICATES.sign },
  });
}
