import type { RuleId } from '../../src/rules.ts';
import { GENERATED, type Page, tableOf } from './page.ts';

/** What a check of the reports says when it passes, and the flag that skips it. */
export const CHECKS: ReadonlyMap<string, readonly [holds: string, skippedBy: string]> = new Map([
  ['form', ['the evidence has the form that its version demands', '']],
  ['internal', ['Assay made no mistake of its own while it looked', 'the answer is then inconclusive']],
  ['content', ['the evidence could be read and decoded', '']],
  ['log-entry', ["a log entry's body is about this signature, digest and key, and stands there once", '']],
  ['log-window', ["the entry's time, or for logs without times every timestamp, lies in the window in which the log is trusted", '']],
  ['log-promise', ["the promise (signed entry timestamp) is the log's", '']],
  ['log-inclusion', ['the proof leads from the entry to the root of a checkpoint that the log signed', '']],
  ['log-threshold', ['enough distinct trusted logs have the entry', '`--insecure-ignore-tlog`']],
  ['timestamp', ["a timestamp of a trusted authority is over this signature, in the authority's window", '']],
  ['timestamp-threshold', ['enough distinct timestamp authorities stamped (`--use-signed-timestamps`)', '']],
  ['verified-time', ['there is a proven time at which the certificate can be judged', '']],
  ['certificate-chain', ["the signer's certificate chains to a trusted root", '']],
  ['authority-window', ['the root was trusted at every proven time', '']],
  ['certificate-time', ['every certificate of the chain was valid at every proven time', '']],
  ['sct', ['a trusted certificate transparency log promised the certificate', '`--insecure-ignore-sct`']],
  ['signature', ['the key, or the key of the certificate, made the signature', '']],
  ['key', ['one of the asked-for keys made the signature', '']],
  ['openpgp-key', ['the OpenPGP key vouches for itself and its subkey, is meant for signing, and is neither revoked nor expired', '']],
  ['openpgp-signature', ['the OpenPGP signature was made after its key and before now, has not expired, and demands nothing unknown', '']],
  ['payload-type', ['the envelope says that it holds an in-toto statement', '']],
  ['statement-form', ['the statement can be read', '']],
  ['payload-form', ['the simple signing payload can be read and says that it is a signature of an image', '']],
  ['predicate-type', ['the evidence is of the kind and predicate type that was asked for', '']],
  ['subject-digest', ['what was signed is about the digest that was asked about', '`--check-claims=false`']],
  ['annotations', ['what was signed states the pairs that were asked for (`-a`)', '']],
  ['revocation-list', ['the policy has revoked neither the evidence nor its signer, a certificate of its path or its log entry', '']],
  ['condition', ['what the policy demands of the content holds', '']],
  ['subject-chain', ["the signed artifact's chain of subjects ends at the image's digest", '']],
  ['algorithm', ["Notation: the envelope names the one algorithm that the certificate's key demands", '']],
  ['content-type', ['Notation: what was signed is a Notary Project payload', '']],
  ['certificate-form', ['Notation: the chain is complete and in order, and every certificate is what its place demands', '']],
  ['expiry', ['Notation: the signature itself has not expired', "the trust policy's level"]],
  ['timestamp-revocation', ["Notation: no certificate of the timestamp authority's chain is revoked", "the trust policy's level"]],
  ['revocation', ["Notation: no certificate of the signer's chain is revoked", "the trust policy's level"]],
  ['plugin', ['Notation: the verification plugin that the signer demands was asked', '']],
  ['attributes', ['Notation: every critical attribute was understood', '']],
  ['subject-descriptor', ['Notation: the media type and size that were signed are those of the artifact', '']],
  ['identity', ['a subject and the issuer of the certificate, and its workflow claims, are those that were asked for', '']],
]);

