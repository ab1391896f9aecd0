import { byRegexp, exactly, type TextMatcher, UNSAFE_ANY } from '../../../verify/index.ts';
import type { Mistakes, Path } from '../fields/mistakes.ts';

/** Texts and expressions for who is meant. */
export interface IdentityFields {
  readonly subject?: string;
  readonly subjectRegExp?: string;
  readonly issuer?: string;
  readonly issuerRegExp?: string;
  readonly unsafeAnyIdentity?: true;
}

/** Who is meant. */
export interface IdentityMatchers {
  readonly subject: TextMatcher;
  readonly issuer: TextMatcher;
}

/**
 * "Both issuer and subject are required for a certificate identity" (DESIGN §4.3); what is left out has to be left out on purpose.
 * `issuerNeeded`: false for authorities whose certificates name no issuer.
 */
export async function identityMatchers(
  fields: IdentityFields,
  path: Path,
  mistakes: Mistakes,
  issuerNeeded: boolean,
): Promise<IdentityMatchers | undefined> {
  const everyone = fields.unsafeAnyIdentity === true;
  const subject = await one('subject', fields, path, mistakes);
  const issuer = await one('issuer', fields, path, mistakes);
  if (everyone && subject !== undefined && (issuer !== undefined || !issuerNeeded))
    mistakes.add([...path, 'unsafeAnyIdentity'], 'contradicts the identity that is named', 'leave it out');
  if (everyone) mistakes.warn([...path, 'unsafeAnyIdentity'], 'weakened', 'whoever the authorities certify may sign');
  const hint = 'an identity is subject and issuer; unsafeAnyIdentity: true accepts every one';
  if (!everyone && subject === undefined && mistakes.clean(path)) mistakes.add(path, '"subject" or "subjectRegExp" is missing', hint);
  if (!everyone && issuer === undefined && issuerNeeded && mistakes.clean([...path, 'issuer']) && mistakes.clean([...path, 'issuerRegExp']))
    mistakes.add(path, '"issuer" or "issuerRegExp" is missing', hint);
  if (!mistakes.clean(path)) return undefined;
  return { subject: subject ?? UNSAFE_ANY, issuer: issuer ?? UNSAFE_ANY };
}

async function one(name: 'subject' | 'issuer', fields: IdentityFields, path: Path, mistakes: Mistakes): Promise<TextMatcher | undefined> {
  const exact = fields[name];
  const expression = fields[`${name}RegExp`];
  if (exact !== undefined && expression !== undefined) mistakes.add([...path, `${name}RegExp`], `contradicts "${name}"`);
  if (exact !== undefined) return exactly(exact);
  if (expression === undefined) return undefined;
  const matcher = await mistakes.attempt([...path, `${name}RegExp`], () => byRegexp(expression, 'whole'));
  if (/^\^?\.[*+]\$?$/.test(expression)) mistakes.warn([...path, `${name}RegExp`], 'weakened', `every ${name} matches`);
  return matcher;
}
