/** Reads a source without a compiler: what it imports, and its code with comments and the contents of strings blanked. */

/** One import or re-export. */
export interface Import {
  readonly from: string;
  readonly line: number;
  /** Gone at run time. */
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

/** A source file, taken apart. */
export interface Source {
  /** From the project's folder, with slashes. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  /** Same length and lines as the text; comments, strings, and regular expressions are spaces. */
  readonly code: string;
}

const STATIC = /(?<![.\w])(?:import|export)(\s+type\b)?(?:(?:\s+|\s*[{*])[^;'"()=]*?\bfrom)?\s*(?=['"])/g;
const DYNAMIC = /(?<![.\w])import\s*\(\s*(?=['"])/g;

/** Takes a source apart. */
export function scan(path: string, text: string): Source {
  const code = blank(text);
  const quoted = blank(text, { keepQuotes: true });
  return {
    path,
    lines: text.split('\n').length,
    imports: [...importsOf(text, quoted, STATIC, false), ...importsOf(text, quoted, DYNAMIC, true)],
    code,
  };
}

function* importsOf(text: string, quoted: string, pattern: RegExp, dynamic: boolean): Generator<Import> {
  for (const match of quoted.matchAll(pattern)) {
    const start = match.index + match[0].length;
    const end = text.indexOf(text.charAt(start), start + 1);
    const clause = match[0];
    const typeOnly = match[1] !== undefined || /\{\s*(?:type\s+\w+(?:\s+as\s+\w+)?\s*,?\s*)+\}\s*from\s*$/.test(clause);
    yield { from: text.slice(start + 1, end), line: lineAt(text, match.index), typeOnly: !dynamic && typeOnly, dynamic };
  }
}

/** The line of a position, from 1. */
export function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

/** Everything that is no code; a regular expression stands where no value can be divided. */
const SKIPPED = [/\/\/[^\n]*/y, /\/\*[\s\S]*?\*\//y, /'(?:\\[\s\S]|[^'\\\n])*'/y, /"(?:\\[\s\S]|[^"\\\n])*"/y] as const;
const REGEXP = /\/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\[\n])+\/[a-z]*/y;
const BEFORE_REGEXP = /(?:^|[=(,:;!&|?{}[+*~^<>%-]|\b(?:return|typeof|case|in|of|yield|await|throw|else|do))\s*$/;

function blank(text: string, options: { readonly keepQuotes?: boolean } = {}): string {
  const out: string[] = [];
  // for each open template literal: how many braces are open in its current ${…}
  const templates: number[] = [];
  let at = 0;
  while (at < text.length) {
    const skipped = skippedAt(text, at, out);
    if (skipped !== undefined) {
      out.push(options.keepQuotes === true && /^['"]/.test(skipped) ? quotes(skipped) : skipped.replace(/[^\n]/g, ' '));
      at += skipped.length;
      continue;
    }
    const char = text.charAt(at);
    const depth = templates.at(-1);
    if (char === '`' || (char === '}' && depth === 0)) {
      if (char === '}') templates.pop();
      const rest = /(?:\\[\s\S]|\$(?!\{)|[^\\`$])*(?:`|\$\{|$)/y;
      rest.lastIndex = at + 1;
      const literal = rest.exec(text)?.[0] ?? '';
      if (literal.endsWith('${')) templates.push(0);
      out.push(' ', literal.replace(/[^\n]/g, ' '));
      at += 1 + literal.length;
      continue;
    }
    if (depth !== undefined && char === '{') templates[templates.length - 1] = depth + 1;
    if (depth !== undefined && char === '}') templates[templates.length - 1] = depth - 1;
    out.push(char);
    at += 1;
  }
  return out.join('');
}

function skippedAt(text: string, at: number, before: readonly string[]): string | undefined {
  const char = text.charAt(at);
  if (char !== '/' && char !== "'" && char !== '"') return undefined;
  for (const pattern of SKIPPED) {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return found;
  }
  if (char !== '/' || !BEFORE_REGEXP.test(before.slice(-80).join(''))) return undefined;
  REGEXP.lastIndex = at;
  return REGEXP.exec(text)?.[0];
}

function quotes(literal: string): string {
  const quote = literal.charAt(0);
  return `${quote}${literal.slice(1, -1).replace(/[^\n]/g, ' ')}${quote}`;
}
