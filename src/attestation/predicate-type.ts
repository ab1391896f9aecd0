import { AssayError } from '../errors.ts';

/** The short names of predicate types on the command line (cosign `options/predicate.go`, and those that Assay adds). */
const SHORT_NAMES: ReadonlyMap<string, string> = new Map([
  ['custom', 'https://cosign.sigstore.dev/attestation/v1'],
  ['slsaprovenance', 'https://slsa.dev/provenance/v0.2'],
  ['slsaprovenance02', 'https://slsa.dev/provenance/v0.2'],
  ['slsaprovenance1', 'https://slsa.dev/provenance/v1'],
  ['spdx', 'https://spdx.dev/Document'],
  ['spdxjson', 'https://spdx.dev/Document'],
  ['cyclonedx', 'https://cyclonedx.org/bom'],
  ['link', 'https://in-toto.io/Link/v1'],
  ['vuln', 'https://cosign.sigstore.dev/attestation/vuln/v1'],
  ['openvex', 'https://openvex.dev/ns'],
  ['vsa', 'https://slsa.dev/verification_summary/v1'],
]);

/** Types whose producers append their document's version, as `…/v2.3`. */
const VERSIONED: ReadonlySet<string> = new Set(['https://spdx.dev/Document', 'https://cyclonedx.org/bom', 'https://openvex.dev/ns']);

/** A predicate type that was asked for. */
export interface WantedPredicateType {
  readonly uri: string;
  /** A short name whose type has versions also means `uri/v…`. */
  readonly versioned: boolean;
}

/** The predicate type that a short name or a URI means. Throws `usage-invalid`. */
export function wantedPredicateType(text: string): WantedPredicateType {
  const uri = SHORT_NAMES.get(text);
  if (uri !== undefined) return { uri, versioned: VERSIONED.has(uri) };
  if (/^[a-z][a-z0-9+.-]*:\S+$/i.test(text)) return { uri: text, versioned: false };
  throw new AssayError(
    'usage-invalid',
    `"${text.slice(0, 100)}" is no predicate type: a URI or one of ${[...SHORT_NAMES.keys()].join(', ')}`,
  );
}

/** Whether a predicate type is the one that was asked for. */
export function isPredicateType(wanted: WantedPredicateType, found: string): boolean {
  if (found === wanted.uri) return true;
  return wanted.versioned && found.startsWith(`${wanted.uri}/v`) && /^\/v\d+(?:\.\d+)*$/.test(found.slice(wanted.uri.length));
}
