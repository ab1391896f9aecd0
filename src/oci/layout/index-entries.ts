import { utf8, utf8Decode } from '../../bytes/index.ts';
import { type Json, type JsonObject, parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { type Descriptor, formatDescriptor } from '../descriptor.ts';
import type { Digest } from '../digest.ts';
import { OCI_INDEX } from '../media-types.ts';

/** An entry of `index.json` as it stands there, with members that nobody here knows. */
export type IndexEntry = JsonObject;

const REF_NAME = 'org.opencontainers.image.ref.name';

/** The document `index.json`, of which only the entries change. Throws `layout-invalid`. */
export function entriesOf(bytes: Uint8Array, label: string): { readonly rest: JsonObject; readonly entries: readonly IndexEntry[] } {
  try {
    const value = parseJson(utf8Decode(bytes, 'index.json'), 'index.json');
    const { manifests = [], ...rest } = value as JsonObject;
    if (manifests === null) return { rest, entries: [] };
    if (Array.isArray(manifests) && manifests.every(isEntry)) return { rest, entries: manifests };
  } catch (cause) {
    throw new AssayError('layout-invalid', `index.json of ${label} is no image index`, { cause });
  }
  throw new AssayError('layout-invalid', `index.json of ${label} is no image index`);
}

/** `index.json` with these entries. */
export function indexBytes(rest: JsonObject, entries: readonly IndexEntry[]): Uint8Array {
  return utf8(JSON.stringify({ schemaVersion: 2, mediaType: OCI_INDEX, ...rest, manifests: entries }));
}

/**
 * The entries with a tag pointing at a manifest. What it pointed at before is no longer listed; like in a registry it stays there by its digest. `referrer` is
 * listed all the same, without the tag: it would not be found otherwise.
 */
export function withTag(entries: readonly IndexEntry[], tag: string, target: Descriptor, referrer?: Digest): readonly IndexEntry[] {
  const same = entries.find((e) => tagOf(e) === tag && e.digest === target.digest);
  if (same !== undefined) return entries;
  const others = without(entries, { tag }, referrer).filter((e) => !(e.digest === target.digest && isPlain(e)));
  return [...others, entryOf(target, new Map([[REF_NAME, tag]]))];
}

/** The entries with a manifest among them, under whatever name. */
export function withListed(entries: readonly IndexEntry[], target: Descriptor): readonly IndexEntry[] {
  return entries.some((e) => e.digest === target.digest) ? entries : [...entries, entryOf(target)];
}

/** The entries without those that an index lists itself and that have no name of their own. */
export function withoutChildren(entries: readonly IndexEntry[], children: ReadonlySet<Digest>): readonly IndexEntry[] {
  return entries.filter((e) => !(isPlain(e) && e.artifactType === undefined && children.has(e.digest as Digest)));
}

/** The entries without a tag, or without whatever has a digest. A `referrer` under the tag only loses its name. */
export function without(
  entries: readonly IndexEntry[],
  what: { readonly tag: string } | { readonly digest: Digest },
  referrer?: Digest,
): readonly IndexEntry[] {
  if ('digest' in what) return entries.filter((e) => e.digest !== what.digest);
  const others = entries.filter((e) => tagOf(e) !== what.tag);
  const named = entries.find((e) => tagOf(e) === what.tag && e.digest === referrer);
  return named === undefined || others.some((e) => e.digest === referrer) ? others : [...others, unnamed(named)];
}

function unnamed({ annotations, ...entry }: IndexEntry): IndexEntry {
  const { [REF_NAME]: _, ...others } = annotations as JsonObject;
  return Object.keys(others).length === 0 ? entry : { ...entry, annotations: others };
}

/** The digest that a tag points at. */
export function digestUnder(entries: readonly IndexEntry[], tag: string): string | undefined {
  const digest = entries.find((e) => tagOf(e) === tag)?.digest;
  return typeof digest === 'string' ? digest : undefined;
}

/** The entries with an annotation on those that are `digest`. */
export function annotated(entries: readonly IndexEntry[], digest: Digest, name: string, value: string): readonly IndexEntry[] {
  return entries.map((e) =>
    e.digest === digest ? { ...e, annotations: { ...(e.annotations as JsonObject | undefined), [name]: value } } : e,
  );
}

/** An entry. Annotations of a manifest are not repeated: those of an entry name tags. */
export function entryOf(d: Descriptor, annotations?: ReadonlyMap<string, string>): IndexEntry {
  const { mediaType, digest, size, artifactType } = d;
  const own = { mediaType, digest, size, ...(artifactType === undefined ? {} : { artifactType }) };
  return formatDescriptor(annotations === undefined ? own : { ...own, annotations }) as IndexEntry;
}

function tagOf(entry: IndexEntry): string | undefined {
  const annotations = entry.annotations as JsonObject | undefined | null;
  const tag = annotations?.[REF_NAME];
  return typeof tag === 'string' ? tag : undefined;
}

function isPlain(entry: IndexEntry): boolean {
  const annotations = entry.annotations as JsonObject | undefined | null;
  return annotations === undefined || annotations === null || Object.keys(annotations).length === 0;
}

function isEntry(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
