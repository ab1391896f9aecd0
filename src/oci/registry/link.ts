import { LIMITS } from '../../limits.ts';

/** What `nextLink` answers for a header that it cannot read: no address, so that following it fails. */
export const INVALID_LINK = 'http://[';

/**
 * The target of the first link with the relation `next` in a `Link` header (RFC 8288 §3), as it stands there;
 * `undefined` when there is none. For a header that cannot be read it is `INVALID_LINK`: a listing that goes on
 * somewhere must not look complete.
 */
export function nextLink(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (header.length > LIMITS.headerLength) return INVALID_LINK;
  const at = { header, i: 0 };
  for (;;) {
    take(at, /[\s,]*/y);
    if (at.i === header.length) return undefined;
    const target = take(at, /<[^>]*>/y);
    const relation = target === undefined ? undefined : relationOf(at);
    if (target === undefined || relation === undefined) return INVALID_LINK;
    if (relation.split(/\s+/).includes('next')) return target.slice(1, -1);
  }
}

interface Cursor {
  readonly header: string;
  i: number;
}

function take(at: Cursor, pattern: RegExp): string | undefined {
  pattern.lastIndex = at.i;
  const found = pattern.exec(at.header)?.[0];
  if (found !== undefined) at.i += found.length;
  return found;
}

// The parameters of one link up to its comma; the first `rel` counts. `undefined` when they cannot be read.
function relationOf(at: Cursor): string | undefined {
  let relation: string | undefined;
  for (;;) {
    take(at, /\s*/y);
    if (at.i === at.header.length || at.header[at.i] === ',') return relation ?? '';
    if (take(at, /;\s*/y) === undefined) return undefined;
    const name = take(at, /[^\s=;,"<>]*/y) ?? '';
    take(at, /\s*/y);
    if (take(at, /=\s*/y) === undefined) continue;
    const value = at.header[at.i] === '"' ? take(at, /"(?:[^"\\]|\\.)*"/y)?.slice(1, -1) : take(at, /[^\s;,"]*/y);
    if (value === undefined) return undefined;
    if (name.toLowerCase() === 'rel') relation ??= value.toLowerCase().trim();
  }
}
