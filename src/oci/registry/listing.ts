import { utf8Decode } from '../../bytes/index.ts';
import { parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type HttpAnswer, parseUrl, printable } from './http/message.ts';
import { nextLink } from './link.ts';

/** Follows the pages of one listing, and ends when they do not end. */
export interface Pager {
  /** The address of the page after this answer, or `undefined` when it was the last. Throws `limit` or `registry-protocol`. */
  next(answer: HttpAnswer, entries: number): URL | undefined;
}

/**
 * A pager (distribution spec 1.1, "Link"): at most `LIMITS.pages`, at most `LIMITS.emptyPages` empty ones in a row, no
 * page twice, and never to another origin, since the next request carries credentials.
 */
export function createPager(): Pager {
  const seen = new Set<string>();
  let empty = 0;
  return {
    next(answer, entries) {
      const { asked } = answer;
      seen.add(asked.href);
      empty = entries === 0 ? empty + 1 : 0;
      const link = nextLink(answer.headers.get('link'));
      if (link === undefined) return undefined;
      const next = parseUrl(link, asked);
      const where = printable(asked);
      if (next === undefined) throw new AssayError('registry-protocol', `${where}: the Link header cannot be read`);
      next.hash = '';
      if (next.origin !== asked.origin || next.username !== '' || next.password !== '') {
        throw new AssayError('registry-protocol', `${where}: the next page is at another place, ${printable(next)}`);
      }
      if (seen.has(next.href)) throw new AssayError('limit', `${where}: the pages go round in a circle`);
      if (seen.size >= LIMITS.pages) throw new AssayError('limit', `${where}: more than ${LIMITS.pages} pages`);
      if (empty >= LIMITS.emptyPages) throw new AssayError('limit', `${where}: ${empty} empty pages in a row and no end`);
      return next;
    },
  };
}

/** The JSON object that an answer is. Throws `registry-protocol`. */
export function jsonObject(answer: HttpAnswer): Record<string, unknown> {
  try {
    const value = parseJson(utf8Decode(answer.body, 'answer'), 'answer');
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  } catch (cause) {
    throw new AssayError('registry-protocol', `${printable(answer.url)}: no JSON that can be read`, { cause });
  }
  throw new AssayError('registry-protocol', `${printable(answer.url)}: no JSON object`);
}
