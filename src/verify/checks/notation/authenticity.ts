import { equal } from '../../../bytes/index.ts';
import { inForce } from '../../../rules.ts';
import type { NotaryEnvelope } from '../../../signature/index.ts';
import { attributesOf, attributeType, type Certificate, describeCertificate } from '../../../trust/index.ts';
import { fail, pass } from '../../check.ts';
import type { Check } from '../../report.ts';
import type { NotationAuthority, SubjectRule } from '../../request.ts';

/**
 * "Validate that certificate and certificate-chain lead to a trusted certificate present in the named store" (trust-store-trust-policy.md,
 * "Steps"): the scheme says which kind of store. The chain's order and signatures have been checked, so one of its certificates suffices.
 */
export function checkAnchor(
  chain: readonly Certificate[],
  { scheme }: Pick<NotaryEnvelope, 'scheme'>,
  { name, stores }: NotationAuthority,
): Check {
  const kind = scheme === 'notary.x509' ? 'ca' : 'signingAuthority';
  const anchor = chain.find((c) => stores[kind].some((trusted) => equal(trusted.der, c.der)));
  if (anchor !== undefined) return pass('certificate-chain', `leads to ${describeCertificate(anchor)} in a ${kind} store of ${name}`);
  if (!inForce('notation-anchor')) return pass('certificate-chain', 'not asked');
  const root = chain[chain.length - 1];
  const why =
    stores[kind].length === 0
      ? `${name} has no ${kind} store, which signatures of the scheme ${scheme} need`
      : `${root === undefined ? 'the chain' : describeCertificate(root)} is in no ${kind} store of ${name}`;
  return fail('certificate-chain', 'untrusted', why);
}

/** "The X.509 subject in the trustedIdentities list matches with the value of corresponding attributes in the signing certificate's subject". */
export function checkTrustedIdentity(leaf: Certificate, { identities, foreignIdentities, name }: NotationAuthority): Check {
  if (identities === 'any') return pass('identity', `${leaf.subjectText} (${name} takes every subject)`);
  const subject = subjectOf(leaf);
  if (identities.some((rule) => contains(subject, rule)) || !inForce('notation-identity')) return pass('identity', leaf.subjectText);
  const wanted = [...identities.map(ruleText), ...foreignIdentities];
  return fail(
    'identity',
    'untrusted',
    `the subject is "${leaf.subjectText}", not ${wanted.length === 0 ? 'one that is trusted' : wanted.join(' or ')}`,
  );
}

/** A rule as a trust policy has it, attributes in the rule's order. */
export function ruleText(rule: SubjectRule): string {
  return `x509.subject: ${[...rule].map(([type, value]) => `${type}=${value.replace(/[\\,;+"<>]/g, '\\$&').replace(/^[ #]| $/g, '\\$&')}`).join(', ')}`;
}

function subjectOf(leaf: Certificate): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const { oid, value } of attributesOf(leaf.subject).flat())
    for (const key of new Set([attributeType(oid), oid])) values.set(key, [...(values.get(key) ?? []), value]);
  return values;
}

// An attribute that stands there twice is ambiguous: it is none that was asked for.
function contains(subject: ReadonlyMap<string, readonly string[]>, rule: SubjectRule): boolean {
  return (
    rule.size > 0 &&
    [...rule].every(([type, wanted]) => {
      const [value, another] = subject.get(type === 'S' ? 'ST' : type) ?? [];
      return value === wanted && another === undefined;
    })
  );
}
