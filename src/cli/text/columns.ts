// biome-ignore lint/suspicious/noControlCharactersInRegex: the escapes that style.ts writes
const COLOURS = /\u001b\[\d+m/g;

/** The width of a text on a terminal, in cells; colours have none, wide characters count as two. */
export function width(text: string): number {
  let cells = 0;
  for (const c of text.replace(COLOURS, '')) cells += isWide(c.codePointAt(0) ?? 0) ? 2 : 1;
  return cells;
}

/** Rows of cells as lines whose columns align, `gap` spaces apart; nothing trails. The last cell of a row may be as long as it likes. */
export function columns(rows: readonly (readonly string[])[], gap = 3): string[] {
  const widths: number[] = [];
  for (const row of rows) for (const [i, cell] of row.slice(0, -1).entries()) widths[i] = Math.max(widths[i] ?? 0, width(cell));
  return rows.map((row) => {
    const cells = row.map((cell, i) => cell + ' '.repeat(Math.max(0, i === row.length - 1 ? 0 : (widths[i] ?? 0) - width(cell))));
    return cells.join(' '.repeat(gap)).trimEnd();
  });
}

// The blocks that terminals show in two cells (Unicode's East Asian Wide, roughly).
function isWide(c: number): boolean {
  return (
    (c >= 0x1100 && c <= 0x115f) ||
    (c >= 0x2e80 && c <= 0xa4cf) ||
    (c >= 0xac00 && c <= 0xd7a3) ||
    (c >= 0xf900 && c <= 0xfaff) ||
    (c >= 0xfe30 && c <= 0xfe6f) ||
    (c >= 0xff00 && c <= 0xff60) ||
    (c >= 0x1f300 && c <= 0x1faff) ||
    (c >= 0x20000 && c <= 0x3fffd)
  );
}
