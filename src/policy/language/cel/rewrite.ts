/**
 * The syntax of optionals (`a.?b`, `a[?b]`, `[?a]`, `{?k: v}`), which the library's parser does not know, written with names
 * that no expression can contain; `expand.ts` reads them. Bounds the nesting, too.
 */
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';

/** Before a field that is selected optionally. */
export const OPTIONAL_FIELD = '__optional_field__';
/** Around an optional index, element or key. */
export const OPTIONAL = '__optional__';

/** Before the hexadecimal form of a quoted field, as in a.`b-c`. */
export const QUOTED_FIELD = '__optional_quoted__';

/** The field that a name in the rewritten text stands for. */
export function fieldName(name: string): string {
  return name.startsWith(QUOTED_FIELD) ? Buffer.from(name.slice(QUOTED_FIELD.length), 'hex').toString() : name;
}

/** A text for the parser, and the way back from its offsets to those of the original. */
export interface Rewritten {
  readonly text: string;
  readonly original: (offset: number) => number;
}

interface Bracket {
  readonly open: string;
  /** Colons that belong to conditionals within this bracket. */
  conditionals: number;
  /** Whether an optional began that is still to be closed. */
  pending: boolean;
  readonly message: boolean;
}

// A string (raw or not, of one or three quotes), a comment, a name, a number, or any one character.
const TOKEN =
  /(?:[rR][bB]?|[bB][rR]?)?(?:"""|'''|"|')|\/\/[^\n]*|`[^`\n]*`|[A-Za-z_][A-Za-z0-9_]*|[0-9][A-Za-z0-9_.]*|[\t\n\f\r ]+|[\s\S]/gy;

/** Rewrites a text. Throws `policy-invalid` with line and column. */
export function rewriteOptionals(source: string): Rewritten {
  if (source.includes(OPTIONAL.slice(0, -2))) throw syntaxError(source, source.indexOf(OPTIONAL.slice(0, -2)), 'the name is reserved');
  const out: string[] = [];
  const marks: { readonly at: number; readonly original: number }[] = [];
  const stack: Bracket[] = [];
  let length = 0;
  let previous = '';
  let gap = false;
  const emit = (text: string, original: number) => {
    marks.push({ at: length, original });
    out.push(text);
    length += text.length;
  };
  for (let at = 0; at < source.length; ) {
    TOKEN.lastIndex = at;
    let token = TOKEN.exec(source)?.[0] ?? '';
    const start = at;
    at += token.length;
    if (/^[rRbB]*["']/.test(token)) {
      at = endOfString(source, at, token);
      checkEscapes(source, start, at);
      token = source.slice(start, at);
    }
    if (/^(?:[\t\n\f\r ]|\/\/)/.test(token)) {
      // The parser takes the square of the time for long gaps, and knows comments only before the end of a line, one at a time.
      if (!gap) emit(' ', start);
      gap = true;
      continue;
    }
    gap = false;
    if (token.startsWith('`')) {
      if (previous !== '.') throw syntaxError(source, start, 'a quoted name is only allowed after "."');
      emit(quoted(source, start, token), start);
      previous = 'name';
      continue;
    }
    const top = stack.at(-1);
    if (token === '?' && previous === '.') {
      const name = /^\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(`[^`\n]*`))/.exec(source.slice(at, at + 300));
      if (name === null) throw syntaxError(source, start, 'a field is expected after ".?"');
      at += name[0].length;
      emit(OPTIONAL_FIELD + (name[1] ?? quoted(source, start, name[2] ?? '')), start);
      previous = 'name';
      continue;
    }
    if (token === '?' && top !== undefined && (previous === top.open || previous === ',') && top.open !== '(') {
      if (top.message) throw syntaxError(source, start, 'optional fields of messages are not supported');
      top.pending = true;
      emit(`${OPTIONAL}(`, start);
      previous = '?';
      continue;
    }
    if (token === '?' && top !== undefined) top.conditionals++;
    if (token === ':' && top !== undefined) {
      if (top.conditionals > 0) top.conditionals--;
      else if (top.open === '{') close(top, start);
    }
    if (token === ',' && top?.open === '[') close(top, start);
    if (token === '(' || token === '[' || token === '{') {
      if (stack.length >= LIMITS.expressionDepth)
        throw syntaxError(source, start, `brackets are nested deeper than ${LIMITS.expressionDepth} levels`);
      stack.push({ open: token, conditionals: 0, pending: false, message: token === '{' && previous === 'name' });
    }
    if (token === ')' || token === ']' || token === '}') {
      if (top?.open === '[') close(top, start);
      stack.pop();
    }
    emit(token, start);
    previous = /^[A-Za-z_`]/.test(token) && !/["']$/.test(token) && token !== 'in' ? 'name' : token;
  }
  return { text: out.join(''), original: (offset) => back(marks, offset, source.length) };

  function close(bracket: Bracket, original: number): void {
    if (!bracket.pending) return;
    bracket.pending = false;
    emit(')', original);
  }
}

function quoted(source: string, start: number, token: string): string {
  if (!/^`[A-Za-z0-9_.\-/ ]+`$/.test(token))
    throw syntaxError(source, start, 'a quoted name has only letters, digits, "_", ".", "-", "/" and spaces');
  return QUOTED_FIELD + Buffer.from(token.slice(1, -1)).toString('hex');
}

function endOfString(source: string, from: number, opening: string): number {
  const raw = /[rR]/.test(opening);
  const quote = opening.replace(/^[rRbB]+/, '');
  for (let i = from; i < source.length; i++) {
    if (source[i] === '\\' && !raw) i++;
    else if (source.startsWith(quote, i)) return i + quote.length;
  }
  return source.length;
}

const ESCAPE = /\\(?:[abfnrtv?"'`\\]|[xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2})|\\/g;

// The parser keeps the backslash of an escape that there is not, such as "\." in a pattern; cel-go refuses it.
function checkEscapes(source: string, start: number, end: number): void {
  const text = source.slice(start, end);
  if (/^[bB]?[rR]/.test(text)) return;
  for (const match of text.matchAll(ESCAPE)) {
    if (match[0] === '\\')
      throw syntaxError(source, start + match.index, 'Syntax error: there is no such escape; a pattern is best written as r"…"');
  }
}

function back(marks: readonly { readonly at: number; readonly original: number }[], offset: number, end: number): number {
  let low = 0;
  let high = marks.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((marks[middle]?.at ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  const mark = marks[low];
  return mark === undefined ? 0 : Math.min(mark.original + offset - mark.at, end);
}

/** An error of a text at an offset. */
export function syntaxError(source: string, offset: number, message: string, cause?: unknown): AssayError {
  const before = source.slice(0, offset);
  const line = before.split('\n').length;
  const column = [...before.slice(before.lastIndexOf('\n') + 1)].length + 1;
  const what = message.length > LIMITS.foreignMessageLength ? `${message.slice(0, LIMITS.foreignMessageLength)}…` : message;
  return new AssayError('policy-invalid', `CEL, line ${line}, column ${column}: ${what}`, { at: { line, column }, cause });
}
