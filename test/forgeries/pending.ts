/**
 * Cases that the verifier does not answer as they want, yet. Each is a promise to keep, with its reason; the test fails as soon as one
 * of them is kept, so that the list can only shrink knowingly.
 */
export const PENDING: ReadonlyMap<string, string> = new Map([
  [
    'log-body: an entry dsse/0.0.1 that names a key where the signer has a certificate',
    'sigstore-go compares certificates as certificates',
  ],
  ['log-body: an entry intoto/0.0.2 that names a key where the signer has a certificate', 'as above'],
  ['log-body: an entry intoto/0.0.1 that names a key where the signer has a certificate', 'as above'],
  ['log-body: a Rekor v2 entry with the bare key of the certificate', 'the rebuilt body has the certificate (rekor-v2-spec)'],
  ['log-body: an entry intoto/0.0.2 with another payload type', 'the entry is compared field by field'],
]);
