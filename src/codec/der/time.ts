import { contentOf, type DerValue, derError, TAG } from './read.ts';

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/**
 * A UTCTime or GeneralizedTime as milliseconds since 1970 (RFC 5280 §4.1.2.5: Zulu, with seconds). With `fractions` the
 * fraction of a second that RFC 3161 allows is read too, cut off below a millisecond. Throws `der-invalid`.
 */
export function readTime(value: DerValue | undefined, what = 'time', options: { readonly fractions?: boolean } = {}): number {
  if (value === undefined || (value.tag !== TAG.utcTime && value.tag !== TAG.generalizedTime)) throw derError(`${what} is no time`);
  const yearDigits = value.tag === TAG.utcTime ? 2 : 4;
  const { bytes, start, end } = value;
  const secondsEnd = start + yearDigits + 10;
  const number = (at: number, length: number): number => {
    let n = 0;
    for (let i = at; i < at + length; i++) {
      const digit = (bytes[i] as number) - 0x30;
      if (i >= end || digit < 0 || digit > 9) throw derError(`${what} is no time in Zulu with seconds`);
      n = n * 10 + digit;
    }
    return n;
  };
  const first = number(start, yearDigits);
  const at = start + yearDigits;
  const [month, day, hour, minute, second] = [number(at, 2), number(at + 2, 2), number(at + 4, 2), number(at + 6, 2), number(at + 8, 2)];
  const fraction =
    secondsEnd + 1 === end && bytes[secondsEnd] === 0x5a ? 0 : readFraction(value, secondsEnd, what, options.fractions === true);
  const year = yearDigits === 4 ? first : first < 50 ? 2000 + first : 1900 + first;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0);
  if (day < 1 || day > days || hour > 23 || minute > 59 || second > 59) throw derError(`${what} is no date`);
  // Date.UTC takes years below 100 for years of the last century.
  const time =
    year < 100
      ? new Date(0).setUTCFullYear(year, month - 1, day) + Date.UTC(1970, 0, 1, hour, minute, second)
      : Date.UTC(year, month - 1, day, hour, minute, second);
  return time + fraction;
}

// X.690 §11.7: a point, digits of which the last is not zero, and Z. In milliseconds.
function readFraction(value: DerValue, at: number, what: string, allowed: boolean): number {
  const text = at <= value.end ? Buffer.from(contentOf(value)).toString('latin1', at - value.start) : '';
  const digits = /^\.(\d*[1-9])Z$/.exec(text)?.[1];
  if (digits === undefined || !allowed || value.tag === TAG.utcTime) throw derError(`${what} is no time in Zulu with seconds`);
  return Number(digits.slice(0, 3).padEnd(3, '0'));
}
