/** Regular expressions of users, by a linear-time engine. The only file that loads re2js; loaded on demand. */
import { RE2JS } from 're2js';
import { AssayError, messageOf } from '../errors.ts';

/** A compiled expression. */
export interface Expression {
  /** Whether it matches the whole text. */
  readonly matches: (text: string) => boolean;
  /** Whether it matches from the start of the text. */
  readonly startsWith: (text: string) => boolean;
  /** Whether it matches anywhere. */
  readonly contains: (text: string) => boolean;
  /** The pieces that match, from left to right without overlap, at most so many. */
  readonly find: (text: string, limit: number) => string[];
}

/** Compiles an expression in RE2 syntax. Throws `identity-invalid`. */
export function compileExpression(pattern: string): Expression {
  try {
    const re = RE2JS.compile(pattern);
    return {
      matches: (text) => re.matcher(text).matches(),
      startsWith: (text) => re.matcher(text).lookingAt(),
      contains: (text) => re.matcher(text).find(),
      find(text, limit) {
        const matcher = re.matcher(text);
        const found: string[] = [];
        while (found.length < limit && matcher.find()) found.push(matcher.group() ?? '');
        return found;
      },
    };
  } catch (cause) {
    throw new AssayError('identity-invalid', `not a regular expression: "${pattern.slice(0, 200)}" (${messageOf(cause)})`, { cause });
  }
}
