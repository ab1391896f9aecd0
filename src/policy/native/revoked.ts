import { utf8Decode } from '../../bytes/index.ts';
import { parseYamlDocuments } from '../../codec/yaml.ts';
import { AssayError, isAssayError, messageOf } from '../../errors.ts';
import { byRegexp, exactly, type RevocationList, type RevokedIdentity, type TextMatcher, UNSAFE_ANY } from '../../verify/index.ts';
import { ageText, parseAge } from '../expectation/duration.ts';
import type { PolicyResources } from '../resources.ts';
import type { AuthorityRegistry } from './authority/registry.ts';
import { createMistakes, type Mistakes, type Path } from './fields/mistakes.ts';
import { REVOCATION_LIST, type RevokedEntry, type RevokedFields } from './fields/policy.ts';
import { readShape } from './fields/read.ts';
import { leafRequirement } from './leaf.ts';

/** What compiling a list is given. */
export interface RevocationContext {
  readonly policy: string;
  readonly authorities: AuthorityRegistry;
  readonly mistakes: Mistakes;
  readonly resources: PolicyResources;
}

/** The list that a policy has: its own entries, and those of a signed list, without which nothing can be relied on. */
export async function compileRevoked(fields: RevokedFields, path: Path, context: RevocationContext): Promise<RevocationList | undefined> {
  const { mistakes } = context;
  const { entries = [], from } = fields;
  if (entries.length === 0 && from === undefined && mistakes.clean(path)) mistakes.add(path, 'it says nothing', 'entries or from');
  const own = await compileEntries(entries, [...path, 'entries'], mistakes);
  if (from === undefined || !mistakes.clean([...path, 'from'])) return own;
  const given = await signedList(from, [...path, 'from'], context);
  return typeof given === 'string' ? { ...own, unavailable: given } : merged(own, given);
}

/** The signed list's entries, or why there is none that can be relied on. Mistakes of the policy itself are noted. */
async function signedList(
  from: NonNullable<RevokedFields['from']>,
  path: Path,
  { policy, authorities, mistakes, resources }: RevocationContext,
): Promise<RevocationList | string> {
  const by = await authorities.resolve(from.by, [...path, 'by']);
  const maxAge = await mistakes.attempt([...path, 'maxAge'], () => parseAge(from.maxAge));
  if (by === undefined || maxAge === undefined) return 'the policy has mistakes';
  const unavailable = (why: string): string => `the list of what is revoked, ${from.artifact}, cannot be relied on: ${why}`;
  if (resources.artifact === undefined) return unavailable('artifacts in registries cannot be read here');
  const signedBy = leafRequirement({
    wanted: { kind: 'signature' },
    authorities: by,
    threshold: 1,
    conditions: [],
    annotations: undefined,
    revoked: undefined,
    label: { policy, rule: 'revoked' },
    common: {},
  });
  try {
    const artifact = await resources.artifact(from.artifact);
    const verdict = await artifact.verify(signedBy);
    if (!verdict.met || verdict.outcome !== 'verified') return unavailable(`its signature is ${verdict.outcome}`);
    const { content } = artifact;
    return await readList(content, from.artifact, maxAge, resources.now);
  } catch (error) {
    if (isAssayError(error) && error.code === 'internal') throw error;
    return unavailable(messageOf(error));
  }
}

// Throws what makes a list unreliable.
async function readList(content: Uint8Array, name: string, maxAge: number, now: number): Promise<RevocationList> {
  const [document, second] = parseYamlDocuments(utf8Decode(content, name), name);
  if (document === undefined || second !== undefined) throw new AssayError('input-invalid', 'it is not one document');
  const mistakes = createMistakes(name, document.positionOf);
  const list = readShape(REVOCATION_LIST, document.value, [], mistakes);
  const compiled = list === undefined ? undefined : await compileEntries(list.spec?.entries ?? [], ['spec', 'entries'], mistakes);
  const [mistake] = mistakes.errors;
  if (mistake !== undefined) throw mistake;
  if (list === undefined || compiled === undefined) throw new AssayError('input-invalid', 'it is no list');
  const age = now - Date.parse(list.spec.issued);
  if (age > maxAge)
    throw new AssayError('trust-stale', `it was issued at ${list.spec.issued}, ${ageText(age)} ago, and ${ageText(maxAge)} are allowed`);
  if (age < -300_000) throw new AssayError('input-invalid', `it was issued at ${list.spec.issued}, which is in the future`);
  return compiled;
}

