import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';

/** How a text is compared. `prefix`: a regular expression that has to match from the start (cosign's flags); `whole`: one that has to match all; `anywhere`: one that
 * may match within (policies of others that mean that). */
export interface TextMatcher {
  readonly kind: 'exact' | 'prefix' | 'whole' | 'anywhere' | 'unsafe-any';
  /** The text or the expression, for messages. */
  readonly wanted: string;
  /** Whether a text is meant; `elsewhere` when the expression would match, but only further in. */
  readonly test: (text: string) => 'yes' | 'no' | 'elsewhere';
}

/** A matcher for one exact text. Throws `identity-invalid` for an empty one. */
export function exactly(text: string): TextMatcher {
  if (text === '') throw new AssayError('identity-invalid', 'an identity or issuer is empty');
  return { kind: 'exact', wanted: text, test: (t) => (t === text ? 'yes' : 'no') };
}

/** The matcher that everything satisfies; a requirement that uses it says `unsafeAnyIdentity`. */
export const UNSAFE_ANY: TextMatcher = { kind: 'unsafe-any', wanted: 'anything', test: () => 'yes' };

/**
 * A matcher by regular expression (RE2 syntax, linear time, bounded in length). No expression matches a text with a line break or another control character.
 * Throws `identity-invalid` for an expression that is empty, too long or no expression.
 */
export async function byRegexp(pattern: string, anchor: 'prefix' | 'whole' | 'anywhere'): Promise<TextMatcher> {
  if (pattern === '') throw new AssayError('identity-invalid', 'a regular expression is empty');
  if (pattern.length > LIMITS.regexpLength)
    throw new AssayError('identity-invalid', `a regular expression is longer than ${LIMITS.regexpLength} characters`);
  const { compileExpression } = await import('./expression.ts');
  const expression = compileExpression(pattern);
  const test = (text: string): 'yes' | 'no' | 'elsewhere' => {
    if (text.length > LIMITS.regexpInputLength || hasControl(text)) return 'no';
    if (anchor === 'whole' ? expression.matches(text) : anchor === 'prefix' && expression.startsWith(text)) return 'yes';
    if (anchor === 'anywhere') return expression.contains(text) ? 'yes' : 'no';
    return expression.contains(text) ? 'elsewhere' : 'no';
  };
  return { kind: anchor, wanted: pattern, test };
}

function hasControl(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x20 || c === 0x7f || c === 0x85 || c === 0x2028 || c === 0x2029) return true;
  }
  return false;
}
