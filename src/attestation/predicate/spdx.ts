import type { Json } from '../../codec/json.ts';
import { maybeList, maybeObject, maybeText, maybeTexts, maybeTime, objectOf } from './read.ts';

/** An SPDX document, 2.2 or 2.3 (spdx.github.io/spdx-spec). */
export interface SpdxDocument {
  readonly kind: 'spdx';
  /** As the document says it: `SPDX-2.3`. */
  readonly version: string;
  readonly name: string | undefined;
  readonly namespace: string | undefined;
  readonly created: Date | undefined;
  readonly creators: readonly string[];
  readonly packages: number;
  readonly files: number;
  readonly relationships: number;
  /** Names of what the document describes. */
  readonly describes: readonly string[];
}

/**
 * Reads an SPDX document in JSON, or in the tag-value form (which cosign's type `spdx` puts into the predicate as a text).
 * `undefined` for SPDX 3, which is another format. Throws `statement-invalid`.
 */
export function readSpdx(predicate: Json | undefined): SpdxDocument | undefined {
  if (typeof predicate === 'string') return readTagValue(predicate);
  const document = objectOf(predicate, 'SPDX document');
  if (document['@graph'] !== undefined) return undefined;
  const version = maybeText(document.spdxVersion, 'spdxVersion');
  if (version === undefined || !/^SPDX-2\.\d+$/.test(version)) return undefined;
  const creation = maybeObject(document.creationInfo, 'creationInfo');
  const packages = maybeList(document.packages, 'packages');
  return {
    kind: 'spdx',
    version,
    name: maybeText(document.name, 'name'),
    namespace: maybeText(document.documentNamespace, 'documentNamespace'),
    created: maybeTime(creation.created, 'creationInfo.created'),
    creators: maybeTexts(creation.creators, 'creationInfo.creators'),
    packages: packages.length,
    files: maybeList(document.files, 'files').length,
    relationships: maybeList(document.relationships, 'relationships').length,
    describes: described(document, packages),
  };
}

/** By the older list `documentDescribes`, or by relationships of the document itself. */
function described(document: { readonly [k: string]: Json }, packages: readonly Json[]): readonly string[] {
  const ids = new Set(maybeTexts(document.documentDescribes, 'documentDescribes'));
  for (const [i, relationship] of maybeList(document.relationships, 'relationships').entries()) {
    const { spdxElementId, relationshipType, relatedSpdxElement } = objectOf(relationship, `relationships[${i}]`);
    if (relationshipType === 'DESCRIBES' && spdxElementId === 'SPDXRef-DOCUMENT' && typeof relatedSpdxElement === 'string')
      ids.add(relatedSpdxElement);
  }
  const names = new Map(
    packages.flatMap((p, i) => {
      const { SPDXID, name } = objectOf(p, `packages[${i}]`);
      return typeof SPDXID === 'string' && typeof name === 'string' ? [[SPDXID, name] as const] : [];
    }),
  );
  return [...ids].map((id) => names.get(id) ?? id);
}

function readTagValue(text: string): SpdxDocument | undefined {
  const lines = text.split(/\r?\n/);
  const values = (tag: string): readonly string[] =>
    lines.flatMap((l) => (l.startsWith(`${tag}:`) ? [l.slice(tag.length + 1).trim()] : []));
  const [version] = values('SPDXVersion');
  if (version === undefined || !/^SPDX-2\.\d+$/.test(version)) return undefined;
  return {
    kind: 'spdx',
    version,
    name: values('DocumentName')[0],
    namespace: values('DocumentNamespace')[0],
    created: maybeTime(values('Created')[0], 'Created'),
    creators: values('Creator'),
    packages: values('PackageName').length,
    files: values('FileName').length,
    relationships: values('Relationship').length,
    describes: [],
  };
}
