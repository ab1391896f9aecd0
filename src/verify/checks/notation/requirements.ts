import { type Certificate, describeCertificate as describe, EXTENSION, KEY_USAGE } from '../../../trust/index.ts';

// "Only Basic Constraints, Key Usage, and Extended Key Usage extensions of X.509 certificates are honored. For rest of the extensions, implementations …
// MUST fail open" (signature-specification.md, "Other requirements"): name constraints, policies and unknown critical extensions are not looked at.

/** Purposes that a leaf must not have (signature-specification.md, "Leaf Certificates"; and OCSPSigning, which notation refuses). */
const FORBIDDEN_PURPOSES: ReadonlyMap<string, string> = new Map([
  ['2.5.29.37.0', 'anyExtendedKeyUsage'],
  ['1.3.6.1.5.5.7.3.1', 'serverAuth'],
  ['1.3.6.1.5.5.7.3.2', 'clientAuth'],
  ['1.3.6.1.5.5.7.3.4', 'emailProtection'],
  ['1.3.6.1.5.5.7.3.8', 'timeStamping'],
  ['1.3.6.1.5.5.7.3.9', 'OCSPSigning'],
]);

// contentCommitment is in neither of the specification's lists: it may be set.
const FORBIDDEN_USAGES = [
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'crlSign',
  'encipherOnly',
  'decipherOnly',
] as const;

/** What the chain of a timestamp authority lacks beyond RFC 3161 and RFC 5280 (signature-specification.md, "Certificate Requirements"); `undefined` when nothing. */
export function timestampChainProblem([leaf, ...authorities]: readonly Certificate[]): string | undefined {
  if (leaf === undefined) return 'the chain is empty';
  // "The keyUsage extension MUST be present and SHOULD be marked critical."
  const missing = [leaf, ...authorities].find((c) => c.keyUsage === undefined);
  if (missing !== undefined) return `${describe(missing)} has no key usage`;
  const soft = authorities.find((ca) => !ca.extensions.get(EXTENSION.basicConstraints)?.critical);
  return signingProblem(leaf) ?? (soft === undefined ? undefined : `the basic constraints of ${describe(soft)} are not critical`);
}

/** What a signer's certificate lacks to be one (signature-specification.md, "Leaf Certificates"); `undefined` when nothing. */
export function leafProblem(leaf: Certificate): string | undefined {
  if (leaf.basicConstraints?.ca) return `${describe(leaf)} is a CA, not a signer`;
  const usage = usageProblem(leaf);
  if (usage !== undefined) return usage;
  const signing = signingProblem(leaf);
  if (signing !== undefined) return signing;
  const purpose = leaf.extendedKeyUsage?.find((oid) => FORBIDDEN_PURPOSES.has(oid));
  return purpose === undefined
    ? undefined
    : `${describe(leaf)} is for ${FORBIDDEN_PURPOSES.get(purpose)}, which a code signer must not be (extended key usage)`;
}

function signingProblem(leaf: Certificate): string | undefined {
  const usage = leaf.keyUsage ?? 0;
  if ((usage & KEY_USAGE.digitalSignature) === 0) return `${describe(leaf)} may not make digital signatures (key usage)`;
  const other = FORBIDDEN_USAGES.find((name) => (usage & KEY_USAGE[name]) !== 0);
  return other === undefined ? undefined : `${describe(leaf)} may do more than make digital signatures: ${other} (key usage)`;
}

/** What a CA with so many CAs below it lacks (signature-specification.md, "Root and Intermediate CA Certificates"); `undefined` when nothing. */
export function authorityProblem(ca: Certificate, below: number): string | undefined {
  if (!ca.basicConstraints?.ca) return `${describe(ca)} is not a CA`;
  if (!ca.extensions.get(EXTENSION.basicConstraints)?.critical) return `the basic constraints of ${describe(ca)} are not critical`;
  if (ca.basicConstraints.pathLength !== undefined && ca.basicConstraints.pathLength < below)
    return `${describe(ca)} allows ${ca.basicConstraints.pathLength} CAs below it, there are ${below}`;
  const usage = usageProblem(ca);
  if (usage !== undefined) return usage;
  return ((ca.keyUsage ?? 0) & KEY_USAGE.keyCertSign) === 0 ? `${describe(ca)} may not sign certificates (key usage)` : undefined;
}

function usageProblem(certificate: Certificate): string | undefined {
  if (certificate.keyUsage === undefined) return `${describe(certificate)} has no key usage`;
  return certificate.extensions.get(EXTENSION.keyUsage)?.critical ? undefined : `the key usage of ${describe(certificate)} is not critical`;
}
