import { AssayError } from '../errors.ts';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['ns', 1e-6],
  ['us', 1e-3],
  ['µs', 1e-3],
  ['μs', 1e-3],
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
]);

/** A duration as Go writes it (`500ms`, `1m30s`, `1.5h`, `0`), in milliseconds. Throws `usage-invalid`, naming `what`. */
export function parseDuration(text: string, what = 'duration'): number {
  if (text === '0') return 0;
  const wrong = (): AssayError =>
    new AssayError('usage-invalid', `${what} is no duration: "${text.slice(0, 60)}"`, {
      hint: 'a number with a unit, as 500ms, 30s, 3m, 1h30m',
    });
  if (!/^(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) throw wrong();
  let total = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/([\d.]+)([a-zµμ]+)/g)) total += Number(number) * (UNITS.get(unit) ?? Number.NaN);
  // Go's int64 nanoseconds end at 292 years.
  if (!Number.isFinite(total) || total > 9.2e12) throw wrong();
  return total;
}

/** A duration for people: `3m`, `1m30s`, `250ms`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`;
  const s = Math.round(ms / 1000);
  const parts = [`${Math.floor(s / 3600)}h`, `${Math.floor(s / 60) % 60}m`, `${s % 60}s`].filter((p) => !p.startsWith('0'));
  return parts.join('');
}
