/** The text of a string in JSON as Go's encoder writes it: what HTML gives a meaning is escaped. */
export function goString(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** An object of texts as Go's encoder writes a map: names in the order of their bytes. */
export function goTextMap(pairs: ReadonlyMap<string, string>): string {
  const sorted = [...pairs].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return `{${sorted.map(([k, v]) => `${goString(k)}:${goString(v)}`).join(',')}}`;
}
