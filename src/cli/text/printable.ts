// Controls, formats (directions, joiners), surrogates, private and unassigned characters; line separators; what is not drawn at all.
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

const PLAIN = /^[\x20-\x7e]*$/;

/**
 * A text of somebody else (annotation, subject, message of a registry) as it may be shown on a terminal: characters that move the cursor,
 * change the direction or cannot be seen are written as `\u{…}`, and what is longer than `most` characters ends in an ellipsis.
 */
export function printable(text: string, most = 500): string {
  const cut = text.length > most ? `${text.slice(0, most - 1)}…` : text;
  // The classes above take 5 ms to compile, and most texts are plain.
  return PLAIN.test(cut) ? cut : cut.replace(UNSAFE, escaped);
}

function escaped(c: string): string {
  if (c === '\n') return '\\n';
  if (c === '\t') return '\\t';
  return `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`;
}
