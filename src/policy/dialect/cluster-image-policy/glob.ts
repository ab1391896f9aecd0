import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { canonicalHost, formatReference, parseReference, type RegistryReference } from '../../../oci/reference.ts';
import type { ImageSubject } from '../../policy.ts';

const GLOB = /^[a-zA-Z0-9\-_:/*.@]+$/;

/** A glob of policy-controller, ready to be compared. */
export interface Glob {
  readonly text: string;
  /** Characters that stand for themselves, `*` and `**`. */
  readonly parts: readonly string[];
}

/**
 * Reads a glob (policy-controller `pkg/apis/glob`): `*` is any number of characters but `/`, `**` any number of any characters; `*` alone means
 * Docker Hub's library, and `*` `/` `*` Docker Hub's users. Throws `policy-invalid` in policy-controller's words.
 */
export function parseGlob(text: string): Glob {
  const full = text === '*/*' ? 'index.docker.io/*/*' : text === '*' ? 'index.docker.io/library/*' : text;
  if (hasOpenBracket(full)) throw new AssayError('policy-invalid', 'syntax error in pattern');
  if (!GLOB.test(full) || full.length > LIMITS.referenceLength)
    throw new AssayError('policy-invalid', `invalid glob ${JSON.stringify(full.slice(0, LIMITS.referenceLength))}`);
  return { text, parts: withHost(full).match(/\*\*|./g) ?? [] };
}

// Hosts have no letter case: policy-controller compares it, and lets an image in capitals past the policy that means it.
function withHost(glob: string): string {
  const slash = glob.indexOf('/');
  return slash < 0 ? glob : `${canonicalHost(glob.slice(0, slash))}${glob.slice(slash)}`;
}

// Go's filepath.Match, which is asked first, knows classes in brackets: one that does not end is its own error.
function hasOpenBracket(text: string): boolean {
  const open = text.indexOf('[');
  return open >= 0 && text.indexOf(']', open + 2) < 0;
}

/**
 * Whether a glob means an image: its name in full (`index.docker.io/library/alpine:latest`, or with a digest the repository and digest), or, which
 * is deprecated, what was written. Throws `reference-invalid` when what was written is no reference.
 */
export function globMatches(glob: Glob, image: string): boolean {
  const name = fullName(image);
  return matches(glob.parts, name) || (name !== image && matches(glob.parts, withHost(image)));
}

/** The name of an image in full, as go-containerregistry has it: a digest takes the place of a tag. Throws `reference-invalid`. */
export function fullName(image: string): string {
  const reference = parseReference(image);
  if (reference.kind !== 'registry') throw new AssayError('reference-invalid', `"${image.slice(0, 200)}" is not in a registry`);
  return nameOf(reference);
}

/**
 * Whether a glob means an image that is judged: by what was written, or by its digest, which is what a cluster would have made of a tag. An image
 * that is in no registry has no name but its place. Throws `reference-invalid` when what was written is no reference.
 */
export function meansImage(glob: Glob, { text, repository, digest }: ImageSubject): boolean {
  const byDigest = `${repository}@${digest}`;
  if (/^(?:oci|oci-archive):/.test(repository)) return matches(glob.parts, byDigest);
  return globMatches(glob, text) || globMatches(glob, byDigest);
}

function nameOf(reference: RegistryReference): string {
  const { digest, tag } = reference;
  const registry = reference.registry === 'docker.io' ? 'index.docker.io' : reference.registry;
  return formatReference({ ...reference, registry, tag: digest === undefined ? tag : undefined });
}

// All states at once: time is the product of the lengths, whatever the stars.
function matches(parts: readonly string[], text: string): boolean {
  let open = closure(parts, new Set([0]));
  for (const character of text) {
    const next = new Set<number>();
    for (const at of open) {
      const part = parts[at];
      if (part === '**' || (part === '*' && character !== '/')) next.add(at);
      else if (part === character) next.add(at + 1);
    }
    open = closure(parts, next);
    if (open.size === 0) return false;
  }
  return open.has(parts.length);
}

function closure(parts: readonly string[], states: Set<number>): Set<number> {
  for (const at of states) if (parts[at] === '*' || parts[at] === '**') states.add(at + 1);
  return states;
}
