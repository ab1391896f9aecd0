import { type Bytes, utf8, utf8Decode } from '../bytes/index.ts';
import { type Json, type JsonObject, parseJson } from '../codec/json.ts';
import { AssayError } from '../errors.ts';
import { type Descriptor, formatDescriptor } from './descriptor.ts';
import { isIndexType, OCI_INDEX } from './media-types.ts';
import type { StoredManifest } from './store.ts';

/** The entries of a document, by what makes two of them the same. */
export interface Entries {
  readonly member: 'manifests' | 'layers';
  readonly byKey: ReadonlyMap<string, Json>;
}

/**
 * The entries of a document that several write: the manifests of an index by digest, the layers of a manifest by digest and annotations
 * (one payload may have several signatures). As they were written, members included that nobody here knows. Throws `manifest-invalid`.
 */
export function entriesIn(bytes: Bytes): Entries {
  const value = documentIn(bytes);
  const member = memberOf(value);
  return { member, byKey: new Map(listIn(value, member).map((entry) => [keyOf(entry, member), entry])) };
}

/** The document with more entries at its end; everything else in it stays. Throws `manifest-invalid`. */
export function withEntries(bytes: Bytes, more: Iterable<Json>): Bytes {
  const value = documentIn(bytes);
  const member = memberOf(value);
  return utf8(JSON.stringify({ ...value, [member]: [...listIn(value, member), ...more] }));
}

/** The document without the entries of these digests, or `undefined` when it has none of them. Throws `manifest-invalid`. */
export function withoutEntries(bytes: Bytes, digests: ReadonlySet<string>): Bytes | undefined {
  const value = documentIn(bytes);
  const member = memberOf(value);
  const all = listIn(value, member);
  const rest = all.filter((entry) => !digests.has(digestIn(entry)));
  return rest.length === all.length ? undefined : utf8(JSON.stringify({ ...value, [member]: rest }));
}

/**
 * A fallback index with one referrer more (distribution spec 1.1, "Referrers Tag Schema"), or `undefined` when it is listed. Throws
 * `manifest-invalid` when there is something else than an index: it is not ours to replace.
 */
export function withReferrer(now: StoredManifest | undefined, entry: Descriptor): Bytes | undefined {
  const bytes = now?.bytes ?? utf8(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: [] }));
  if (now !== undefined && !isIndexType(now.descriptor.mediaType))
    throw new AssayError('manifest-invalid', `${now.descriptor.mediaType} stands where the list of referrers should be`);
  return withReferrers(bytes, [entry]);
}

/**
 * An index with these referrers, or `undefined` when it lists them. One that lists a digest with another size or media type does not: whoever reads what the
 * list names finds something else than it says, and such an entry is replaced. Throws `manifest-invalid`.
 */
export function withReferrers(bytes: Bytes, entries: readonly Descriptor[]): Bytes | undefined {
  const value = documentIn(bytes);
  const listed = listIn(value, memberOf(value));
  const missing = entries.filter((e) => !listed.some((l) => digestIn(l) === e.digest) || listed.some((l) => describesWrongly(l, e)));
  if (missing.length === 0) return undefined;
  const rest = listed.filter((l) => !missing.some((m) => m.digest === digestIn(l)));
  return utf8(JSON.stringify({ ...value, manifests: [...rest, ...missing.map((e) => formatDescriptor(e) as JsonObject)] }));
}

function describesWrongly(listed: Json, { digest, size, mediaType }: Descriptor): boolean {
  if (digestIn(listed) !== digest) return false;
  const said = listed as JsonObject;
  return said.size !== size || said.mediaType !== mediaType;
}

/** The JSON object that a manifest is. Throws `manifest-invalid`. */
export function documentIn(bytes: Bytes): JsonObject {
  let value: Json;
  try {
    value = parseJson(utf8Decode(bytes, 'manifest'), 'manifest');
  } catch (cause) {
    if (cause instanceof AssayError) throw new AssayError('manifest-invalid', cause.message, { cause });
    throw cause;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new AssayError('manifest-invalid', 'manifest is not a JSON object');
}

function memberOf(value: JsonObject): 'manifests' | 'layers' {
  if ('manifests' in value && 'layers' in value) throw new AssayError('manifest-invalid', 'document is a manifest and an index at once');
  return 'layers' in value ? 'layers' : 'manifests';
}

// Go writes an empty list as null.
function listIn(value: JsonObject, member: string): readonly Json[] {
  const list = value[member] ?? [];
  if (Array.isArray(list)) return list as readonly Json[];
  throw new AssayError('manifest-invalid', `manifest: ${member} is no list`);
}

function keyOf(entry: Json, member: 'manifests' | 'layers'): string {
  const digest = digestIn(entry);
  if (digest === '') return JSON.stringify(entry);
  return member === 'manifests' ? digest : `${digest} ${JSON.stringify(sorted((entry as JsonObject).annotations))}`;
}

function digestIn(entry: Json): string {
  const digest = typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? (entry as JsonObject).digest : undefined;
  return typeof digest === 'string' ? digest : '';
}

function sorted(annotations: Json | undefined): readonly (readonly [string, Json])[] {
  if (typeof annotations !== 'object' || annotations === null || Array.isArray(annotations)) return [];
  return Object.entries(annotations as JsonObject).sort(([a], [b]) => (a < b ? -1 : 1));
}
