import type { Bytes } from '../../bytes/index.ts';
import { utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { invalid, membersOf } from './invalid.ts';
import { MEDIA_TYPE, type SigningConfig, selectorIn, serviceIn } from './service.ts';

/** How strictly a configuration is read. */
export interface SigningConfigReading {
  /** Passes over names that are not known: for configurations that their publisher signs, and may write with a newer version's names. */
  readonly lenient?: boolean;
}

const NAMES = ['mediaType', 'caUrls', 'oidcUrls', 'rekorTlogUrls', 'rekorTlogConfig', 'tsaUrls', 'tsaConfig'] as const;

/**
 * Parses a `signing_config.json` of version 0.2 (protobuf-specs, sigstore_trustroot.proto, `SigningConfig`). A misspelled name would be a service that is silently
 * left out: names that are not known are refused. Throws `signing-config-invalid`, `limit`.
 */
export function parseSigningConfig(bytes: Bytes, reading: SigningConfigReading = {}): SigningConfig {
  const value = objectOf(documentOf(bytes));
  const mediaType = value.mediaType ?? value.media_type;
  if (mediaType !== MEDIA_TYPE) throw invalid(versionText(mediaType));
  const read = membersOf(value, NAMES, undefined, reading.lenient === true);
  const services = (name: (typeof NAMES)[number]) =>
    listOf(read(name), name).map((service, i) => serviceIn(service, `${name}[${i}]`, reading.lenient === true));
  return {
    caUrls: services('caUrls'),
    oidcUrls: services('oidcUrls'),
    rekorTlogUrls: services('rekorTlogUrls'),
    rekorTlogConfig: selectorIn(read('rekorTlogConfig'), 'rekorTlogConfig'),
    tsaUrls: services('tsaUrls'),
    tsaConfig: selectorIn(read('tsaConfig'), 'tsaConfig'),
  };
}

function documentOf(bytes: Bytes): Json {
  if (bytes.length > LIMITS.trustedRootBytes)
    throw new AssayError('limit', `signing configuration of ${bytes.length} bytes (at most ${LIMITS.trustedRootBytes})`);
  try {
    return parseJson(utf8Decode(bytes, 'signing configuration'), 'signing configuration');
  } catch (cause) {
    throw invalid(messageOf(cause), undefined, cause);
  }
}

function objectOf(value: Json): { readonly [name: string]: Json } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid('it is not an object');
  return value as { readonly [name: string]: Json };
}

function listOf(value: Json | undefined, name: string): readonly Json[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw invalid(`${name} is not a list`);
  if (value.length > LIMITS.trustInstances) throw new AssayError('limit', `signing configuration: ${value.length} ${name}`);
  return value as readonly Json[];
}

function versionText(mediaType: Json | undefined): string {
  if (mediaType === undefined) return 'it has no mediaType, so it does not say which version it is';
  const text = typeof mediaType === 'string' ? mediaType.slice(0, 100) : 'no text';
  if (text.includes('signingconfig.v0.1'))
    return 'it is of version 0.1, which says neither API versions nor when a service is valid; make a new one: assay signing-config create';
  return `its media type is "${text}", not "${MEDIA_TYPE}"`;
}
