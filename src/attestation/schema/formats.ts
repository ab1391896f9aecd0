/** Whether a text has a format. Each takes linear time. */
export type FormatTest = (text: string) => boolean;

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const TIME = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[Zz]|[+-](\d\d):(\d\d))$/;
// What no URI or IRI has: white space, controls, and the delimiters of RFC 3986, appendix C.
const NEVER = /[\s<>"{}|\\^`\p{Cc}]/u;
const BROKEN_ESCAPE = /%(?![0-9A-Fa-f]{2})/;

/** The formats that the schemas of predicates ask for (JSON Schema draft 7, validation, section 7.3), by name. */
export const FORMATS: ReadonlyMap<string, FormatTest> = new Map<string, FormatTest>([
  ['date', isDate],
  ['date-time', isDateTime],
  ['uri', (text) => isAscii(text) && isIri(text)],
  ['uri-reference', (text) => isAscii(text) && isIriReference(text)],
  ['iri', isIri],
  ['iri-reference', isIriReference],
  ['email', isAddress],
  ['idn-email', isAddress],
]);

function isDate(text: string): boolean {
  const [, year, month, day] = DATE.exec(text)?.map(Number) ?? [];
  if (year === undefined || month === undefined || day === undefined || month < 1 || month > 12 || day < 1) return false;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** A time with its zone (RFC 3339, section 5.6). */
function isDateTime(text: string): boolean {
  if (!isDate(text.slice(0, 10)) || !/^[Tt ]$/.test(text.charAt(10))) return false;
  const [, hour, minute, second, zoneHour = 0, zoneMinute = 0] = TIME.exec(text.slice(11))?.map((n) => Number(n ?? 0)) ?? [];
  if (hour === undefined || minute === undefined || second === undefined) return false;
  return hour < 24 && minute < 60 && second <= 60 && zoneHour < 24 && zoneMinute < 60;
}

function isIri(text: string): boolean {
  return /^[A-Za-z][A-Za-z0-9+.-]*:./su.test(text) && isIriReference(text);
}

function isIriReference(text: string): boolean {
  return !NEVER.test(text) && !BROKEN_ESCAPE.test(text);
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** One `@` between a name and a domain; which domains there are is nobody's business here. */
function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@');
  return at > 0 && at < text.length - 1 && !/[\s\p{Cc}]/u.test(text);
}
