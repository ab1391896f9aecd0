import { LIMITS } from '../../../limits.ts';

/** One challenge of a `WWW-Authenticate` header; scheme and parameter names are lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = /^[!#$%&'*+.^_`|~\w-]+/;
const PARAMETER = /^([!#$%&'*+.^_`|~\w-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s",]+))/s;

/**
 * The challenges of a `WWW-Authenticate` header (RFC 9110 §11.6.1): several schemes in one header, quoted values with
 * commas and escapes. What cannot be read ends the list; what was read before it counts.
 */
export function parseChallenges(header: string | undefined): readonly Challenge[] {
  if (header === undefined || header.length > LIMITS.headerLength) return [];
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  let rest = skip(header);
  while (rest !== '') {
    const current = challenges.at(-1);
    const parameter = current === undefined ? null : PARAMETER.exec(rest);
    if (current !== undefined && parameter !== null) {
      const name = (parameter[1] ?? '').toLowerCase();
      const value = parameter[2]?.replace(/\\(.)/gs, '$1') ?? parameter[3] ?? '';
      // The first of two equal names counts, so that nothing appended can redirect the question.
      if (!current.parameters.has(name)) current.parameters.set(name, value);
      rest = skip(rest.slice(parameter[0].length));
      continue;
    }
    const scheme = TOKEN.exec(rest)?.[0];
    if (scheme === undefined) return challenges;
    challenges.push({ scheme: scheme.toLowerCase(), parameters: new Map() });
    rest = skip(skipToken68(rest.slice(scheme.length)));
  }
  return challenges;
}

function skip(text: string): string {
  return text.replace(/^[\s,]+/, '');
}

// `Negotiate dG9rZW4=`: a value without a name.
function skipToken68(text: string): string {
  return text.replace(/^[ \t]+[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/, '');
}
