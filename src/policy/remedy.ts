import type { Authority, EvidenceLeaf } from '../verify/index.ts';

/** What would satisfy a leaf, as an instruction. */
export function remedyOf(leaf: EvidenceLeaf): string {
  const who = leaf.authorities.map(authorityText);
  const by = who.length === 0 ? 'nobody: the policy names no authority' : who.slice(0, 4).join(who.length > 1 ? ' or ' : '');
  const number = leaf.threshold > 1 ? `${leaf.threshold} of ` : '';
  const { wanted } = leaf;
  if (wanted.kind === 'attestation')
    return `wanted is an attestation${wanted.predicateType === undefined ? '' : ` ${wanted.predicateType.uri}`} by ${number}${by}${conditionText(leaf)}`;
  if (wanted.kind === 'artifact') return `wanted is an artifact ${wanted.artifactType}, signed by ${number}${by}${conditionText(leaf)}`;
  return `wanted is a signature by ${number}${by}${conditionText(leaf)}`;
}

function conditionText({ conditions = [] }: EvidenceLeaf): string {
  return conditions.length === 0 ? '' : ` that satisfies ${conditions.map((c) => c.name).join(', ')}`;
}

/** Who an authority is, in words. */
export function authorityText(authority: Authority): string {
  if (authority.kind === 'key') return `the key ${authority.name} (${authority.key.keyId.slice(0, 19)}…)`;
  return authority.kind === 'notation' ? `a certificate that ${authority.name} trusts` : authority.name;
}
