/**
 * The names of the rules of verification, and the switch with which `npm run test:rules` proves that each of them is tested:
 * it disables one rule at a time and expects a forgery to get through. The switch exists only where the build says so
 * (`__ASSAY_RULES_SWITCHABLE__`); what is published does not contain it.
 */
declare const __ASSAY_RULES_SWITCHABLE__: boolean | undefined;

/** Every rule that can be the only one to stop a forgery. */
export const RULES = [
  // the signature and what it is over
  'signature',
  'key-hint',
  'payload-type',
  'statement-form',
  'payload-form',
  'subject-digest',
  'stated-digest',
  'predicate-type',
  'evidence-kind',
  'annotations',
  // the transparency log
  'log-demand-promise',
  'log-demand-proof',
  'log-window',
  'log-body',
  'log-body-kind',
  'log-body-digest',
  'log-body-signature',
  'log-body-verifier',
  'log-promise',
  'log-inclusion',
  'log-checkpoint',
  'log-checkpoint-root',
  'log-checkpoint-origin',
  'log-index',
  'log-duplicate',
  'log-threshold',
  // timestamps
  'timestamp',
  'timestamp-imprint',
  'timestamp-window',
  'timestamp-threshold',
  'timestamp-purpose',
  'timestamp-signer',
  'timestamp-certificate-id',
  'verified-time',
  // certificates
  'certificate-chain',
  'certificate-time',
  'certificate-critical',
  'certificate-leaf-ca',
  'certificate-leaf-usage',
  'certificate-leaf-purpose',
  'certificate-ca',
  'certificate-ca-usage',
  'certificate-ca-purpose',
  'certificate-path-length',
  'certificate-names',
  'authority-window',
  'sct',
  'sct-window',
  'sct-threshold',
  // what a policy has revoked
  'revocation-list-missing',
  'revoked-evidence',
  'revoked-key',
  'revoked-certificate',
  'revoked-log-entry',
  'revoked-identity',
  // signed artifacts
  'referrer-subject',
  'referrer-signature',
  // OpenPGP keys and simple signatures
  'openpgp-self-signature',
  'openpgp-binding',
  'openpgp-back-signature',
  'openpgp-key-usage',
  'openpgp-key-revoked',
  'openpgp-key-expired',
  'openpgp-signature-expired',
  'openpgp-signing-time',
  'openpgp-critical',
  'docker-reference',
  // who
  'identity-subject',
  'identity-issuer',
  'identity-claims',
  'threshold',
  // Notary Project signatures
  'notation-algorithm',
  'notation-content-type',
  'notation-chain',
  'notation-leaf',
  'notation-authority',
  'notation-anchor',
  'notation-identity',
  'notation-expiry',
  'notation-time',
  'notation-timestamp',
  'notation-timestamp-chain',
  'notation-revocation',
  'notation-plugin',
  'plugin-pin',
  'notation-attributes',
  'subject-descriptor',
] as const;

/** One of the rules. */
export type RuleId = (typeof RULES)[number];

let disabled: string | undefined;

/** Whether a rule is in force: always, except in the run that proves the tests. */
export function inForce(rule: RuleId): boolean {
  if (typeof __ASSAY_RULES_SWITCHABLE__ !== 'undefined' && __ASSAY_RULES_SWITCHABLE__) return disabled !== rule;
  return true;
}

/** Disables one rule, or with `undefined` none. Does nothing where the build has no switch. */
export function disableRule(rule: RuleId | undefined): void {
  if (typeof __ASSAY_RULES_SWITCHABLE__ !== 'undefined' && __ASSAY_RULES_SWITCHABLE__) disabled = rule;
}
