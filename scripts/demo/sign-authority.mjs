// Evidence by the test authority, for machines without cosign: the same forms, signed in this process.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** cosign's names of predicate types. */
const TYPES = { slsaprovenance1: 'slsa1', cyclonedx: 'cyclonedx', spdxjson: 'spdx', vuln: 'vuln' };

/**
 * @param {import('./world.mjs').Base} base
 * @returns {import('./world.mjs').Signer}
 */
export function authoritySigner({ folder, sigstore, testing, registry, leafFor }) {
  const key = { kind: 'key', key: testing.newKey() };
  writeFileSync(join(folder, 'cosign.pub'), key.key.spkiPem);
  const by = (who) => {
    if (who === 'key') return key;
    const certificate = sigstore.issue({ ...leafFor(), notBefore: new Date(Date.now() - 1000) });
    return { kind: 'certificate', certificate, chain: sigstore.ca.chain };
  };
  const push = (image, who, predicateType, predicate) => {
    const at = new Date();
    const statement = testing.inTotoStatement(image.digest, predicateType, { predicate });
    const proofs = { logs: [{ log: sigstore.rekor2, at }], timestamps: [{ at }] };
    const bundle = testing.dsseBundle(sigstore, by(who), statement, proofs);
    const annotations = { 'dev.sigstore.bundle.content': 'dsse-envelope', 'dev.sigstore.bundle.predicateType': predicateType };
    testing.pushBundle(testing.registrySink(registry.content, image.repository), image, bundle, { annotations });
  };

  return {
    name: 'the test authority, without cosign',
    hasOld: true,
    sign: async (image, who) => push(image, who, testing.PREDICATES.sign, {}),
    attest: async (image, who, type, predicate) => push(image, who, testing.PREDICATES[TYPES[type]], predicate),
    async signOld(image) {
      const layer = testing.signatureLayer(sigstore, key, testing.simpleSigningPayload(image.digest));
      testing.pushLayers(testing.registrySink(registry.content, image.repository), image, 'sig', [layer]);
    },
    async attestOld(image, type, predicate) {
      const predicateType = testing.PREDICATES[TYPES[type]];
      const statement = testing.inTotoStatement(image.digest, predicateType, { predicate });
      const layer = testing.attestationLayer(sigstore, key, statement, { predicateType });
      testing.pushLayers(testing.registrySink(registry.content, image.repository), image, 'att', [layer]);
    },
  };
}
