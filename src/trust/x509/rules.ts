import { equal, utf8 } from '../../bytes/index.ts';
import { messageOf } from '../../errors.ts';
import { inForce, type RuleId } from '../../rules.ts';
import type { Certificate } from './certificate.ts';
import { EXTENSION, KEY_USAGE } from './extensions.ts';
import { type GeneralName, NAME } from './general-name.ts';
import { publicKeyOf } from './key.ts';
import { attributesOf, EMAIL_ADDRESS } from './name.ts';
import { type Budget, forbiddenName, nameBudget } from './name-constraints.ts';
import { describeCertificate as describe } from './validity.ts';

/** What the leaf's key may be used for. */
export type Usage = 'codeSigning' | 'timeStamping';

/** Certificates from the leaf to the anchor; each is signed by the next. */
export interface TrustPath {
  readonly certificates: readonly Certificate[];
}

const PURPOSE: Readonly<Record<Usage, string>> = { codeSigning: '1.3.6.1.5.5.7.3.3', timeStamping: '1.3.6.1.5.5.7.3.8' };
const ANY_PURPOSE = '2.5.29.37.0';

// Certificate policies and their constraints are not processed, so they may stand there only where ignoring them is allowed: not critical.
const PROCESSED: ReadonlySet<string> = new Set([
  EXTENSION.basicConstraints,
  EXTENSION.keyUsage,
  EXTENSION.extendedKeyUsage,
  EXTENSION.subjectAltName,
  EXTENSION.nameConstraints,
]);

/**
 * The first rule that a path breaks, in words; `undefined` when it breaks none. The signatures are taken as checked, time is not
 * looked at. Order: the leaf, the CAs from the leaf upwards, path lengths and name constraints. Throws `limit`.
 */
export function brokenRule({ certificates }: TrustPath, usage: Usage): string | undefined {
  const [leaf, ...authorities] = certificates;
  if (leaf === undefined) return 'the path is empty';
  return (
    leafProblem(leaf, usage) ??
    first(authorities, (ca) => authorityProblem(ca, usage)) ??
    rule('certificate-path-length', lengthProblem(authorities)) ??
    rule('certificate-names', namesProblem(certificates, nameBudget()))
  );
}

function leafProblem(leaf: Certificate, usage: Usage): string | undefined {
  return (
    unknownCritical(leaf) ??
    rule('certificate-leaf-ca', leaf.basicConstraints?.ca ? `${describe(leaf)} is a CA, not a signer` : undefined) ??
    rule('certificate-leaf-usage', leafUsageProblem(leaf, usage)) ??
    rule(usage === 'timeStamping' ? 'timestamp-purpose' : 'certificate-leaf-purpose', leafPurposeProblem(leaf, usage)) ??
    // RFC 5280 §4.1.2.6
    (isEmptyName(leaf.subject) && leaf.subjectAltNames === undefined
      ? `${describe(leaf)} has neither a subject nor a subject alternative name`
      : undefined) ??
    keyProblem(leaf)
  );
}

// The problem, unless the run that proves the tests has switched its rule off.
function rule(id: RuleId, problem: string | undefined): string | undefined {
  return inForce(id) ? problem : undefined;
}

function leafUsageProblem(leaf: Certificate, usage: Usage): string | undefined {
  // RFC 3161 §2.3 lets an authority's key have either bit.
  const needed = usage === 'timeStamping' ? KEY_USAGE.digitalSignature | KEY_USAGE.contentCommitment : KEY_USAGE.digitalSignature;
  return leaf.keyUsage === undefined || (leaf.keyUsage & needed) !== 0
    ? undefined
    : `${describe(leaf)} may not make digital signatures (key usage)`;
}

function leafPurposeProblem(leaf: Certificate, usage: Usage): string | undefined {
  const purposes = leaf.extendedKeyUsage;
  if (!purposes?.includes(PURPOSE[usage])) return `${describe(leaf)} is not for ${usage} (extended key usage)`;
  if (usage !== 'timeStamping') return undefined;
  // RFC 3161 §2.3: only this purpose, and critical.
  if (purposes.length > 1) return `${describe(leaf)} has another purpose besides timeStamping (extended key usage)`;
  return leaf.extensions.get(EXTENSION.extendedKeyUsage)?.critical
    ? undefined
    : `the extended key usage of ${describe(leaf)} is not critical`;
}

