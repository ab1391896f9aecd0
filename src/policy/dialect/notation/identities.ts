import { LIMITS } from '../../../limits.ts';
import type { SubjectRule } from '../../../verify/index.ts';
import { isWithin, readName } from './distinguished-name.ts';
import { type Faults, type Path, quoted } from './faults.ts';

/** Who is trusted to sign, among those that the trust stores vouch for. */
export interface Identities {
  readonly rules: readonly SubjectRule[] | 'any';
  /** With prefixes that only plugins understand. */
  readonly foreign: readonly string[];
}

const SUBJECT = 'x509.subject';

/** Reads trusted identities (trust-store-trust-policy.md, "Trusted Identities Constraints"); `undefined` when one is wrong (which is noted). */
export function readIdentities(texts: readonly { readonly text: string; readonly path: Path }[], faults: Faults): Identities | undefined {
  const [first] = texts;
  const before = faults.errors.length;
  if (first === undefined) return undefined;
  if (texts.length > LIMITS.trustedIdentities)
    return faults.error(first.path, `${texts.length} trusted identities are more than ${LIMITS.trustedIdentities}`);
  const wildcard = texts.find(({ text }) => text === '*');
  if (wildcard !== undefined && texts.length > 1)
    return faults.error(wildcard.path, 'the identity "*" trusts everybody, so it stands alone', 'remove it, or remove the others');
  if (wildcard !== undefined) return { rules: 'any', foreign: [] };
  const rules: { readonly rule: SubjectRule; readonly text: string; readonly path: Path }[] = [];
  const foreign: string[] = [];
  for (const { text, path } of texts) {
    const colon = text.indexOf(':');
    if (colon < 0) faults.error(path, `${quoted(text)} is no trusted identity`, example());
    else if (text.slice(0, colon) !== SUBJECT) noteForeign(text, colon, path, foreign, faults);
    else {
      const name = readName(text.slice(colon + 1));
      if ('rule' in name) rules.push({ rule: name.rule, text, path });
      else faults.error(path, `${quoted(text)} is no trusted identity: ${name.problem}`, example());
    }
  }
  for (const [i, mine] of rules.entries()) {
    const wider = rules.find((other, j) => i !== j && isWithin(other.rule, mine.rule));
    if (wider !== undefined)
      faults.error(
        mine.path,
        `${quoted(mine.text)} overlaps with ${quoted(wider.text)}`,
        'whoever the one trusts, the other does: keep one of them',
      );
  }
  return faults.errors.length > before ? undefined : { rules: rules.map((r) => r.rule), foreign };
}

function noteForeign(text: string, colon: number, path: Path, foreign: string[], faults: Faults): void {
  const prefix = text.slice(0, colon);
  if (prefix.trim() === '' || text.slice(colon + 1).trim() === '') faults.error(path, `${quoted(text)} is no trusted identity`, example());
  else if (prefix.trim().toLowerCase() === SUBJECT)
    faults.error(path, `${quoted(text)} is no trusted identity`, `did you mean: ${SUBJECT}:`);
  else foreign.push(text);
}

function example(): string {
  return `${SUBJECT}: C=US, ST=WA, O=acme`;
}