async function compileEntries(entries: readonly RevokedEntry[], path: Path, mistakes: Mistakes): Promise<RevocationList> {
  const maps = { images: new Map(), evidence: new Map(), keys: new Map(), certificates: new Map(), logEntries: new Map() };
  const identities: RevokedIdentity[] = [];
  for (const [i, entry] of entries.entries()) {
    const at = [...path, i];
    if (!mistakes.clean(at)) continue;
    const { reason } = entry;
    if (entry.image !== undefined) maps.images.set(entry.image, reason);
    if (entry.evidence !== undefined) maps.evidence.set(entry.evidence, reason);
    if (entry.key !== undefined) maps.keys.set(entry.key, reason);
    if (entry.certificate !== undefined) maps.certificates.set(entry.certificate, reason);
    if (entry.logEntry !== undefined) maps.logEntries.set(entry.logEntry, reason);
    if (entry.identity !== undefined) {
      const identity = await identityOf(entry.identity, reason, [...at, 'identity'], mistakes);
      if (identity !== undefined) identities.push(identity);
    }
  }
  return { ...maps, identities };
}

async function identityOf(
  fields: NonNullable<RevokedEntry['identity']>,
  reason: string,
  path: Path,
  mistakes: Mistakes,
): Promise<RevokedIdentity | undefined> {
  const subject = await matcher(fields.subject, fields.subjectRegExp, 'subject', path, mistakes);
  const issuer = await matcher(fields.issuer, fields.issuerRegExp, 'issuer', path, mistakes);
  if (subject === undefined && issuer === undefined && mistakes.clean(path)) mistakes.add(path, 'it names nobody', 'subject and issuer');
  const [from, until] = [fields.from, fields.until].map((t) => (t === undefined ? undefined : new Date(t)));
  for (const [name, time] of [
    ['from', from],
    ['until', until],
  ] as const)
    if (time !== undefined && Number.isNaN(time.getTime())) mistakes.add([...path, name], 'is no time');
  if (from !== undefined && until !== undefined && from.getTime() > until.getTime()) mistakes.add(path, 'the window ends before it begins');
  if (!mistakes.clean(path)) return undefined;
  return {
    // Whoever is left out of an entry is every one: a list revokes more, not less.
    subject: subject ?? UNSAFE_ANY,
    issuer: issuer ?? UNSAFE_ANY,
    reason,
    ...(from === undefined ? {} : { from }),
    ...(until === undefined ? {} : { until }),
  };
}

async function matcher(
  exact: string | undefined,
  expression: string | undefined,
  name: string,
  path: Path,
  mistakes: Mistakes,
): Promise<TextMatcher | undefined> {
  if (exact !== undefined && expression !== undefined) mistakes.add([...path, `${name}RegExp`], `contradicts "${name}"`);
  if (exact !== undefined) return exactly(exact);
  return expression === undefined ? undefined : mistakes.attempt([...path, `${name}RegExp`], () => byRegexp(expression, 'whole'));
}

function merged(a: RevocationList, b: RevocationList): RevocationList {
  return {
    images: new Map([...a.images, ...b.images]),
    evidence: new Map([...a.evidence, ...b.evidence]),
    keys: new Map([...a.keys, ...b.keys]),
    certificates: new Map([...a.certificates, ...b.certificates]),
    logEntries: new Map([...a.logEntries, ...b.logEntries]),
    identities: [...a.identities, ...b.identities],
  };
}
