import { AssayError } from '../../errors.ts';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
]);

/** A span of time as `30d`, `12h` or `1h30m`, in milliseconds. Throws `policy-invalid`. */
export function parseAge(text: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:d|h|ms|m|s))+$/.test(text))
    throw new AssayError('policy-invalid', `"${text.slice(0, 60)}" is no span of time`, { hint: 'as 30d, 12h, 1h30m' });
  let total = 0;
  for (const [, number = '', unit = ''] of text.matchAll(/([\d.]+)(d|h|ms|m|s)/g)) total += Number(number) * (UNITS.get(unit) ?? 0);
  if (total <= 0 || !Number.isFinite(total)) throw new AssayError('policy-invalid', `"${text.slice(0, 60)}" is no time at all`);
  return total;
}

/** A span of time for people, to the second unit. */
export function ageText(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  const parts = [`${Math.floor(minutes / 1440)}d`, `${Math.floor(minutes / 60) % 24}h`, `${minutes % 60}m`].filter((p) => !/^0\D/.test(p));
  return parts.slice(0, 2).join('') || 'under a minute';
}
