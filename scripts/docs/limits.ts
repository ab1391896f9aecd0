import { LIMITS } from '../../src/limits.ts';
import { GENERATED, type Page, tableOf } from './page.ts';

/** `docs/reference/limits.md`, from the text of `src/limits.ts` (for the reasons) and its values. */
export function limitsPage(source: string): Page {
  const values = new Map<string, number>(Object.entries(LIMITS));
  const sections: { title: string; rows: string[][] }[] = [];
  for (const [, heading, reason = '', name = ''] of source.matchAll(/\/\/ --- (.+?) ---|\/\*\* ([^\n]+?) \*\/\n {2}(\w+):/g)) {
    if (heading !== undefined) sections.push({ title: heading, rows: [] });
    else {
      sections.at(-1)?.rows.push([`\`${name}\``, valueText(name, values.get(name)), reason]);
      values.delete(name);
    }
  }
  if (values.size > 0) throw new Error(`limits without a reason: ${[...values.keys()].join(', ')}`);
  const text = `# Limits

${GENERATED}

Every input has a bound. What goes beyond one is an error with the code \`limit\`, never cut short; an image whose evidence does so is
\`inconclusive\` unless the rest already verifies it. The bounds are constants of \`src/limits.ts\`: only \`--timeout\` changes one.

${sections.map((s) => `## ${s.title.slice(0, 1).toUpperCase()}${s.title.slice(1)}\n\n${tableOf(['name', 'bound', 'of what, and why'], s.rows)}`).join('\n\n')}
`;
  return { path: 'docs/reference/limits.md', text };
}

function valueText(name: string, value = Number.NaN): string {
  if (name.endsWith('Ms')) return value % 1000 === 0 ? `${value / 1000} s` : `${value} ms`;
  const bytes = /Bytes|^(?:header|token)Length$/i.test(name) && value >= 1024 && value % 1024 === 0;
  if (!bytes) return value.toLocaleString('en-US');
  const [size, unit] = value % 1024 ** 3 === 0 ? [1024 ** 3, 'GiB'] : value % 1024 ** 2 === 0 ? [1024 ** 2, 'MiB'] : [1024, 'KiB'];
  return `${value / size} ${unit}`;
}
