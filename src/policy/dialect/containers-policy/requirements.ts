import type { Condition, EvidenceLeaf, Label, Requirement } from '../../../verify/index.ts';
import type { PolicyResources } from '../../resources.ts';
import { referenceCondition } from './conditions.ts';
import type { DockerName } from './docker-name.ts';
import type { Mistakes, Path } from './mistakes.ts';
import { readSignedBy, SIGNED_BY_FIELDS } from './signed-by.ts';
import { readSignedIdentity, type SignedIdentity } from './signed-identity.ts';
import { readSigstoreSigned, SIGSTORE_SIGNED_FIELDS } from './sigstore-signed.ts';

/** What a scope asks: all of it has to hold. */
export interface ScopeRequirements {
  /** Whether it depends on what the image is called. */
  readonly ofImage: boolean;
  readonly requirement: (image: DockerName | undefined, label: Label) => Requirement;
}

/** One requirement of a list. */
type Part =
  | { readonly kind: 'static'; readonly met: boolean; readonly reason: string }
  | { readonly kind: 'signed'; readonly leaf: EvidenceLeaf; readonly identity: SignedIdentity };

const TYPES = ['insecureAcceptAnything', 'reject', 'signedBy', 'sigstoreSigned'] as const;

/** Reads the list of a scope (containers-policy.json.5, "Policy Requirements"). Mistakes are collected. */
export async function readRequirements(
  value: unknown,
  path: Path,
  mistakes: Mistakes,
  resources: PolicyResources,
): Promise<ScopeRequirements | undefined> {
  const list = mistakes.list(value, path);
  if (list === undefined) return undefined;
  const read = await Promise.all(list.map((item, i) => readPart(item, [...path, i], mistakes, resources)));
  const parts = read.filter((p) => p !== undefined);
  if (parts.length < read.length) return undefined;
  return {
    ofImage: parts.some((p) => p.kind === 'signed' && p.identity.ofImage),
    requirement: (image, label) => ({ kind: 'allOf', of: parts.map((p) => requirementOf(p, image, label)), label }),
  };
}

async function readPart(value: unknown, path: Path, mistakes: Mistakes, resources: PolicyResources): Promise<Part | undefined> {
  const type = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
  switch (type) {
    case 'insecureAcceptAnything':
      mistakes.members(value, path, ['type']);
      return { kind: 'static', met: true, reason: 'insecureAcceptAnything: policy.json asks for nothing here' };
    case 'reject':
      mistakes.members(value, path, ['type']);
      return { kind: 'static', met: false, reason: 'policy.json rejects every image here' };
    case 'signedBy': {
      const members = mistakes.members(value, path, SIGNED_BY_FIELDS);
      if (members === undefined) return undefined;
      const leaf = await readSignedBy(members, path, mistakes, resources);
      return signed(leaf, readSignedIdentity(members.signedIdentity, [...path, 'signedIdentity'], mistakes));
    }
    case 'sigstoreSigned': {
      const members = mistakes.members(value, path, SIGSTORE_SIGNED_FIELDS);
      if (members === undefined) return undefined;
      const leaf = await readSigstoreSigned(members, { path, mistakes, resources });
      return signed(leaf, readSignedIdentity(members.signedIdentity, [...path, 'signedIdentity'], mistakes));
    }
    case 'signedBaseLayer':
      return mistakes.add(
        [...path, 'type'],
        'signedBaseLayer cannot be judged: no tool implements it, containers/image rejects every image',
        'write {"type": "reject"} for that',
      );
    default:
      if (mistakes.members(value, path, typeof value === 'object' && value !== null ? Object.keys(value) : []) === undefined)
        return undefined;
      if (type === undefined) return mistakes.add(path, 'the type is missing', `one of ${TYPES.join(', ')}`);
      return mistakes.add(
        [...path, 'type'],
        `${JSON.stringify(type)?.slice(0, 60)} is no type of requirement`,
        `one of ${TYPES.join(', ')}`,
      );
  }
}

function signed(leaf: EvidenceLeaf | undefined, identity: SignedIdentity | undefined): Part | undefined {
  return leaf === undefined || identity === undefined ? undefined : { kind: 'signed', leaf, identity };
}

function requirementOf(part: Part, image: DockerName | undefined, label: Label): Requirement {
  if (part.kind === 'static') return { ...part, label };
  const conditions: readonly Condition[] = [...(part.leaf.conditions ?? []), referenceCondition(part.identity, image)];
  return { ...part.leaf, conditions, label };
}
