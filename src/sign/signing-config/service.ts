import type { Json } from '../../codec/json.ts';
import { protobufTime } from '../../trust/create/spec.ts';
import { invalid, membersOf, unsigned } from './invalid.ts';

/** Media type of the version that is read and written. */
export const MEDIA_TYPE = 'application/vnd.dev.sigstore.signingconfig.v0.2+json';

/** A service that may be used (protobuf-specs, `Service`). */
export interface ConfiguredService {
  readonly url: string;
  readonly majorApiVersion: number;
  /** When it may be used for new signatures; milliseconds since 1970, both ends included, `undefined` for an open end. */
  readonly validFor: { readonly start: number | undefined; readonly end: number | undefined };
  /** Who runs it; services of one operator count as one. */
  readonly operator: string;
}

/** How many of the services that could be used are (protobuf-specs, `ServiceConfiguration`). `undefined` selector: not said. */
export interface ServiceSelector {
  readonly selector: 'ALL' | 'ANY' | 'EXACT' | undefined;
  /** For EXACT. */
  readonly count: number;
}

/** A signing configuration: which services signatures are made with. */
export interface SigningConfig {
  readonly caUrls: readonly ConfiguredService[];
  readonly oidcUrls: readonly ConfiguredService[];
  readonly rekorTlogUrls: readonly ConfiguredService[];
  readonly rekorTlogConfig: ServiceSelector;
  readonly tsaUrls: readonly ConfiguredService[];
  readonly tsaConfig: ServiceSelector;
}

/** A configuration without services. */
export const NO_SERVICES: SigningConfig = {
  caUrls: [],
  oidcUrls: [],
  rekorTlogUrls: [],
  rekorTlogConfig: { selector: undefined, count: 0 },
  tsaUrls: [],
  tsaConfig: { selector: undefined, count: 0 },
};

type Members = { readonly [name: string]: Json };

/** One service of a configuration. Throws `signing-config-invalid`, naming `at`. */
export function serviceIn(value: Json, at: string, lenient: boolean): ConfiguredService {
  const members = object(value, at);
  const read = membersOf(members, ['url', 'majorApiVersion', 'validFor', 'operator'], at, lenient);
  const [version, operator] = [unsigned(read('majorApiVersion') ?? 0), read('operator') ?? ''];
  if (version === undefined) throw invalid(`${at}.majorApiVersion is not a version number`);
  if (typeof operator !== 'string') throw invalid(`${at}.operator is not a text`);
  const validFor = read('validFor');
  const time =
    validFor === undefined ? () => undefined : membersOf(object(validFor, `${at}.validFor`), ['start', 'end'], `${at}.validFor`, lenient);
  return {
    url: serviceUrl(read('url'), `${at}.url`),
    majorApiVersion: version,
    validFor: { start: timeIn(time('start'), `${at}.validFor.start`), end: timeIn(time('end'), `${at}.validFor.end`) },
    operator,
  };
}

/** The address of a service. Throws `signing-config-invalid`, naming `at`. */
export function serviceUrl(value: unknown, at: string): string {
  // The library would pass over spaces around it, and the requests would not.
  const url = typeof value === 'string' && value.trim() === value && URL.canParse(value) ? new URL(value) : undefined;
  if (typeof value !== 'string' || url === undefined || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw invalid(`${at} is no http or https address`);
  if (url.username !== '' || url.password !== '') throw invalid(`${at} has credentials in it`);
  return value;
}

/** Names by number, as protobuf's JSON may have them. */
const SELECTORS = [undefined, 'ALL', 'ANY', 'EXACT'] as const;

/** A selector. Throws `signing-config-invalid`, naming `at`. */
export function selectorIn(value: Json | undefined, at: string): ServiceSelector {
  if (value === undefined) return { selector: undefined, count: 0 };
  // Never lenient: how many services are asked is not taken from a part of what is said about it.
  const read = membersOf(object(value, at), ['selector', 'count'], at, false);
  const [name, count] = [read('selector'), unsigned(read('count') ?? 0)];
  if (count === undefined) throw invalid(`${at}.count is not a count`);
  const index = typeof name === 'number' ? name : SELECTORS.findIndex((s) => s !== undefined && s === name);
  const absent = name === undefined || name === 'SERVICE_SELECTOR_UNDEFINED';
  if (!absent && (index < 0 || index >= SELECTORS.length)) throw invalid(`${at}.selector is none of ALL, ANY and EXACT`);
  const selector = absent ? undefined : SELECTORS[index];
  if (selector === 'EXACT' && count === 0) throw invalid(`${at} asks for exactly 0 services`);
  return { selector, count };
}

function object(value: Json, at: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${at} is not an object`);
  return value as Members;
}

function timeIn(value: Json | undefined, at: string): number | undefined {
  if (value === undefined) return undefined;
  // Go's zero time, which its programs write for "not said".
  if (value === '0001-01-01T00:00:00Z') return undefined;
  try {
    return Date.parse(protobufTime(String(value), at));
  } catch (cause) {
    throw invalid(`${at} is no time`, 'as in 2024-01-01T00:00:00Z', cause);
  }
}
