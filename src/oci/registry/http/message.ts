import type { Bytes } from '../../../bytes/index.ts';

/** The methods that the distribution API knows. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One request as it goes out. */
export interface HttpRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Bytes;
  /** Bound in bytes of the body of a successful answer. */
  readonly maxBytes: number;
  /** Size in bytes that the body should have; lengthens the time that one try may take. */
  readonly expectBytes?: number;
  readonly signal?: AbortSignal;
  /** Not the registry itself but a place that it named: gets no client certificate, and may not be an internal address. */
  readonly foreign?: boolean;
  /** At another origin than the registry's, though perhaps on its host: not asked when only what was named may be. */
  readonly unnamed?: boolean;
}

/** One answer, complete. Header names are lower case; a header given twice is joined with a comma. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** What was asked for first. */
  readonly asked: URL;
  /** Where the answer came from in the end. */
  readonly url: URL;
}

/** An address as it may be printed: without user, and with the values of the query hidden, because signed addresses are secrets. */
export function printable(url: URL): string {
  const query = [...url.searchParams.keys()].map((k) => `${encodeURIComponent(k)}=…`).join('&');
  return `${url.protocol}//${url.host}${url.pathname}${query === '' ? '' : `?${query}`}`;
}

/** A foreign text as it may be printed: one line, no control characters, bounded. */
export function printableText(text: string, most: number): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
  const clean = text.replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069]+/g, ' ').trim();
  return clean.length > most ? `${clean.slice(0, most)}…` : clean;
}

/** The address that a text is, relative to another where one is given; `undefined` when it is none. */
export function parseUrl(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
}