function keyProblem(leaf: Certificate): string | undefined {
  try {
    publicKeyOf(leaf);
    return undefined;
  } catch (error) {
    return `the key of ${describe(leaf)} cannot be used: ${messageOf(error)}`;
  }
}

// RFC 5280 §6.1.4 (k), (n), (o). It asks that basic constraints are there, not that they are critical: whoever understands them need not be told to.
function authorityProblem(ca: Certificate, usage: Usage): string | undefined {
  const unknown = unknownCritical(ca);
  if (unknown !== undefined) return unknown;
  if (!ca.basicConstraints?.ca && inForce('certificate-ca')) return `${describe(ca)} is not a CA`;
  if (ca.keyUsage !== undefined && (ca.keyUsage & KEY_USAGE.keyCertSign) === 0 && inForce('certificate-ca-usage'))
    return `${describe(ca)} may not sign certificates (key usage)`;
  const purposes = ca.extendedKeyUsage;
  if (purposes === undefined || purposes.includes(PURPOSE[usage]) || purposes.includes(ANY_PURPOSE)) return undefined;
  return rule('certificate-ca-purpose', `${describe(ca)} may not issue certificates for ${usage} (extended key usage)`);
}

function unknownCritical(certificate: Certificate): string | undefined {
  for (const [oid, { critical }] of certificate.extensions) {
    if (critical && !PROCESSED.has(oid) && inForce('certificate-critical'))
      return `${describe(certificate)} has the critical extension ${oid}, which Assay does not process`;
  }
  return undefined;
}

// RFC 5280 §6.1.4 (l), (m), from the anchor down. The leaf is not counted, nor are CAs that carry their issuer's name.
function lengthProblem(authorities: readonly Certificate[]): string | undefined {
  let left = Number.POSITIVE_INFINITY;
  for (const ca of authorities.toReversed()) {
    if (!isSelfIssued(ca)) {
      if (left === 0) return `${describe(ca)} makes the path longer than a CA above it allows`;
      left -= 1;
    }
    left = Math.min(left, ca.basicConstraints?.pathLength ?? Number.POSITIVE_INFINITY);
  }
  return undefined;
}

// RFC 5280 §6.1.3 (b), (c): every certificate below a CA, except for self-issued ones that are not the leaf.
function namesProblem(certificates: readonly Certificate[], budget: Budget): string | undefined {
  for (const [above, ca] of certificates.entries()) {
    if (above === 0 || ca.nameConstraints === undefined) continue;
    for (const [i, certificate] of certificates.slice(0, above).entries()) {
      if (i > 0 && isSelfIssued(certificate)) continue;
      const reason = forbiddenName(ca.nameConstraints, namesOf(certificate), budget);
      if (reason !== undefined) return `name constraints of ${describe(ca)}: ${reason}`;
    }
  }
  return undefined;
}

// An emailAddress in the subject counts beside the alternative names too: stricter than the RFC, which asks it only without them.
function namesOf(certificate: Certificate): readonly GeneralName[] {
  const names = [...(certificate.subjectAltNames ?? [])];
  if (isEmptyName(certificate.subject)) return names;
  names.push({ kind: NAME.directory, value: certificate.subject });
  for (const { oid, value } of attributesOf(certificate.subject).flat())
    if (oid === EMAIL_ADDRESS) names.push({ kind: NAME.email, value: utf8(value) });
  return names;
}

// The DER of an empty Name is 30 00.
function isEmptyName(name: Certificate['subject']): boolean {
  return name.length === 2;
}

function isSelfIssued(certificate: Certificate): boolean {
  return equal(certificate.issuer, certificate.subject);
}

function first<T>(list: readonly T[], problem: (item: T) => string | undefined): string | undefined {
  for (const item of list) {
    const found = problem(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
