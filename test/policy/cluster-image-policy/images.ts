/** The images that the tables are about. */
import { PREDICATES, sign, simpleSigningPayload } from '../../../src/testing/index.ts';
import { certificate, good, k1, key, own, putImage } from './lab.ts';

export const CYCLONEDX = PREDICATES.cyclonedx;
const BOM = { bomFormat: 'CycloneDX', metadata: { tools: [{ name: 'syft' }] } };

putImage('unsigned', {});
putImage('by key', { signatures: [{ by: key(k1) }] });
putImage('by key, SHA-512', { signatures: [{ by: key(k1), sign: { hash: 'sha512' } }] });
putImage('by key, logged', { signatures: [{ by: key(k1), logs: [{}] }] });
putImage('by key, logged by own', { signatures: [{ by: key(k1), of: own, logs: [{}] }] });
putImage('by key, stamped', { signatures: [{ by: key(k1), of: own, timestamps: [{}] }] });
putImage('keyless', { signatures: [{ by: certificate(good) }] });
putImage('keyless by own', { signatures: [{ by: certificate(own), of: own }] });
putImage('keyless by own, no SCT', { signatures: [{ by: certificate(own, { scts: null }), of: own }] });
putImage('keyless by own, stamped', { signatures: [{ by: certificate(own), of: own, logs: [], timestamps: [{}] }] });
putImage('keyless by own, bare', { signatures: [{ by: certificate(own), of: own, logs: [] }] });
putImage('bundle by key', { bundles: [{ by: key(k1) }] });
putImage('keyless bundle', { bundles: [{ by: certificate(good) }] });
putImage('keyless bundle, stamped', { bundles: [{ by: certificate(good), logs: [], timestamps: [{}] }] });
putImage('keyless by own, in Rekor v2', { bundles: [{ by: certificate(own), of: own, logs: [{ log: own.rekor2 }], timestamps: [{}] }] });
putImage('elsewhere', { signatures: [{ by: key(k1) }], at: 'registry.example/signatures ' });
putImage('prefixed', { signatures: [{ by: key(k1) }], at: ' v1-' });
putImage('attested', { attestations: [{ by: key(k1), type: CYCLONEDX, predicate: BOM }] });
putImage('attested twice', {
  attestations: [
    { by: key(k1), type: CYCLONEDX, predicate: BOM },
    { by: key(k1), type: CYCLONEDX, predicate: { metadata: { tools: [{ name: 'trivy' }] } } },
    { by: key(k1), type: PREDICATES.vuln, predicate: { scanner: { uri: 'https://scanner.example' } } },
  ],
});
putImage('attested and signed', {
  signatures: [{ by: key(k1) }, { by: certificate(good) }],
  attestations: [{ by: key(k1), type: CYCLONEDX, predicate: BOM }],
});
putImage('forged', {
  signatures: [{ by: key(k1), signature: sign(k1, simpleSigningPayload(`sha256:${'0'.repeat(64)}`)) }],
});
