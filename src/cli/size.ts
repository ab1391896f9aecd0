import { AssayError } from '../errors.ts';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['b', 1],
  ['k', 1000],
  ['kb', 1000],
  ['kib', 1024],
  ['m', 1e6],
  ['mb', 1e6],
  ['mib', 1024 ** 2],
  ['g', 1e9],
  ['gb', 1e9],
  ['gib', 1024 ** 3],
]);

/** A size (`10MiB`, `128MB`, `4096`), in bytes. Throws `usage-invalid`, naming `what`. */
export function parseSize(text: string, what = 'size'): number {
  const m = /^(\d+(?:\.\d+)?)\s?([a-z]*)$/i.exec(text);
  const unit = UNITS.get((m?.[2] ?? '').toLowerCase());
  const bytes = Math.floor(Number(m?.[1]) * (unit ?? Number.NaN));
  if (Number.isSafeInteger(bytes)) return bytes;
  throw new AssayError('usage-invalid', `${what} is no size: "${text.slice(0, 60)}"`, {
    hint: 'a number with a unit, as 512KiB, 10MiB, 1GiB',
  });
}

/** A size for people: `412 B`, `41.2 MiB`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  let value = bytes;
  for (const unit of ['KiB', 'MiB', 'GiB']) {
    value /= 1024;
    if (value < 1000) return `${value < 100 ? value.toFixed(1) : Math.round(value)} ${unit}`;
  }
  return `${(value / 1024).toFixed(1)} TiB`;
}
