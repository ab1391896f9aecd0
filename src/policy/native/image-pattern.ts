import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { canonicalHost } from '../../oci/reference.ts';

/** Tells which repositories are meant. */
export type ImagePattern = (repository: string) => boolean;

type Token = { readonly kind: 'char'; readonly char: string } | { readonly kind: 'part' } | { readonly kind: 'all' };

/**
 * A pattern over `registry/repository` in full: `*` stands for characters of one part, `**` for any, every other character for itself. A name
 * without a registry is one of Docker Hub, as in references. Tags move and digests are no names, so a pattern has neither.
 * Throws `policy-invalid`.
 */
export function imagePattern(text: string): ImagePattern {
  const wrong = (why: string, hint?: string): AssayError =>
    new AssayError('policy-invalid', `the pattern "${text.slice(0, 100)}" ${why}`, hint === undefined ? {} : { hint });
  if (text.length > LIMITS.referenceLength) throw wrong(`is longer than ${LIMITS.referenceLength} characters`);
  if (text.includes('@')) throw wrong('has a digest', 'patterns are about repositories; one image is revoked under revoked.entries');
  if (text === '*') throw wrong('matches no image: "*" does not cross "/"', '"**" is every image');
  if (!/^[A-Za-z0-9._:/*-]+$/.test(text))
    throw wrong('has a character that no name has', 'letters, digits, ".", "_", "-", "/", "*" and "**"');
  if (/\*{3,}/.test(text)) throw wrong('has more than two "*" in a row');
  const named = withRegistry(text);
  const slash = named.indexOf('/');
  const full = slash < 0 ? named : `${canonicalHost(named.slice(0, slash))}${named.slice(slash)}`;
  if (full.slice(slash + 1).includes(':')) throw wrong('has a tag', 'patterns are about repositories: tags move');
  if (/[A-Z]/.test(full.slice(slash + 1)) && slash >= 0) throw wrong('has an upper-case letter in the repository, which no image has');
  if (full.endsWith('/') || full.startsWith('/') || full.includes('//')) throw wrong('has an empty part');
  const tokens = tokensOf(full);
  return (repository) => matches(tokens, repository);
}

function withRegistry(text: string): string {
  if (text.startsWith('**')) return text;
  const slash = text.indexOf('/');
  if (slash < 0) return `docker.io/library/${text}`;
  const first = text.slice(0, slash);
  return /[.:*]/.test(first) || first === 'localhost' ? text.replace(/^index\.docker\.io\//, 'docker.io/') : `docker.io/${text}`;
}

function tokensOf(text: string): readonly Token[] {
  return [...text.matchAll(/\*\*|\*|[^*]/g)].map(([t]) =>
    t === '**' ? { kind: 'all' } : t === '*' ? { kind: 'part' } : { kind: 'char', char: t },
  );
}

// All positions in the pattern at once: no pattern takes longer than its length times the name's.
function matches(tokens: readonly Token[], name: string): boolean {
  let states = skipStars(new Set([0]), tokens);
  for (const char of name) {
    const next = new Set<number>();
    for (const i of states) {
      const token = tokens[i];
      if (token === undefined) continue;
      if (token.kind === 'char' ? token.char === char : false) next.add(i + 1);
      if (token.kind === 'all' || (token.kind === 'part' && char !== '/')) next.add(i);
    }
    states = skipStars(next, tokens);
  }
  return states.has(tokens.length);
}

function skipStars(states: Set<number>, tokens: readonly Token[]): Set<number> {
  for (const i of states) if (tokens[i] !== undefined && tokens[i]?.kind !== 'char') states.add(i + 1);
  return states;
}
