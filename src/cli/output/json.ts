/** A value as JSON has it: `Map` becomes an object (any name is safe), `Date` an ISO time, `bigint` a number or, beyond 2^53, a text, bytes base64. */
export function plainJson(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([k, v]) => [String(k), plainJson(v)]));
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
  if (Array.isArray(value)) return value.map(plainJson);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).flatMap(([k, v]) => (v === undefined ? [] : [[k, plainJson(v)]])));
}

// What would change the direction of a line on a terminal, or cannot be seen, is escaped: the value stays the same.
const HIDDEN = /[\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u007f-\u009f]/gu;

function unicodeEscape(c: string): string {
  return Array.from({ length: c.length }, (_, i) => `\\u${c.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
}

/** The one JSON object of a run, indented by two, with a line feed. */
export function jsonText(value: object): string {
  return `${JSON.stringify(plainJson(value), null, 2).replace(HIDDEN, unicodeEscape)}\n`;
}