/** What each rule refuses. */
const RULES: Readonly<Record<RuleId, string>> = {
  signature: 'a signature that the key did not make',
  'key-hint': 'evidence that names an asked-for key which did not make the signature (`invalid`, not `untrusted`)',
  'payload-type': 'a DSSE envelope of another payload type than in-toto',
  'statement-form': 'a statement that is malformed or of another type',
  'payload-form': 'a simple signing payload that is malformed or of another type',
  'subject-digest': 'evidence about another digest',
  'stated-digest': 'a bundle that states another digest of the file than it has',
  'predicate-type': 'an attestation of another predicate type',
  'evidence-kind': 'an attestation in the place of a signature, or the other way round',
  annotations: 'a signature that does not state the pairs that were asked for',
  'log-demand-promise': 'a bundle v0.1 whose log entry has no promise',
  'log-demand-proof': 'a bundle v0.2 or later whose log entry has no inclusion proof with checkpoint',
  'log-window': "an entry outside the log's window",
  'log-body': 'an entry whose body is not about this evidence in any respect',
  'log-body-kind': 'an entry whose body has another kind or version than is stated beside it',
  'log-body-digest': 'an entry about another payload, artifact or stored envelope',
  'log-body-signature': 'an entry with another signature, or another number of them',
  'log-body-verifier': 'an entry with another certificate or key',
  'log-promise': 'a promise that the log did not sign',
  'log-inclusion': 'an inclusion proof that does not lead to the root',
  'log-checkpoint': 'a checkpoint that the log did not sign',
  'log-checkpoint-root': 'a proof and a checkpoint of different trees',
  'log-checkpoint-origin': 'a checkpoint of another log',
  'log-index': 'a proof for another index than the entry states',
  'log-duplicate': 'one log entry that stands there twice',
  'log-threshold': 'too few distinct logs',
  timestamp: 'a timestamp that the authority did not sign',
  'timestamp-imprint': 'a timestamp of something else',
  'timestamp-window': "a timestamp outside the authority's window",
  'timestamp-threshold': 'too few distinct timestamp authorities',
  'timestamp-purpose': 'a timestamp by a certificate that is not for time stamping alone',
  'timestamp-signer': 'a timestamp by another certificate of the authority than the one that the trusted root lists',
  'timestamp-certificate-id': 'a timestamp that names another certificate than the one that signed it',
  'verified-time': 'a certificate without any proven time',
  'certificate-chain': 'a certificate of no trusted authority',
  'certificate-time': 'a certificate that was not valid at a proven time',
  'certificate-critical': 'a critical extension that is not understood',
  'certificate-leaf-ca': 'the certificate of an authority as signer',
  'certificate-leaf-usage': 'a signer whose key is not for signatures',
  'certificate-leaf-purpose': 'a signer whose certificate is not for code signing',
  'certificate-ca': 'an issuer that is no authority',
  'certificate-ca-usage': 'an issuer whose key is not for certificates',
  'certificate-ca-purpose': 'an issuer that is not for code signing',
  'certificate-path-length': 'a path longer than an authority allows',
  'certificate-names': 'a name that the constraints of an authority forbid',
  'authority-window': 'an authority that was not trusted at a proven time',
  sct: 'a promise (SCT) that a known CT log did not sign',
  'sct-window': "a promise outside the CT log's window",
  'sct-threshold': 'too few distinct CT logs',
  'openpgp-self-signature': 'an OpenPGP key that no signature of its own holds for',
  'openpgp-binding': 'an OpenPGP subkey that its key does not bind',
  'openpgp-back-signature': 'an OpenPGP subkey that does not vouch for its key',
  'openpgp-key-usage': 'an OpenPGP key that is not meant for signing',
  'openpgp-key-revoked': 'an OpenPGP key or subkey that is revoked',
  'openpgp-key-expired': 'an OpenPGP key or subkey that has expired',
  'openpgp-signature-expired': 'an OpenPGP signature that has expired',
  'openpgp-signing-time': 'an OpenPGP signature from before its key, or from the future',
  'openpgp-critical': 'an OpenPGP signature with a critical part that is not understood',
  'docker-reference': 'a signature whose signed docker-reference is not the identity that `signedIdentity` asks for',
  'identity-subject': 'another subject',
  'identity-issuer': 'another issuer',
  'identity-claims': 'another workflow claim',
  threshold: 'too few distinct signers',
  'revocation-list-missing': 'anything at all while the list of what is revoked cannot be relied on (`inconclusive`)',
  'revoked-evidence': 'a piece of evidence that the policy has revoked by its id',
  'revoked-key': 'a signature by a key that the policy has revoked',
  'revoked-certificate': 'a signer whose path has a certificate that the policy has revoked',
  'revoked-log-entry': 'evidence with a log entry that the policy has revoked',
  'revoked-identity': 'an identity that the policy has revoked for the time of signing',
  'referrer-subject': 'an artifact that a registry lists for an image, and that is about something else',
  'referrer-signature': 'an artifact that nobody who was asked for has signed',
  'notation-algorithm': 'a Notation envelope of another algorithm than the key demands',
  'notation-content-type': 'a Notation envelope whose payload is of another type',
  'notation-chain': 'a Notation chain that is incomplete, out of order, or not signed link by link',
  'notation-leaf': 'a Notation signer whose certificate is not one of a signer alone',
  'notation-authority': 'a Notation chain with an issuer that is no CA, or not by critical extensions',
  'notation-anchor': "a Notation chain that leads to no certificate of the trust policy's stores for its scheme",
  'notation-identity': 'a Notation signer with another subject than the trusted identities',
  'notation-expiry': 'a Notation signature that has expired',
  'notation-time': 'a Notation chain that was not valid at the time that is proven',
  'notation-timestamp': 'a Notation timestamp by an authority that is in no tsa store',
  'notation-timestamp-chain': 'a Notation timestamp by an authority whose certificates lack the key usages of signers and CAs',
  'notation-revocation': 'a Notation chain with a revoked certificate, or one of which it is not known',
  'notation-plugin': 'a Notation signature whose verification plugin was not asked or says no',
  'plugin-pin': 'a verification plugin whose program is not the one that was pinned by its digest',
  'notation-attributes': 'a Notation envelope with a critical attribute that nobody understands',
  'subject-descriptor': 'a Notation signature about another media type or size',
};

/** `docs/reference/checks.md`. */
export function checksPage(): Page {
  const text = `# Checks and rules

${GENERATED}

## Checks

Every piece of evidence is reported with its checks: \`pass\`, \`fail\`, \`inconclusive\`, or \`skipped\` with the option that skipped it. All checks
that can be made are made; the gravest fault decides. The order of verification is one function, \`src/verify/by-certificate.ts\`.

${tableOf(
  ['check', 'passes when', 'skipped by'],
  [...CHECKS].map(([id, [holds, by]]) => [`\`${id}\``, holds, by]),
)}

## Rules

A rule is the smallest thing that can be the only one to stop a forgery. \`npm run test:rules\` disables one after the other, wants a forgery to get
through each time, and prints which. The switch for that is compiled out of what is published.

${tableOf(
  ['rule', 'refuses'],
  Object.entries(RULES).map(([id, refuses]) => [`\`${id}\``, refuses]),
)}
`;
  return { path: 'docs/reference/checks.md', text };
}
