/** A page of the reference that is written from the code. */
export interface Page {
  /** Below the project's folder. */
  readonly path: string;
  readonly text: string;
}

/** What stands under the title of each of them. */
export const GENERATED = '<!-- Written by `npm run docs` from the sources; a test compares it with them. -->';

/** A table in Markdown; `|` in cells is escaped. */
export function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((c) => c.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
