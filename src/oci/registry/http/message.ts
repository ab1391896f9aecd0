import type { Bytes } from '../../../bytes/index.ts';

/** The methods that the distribution API knows. */
export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A body that is too large to hold. */
export interface StreamBody {
  /** Bytes in all; the pieces must make exactly that many. */
  readonly size: number;
  /** The pieces from the beginning, once for each time that the request is sent. What it throws ends the request. */
  readonly open: () => AsyncIterable<Bytes>;
}

/** Whether a body comes in pieces. */
export function isStream(body: Bytes | StreamBody | undefined): body is StreamBody {
  return body !== undefined && 'open' in body;
}

/** Bytes that a body has. */
export function bodySize(body: Bytes | StreamBody | undefined): number {
  if (body === undefined) return 0;
  return isStream(body) ? body.size : body.length;
}

/** One request as it goes out. */
export interface HttpRequest {
  readonly method: Method;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Bytes | StreamBody;
  /** The body of a successful answer is not read but handed on (`HttpAnswer.stream`); whoever takes it checks its size. */
  readonly streamed?: boolean;
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

/** One answer, complete unless it is streamed. Header names are lower case; a header given twice is joined with a comma. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
  /** The body of a successful answer to a `streamed` request, whose `body` is empty. It has to be read, or left by ending the iteration. */
  readonly stream?: AsyncIterable<Bytes>;
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

/** An address that somebody named, as it may be printed: without user, password and query, whether it is one or not. */
export function shownAddress(text: string): string {
  return text.replace(/^([a-z][a-z0-9+.-]*:[/\\]*)[^/\\?#]*@/i, '$1').replace(/\?.*$/s, '?…');
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
