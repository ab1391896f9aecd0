/** Moments and spans as texts, and their parts in a time zone (cel-spec, "Abstract Types" and "Timezones"). */
import type { Span } from './library.ts';
import { fail } from './values.ts';

/** RFC 3339 with as many digits of the second as there are. */
export function timestampText({ seconds, nanos }: Span): string {
  return `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}${fraction(nanos)}Z`;
}

/** Decimal seconds, as `1.5s`. */
export function durationText({ seconds, nanos }: Span): string {
  const sign = seconds < 0n || nanos < 0 ? '-' : '';
  return `${sign}${seconds < 0n ? -seconds : seconds}${fraction(Math.abs(nanos))}s`;
}

function fraction(nanos: number): string {
  return nanos === 0 ? '' : `.${nanos.toString().padStart(9, '0').replace(/0+$/, '')}`;
}

/** A moment whose UTC fields are those of the time zone. The zone is an IANA name, or an offset such as `-07:30`. */
export function inZone({ seconds }: Span, zone: string | undefined): Date {
  const utc = new Date(Number(seconds) * 1000);
  if (zone === undefined || zone === 'UTC' || zone === '') return utc;
  const offset = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    return new Date(utc.getTime() + (offset[1] === '-' ? -minutes : minutes) * 60_000);
  }
  const parts = new Map(
    zoneFormat(zone)
      .formatToParts(utc)
      .map((part) => [part.type, part.value]),
  );
  const field = (name: Intl.DateTimeFormatPartTypes) => Number(parts.get(name));
  // setUTCFullYear, because the constructor takes years below 100 for those of the 20th century.
  const local = new Date(0);
  local.setUTCFullYear(parts.get('era') === 'BC' ? 1 - field('year') : field('year'), field('month') - 1, field('day'));
  local.setUTCHours(field('hour'), field('minute'), field('second'));
  return local;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function zoneFormat(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    try {
      format = new Intl.DateTimeFormat('en-US', {
        timeZone: zone,
        hourCycle: 'h23',
        era: 'short',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      });
    } catch {
      return fail(`unknown time zone ${zone.slice(0, 100)}`);
    }
    // The names of zones are few; a policy may compute texts that are none, which are not kept.
    formats.set(zone, format);
  }
  return format;
}
