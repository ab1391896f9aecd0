import { type Bytes, utf8Decode } from '../../bytes/index.ts';
import { type JsonObject, parseJson } from '../../codec/json.ts';
import { AssayError, isAssayError } from '../../errors.ts';

/** Kinds of SBOMs by cosign's names. */
export const SBOM_TYPES = ['spdx', 'cyclonedx', 'syft'] as const;
export type SbomType = (typeof SBOM_TYPES)[number];
/** Forms of SBOMs by cosign's names. */
export const SBOM_FORMATS = ['json', 'xml', 'text'] as const;
export type SbomFormat = (typeof SBOM_FORMATS)[number];

/** Media types as they are registered, or used by their makers. */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['spdx json', 'application/spdx+json'],
  ['spdx text', 'text/spdx'],
  ['spdx xml', 'application/spdx+xml'],
  ['cyclonedx json', 'application/vnd.cyclonedx+json'],
  ['cyclonedx xml', 'application/vnd.cyclonedx+xml'],
  ['syft json', 'application/vnd.syft+json'],
]);

/** The media type of an SBOM under cosign's tag, where cosign's readers look for cosign's names (`pkg/types/media.go`). */
export function cosignMediaType(mediaType: string): string {
  return mediaType === 'application/spdx+json' ? 'text/spdx+json' : mediaType;
}

/**
 * The media type of an SBOM. What was not said is looked for in it; what was said has to be so, because whoever reads it goes by the type.
 * Throws `input-invalid` when it is something else or nothing known, `usage-invalid` for a form that its type does not have.
 */
export function sbomMediaType(
  bytes: Bytes,
  told: { readonly type?: SbomType | undefined; readonly format?: SbomFormat | undefined },
): string {
  const text = utf8Text(bytes);
  const found = text === undefined ? undefined : (jsonSbom(text) ?? otherSbom(text));
  const type = told.type ?? found?.type;
  const format = told.format ?? found?.format;
  if (found === undefined || type === undefined || format === undefined)
    throw new AssayError(
      'input-invalid',
      'this is no SBOM of a known kind (SPDX as JSON, XML or text; CycloneDX as JSON or XML; Syft as JSON)',
      {
        hint: 'any file can be attached with assay attach artifact',
      },
    );
  const mediaType = MEDIA_TYPES.get(`${type} ${format}`);
  if (mediaType === undefined) throw new AssayError('usage-invalid', `there is no ${type} as ${format}`);
  if (found.type !== type || found.format !== format)
    throw new AssayError('input-invalid', `this is ${found.type} as ${found.format}, not ${type} as ${format}`);
  return mediaType;
}

interface Form {
  readonly type: SbomType;
  readonly format: SbomFormat;
}

function utf8Text(bytes: Bytes): string | undefined {
  try {
    return utf8Decode(bytes, 'SBOM').replace(/^\uFEFF/, '');
  } catch {
    return undefined;
  }
}

function jsonSbom(text: string): Form | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  let value: JsonObject;
  try {
    value = parseJson(text, 'SBOM') as JsonObject;
  } catch (cause) {
    if (isAssayError(cause)) throw new AssayError('input-invalid', cause.message, { cause });
    throw cause;
  }
  if (value.bomFormat === 'CycloneDX') return { type: 'cyclonedx', format: 'json' };
  if (typeof value.spdxVersion === 'string' || /\bspdx\b/.test(String(value['@context'] ?? ''))) return { type: 'spdx', format: 'json' };
  return Array.isArray(value.artifacts) && typeof value.descriptor === 'object' ? { type: 'syft', format: 'json' } : undefined;
}

function otherSbom(text: string): Form | undefined {
  const head = text.slice(0, 4096);
  if (/^\s*</.test(head)) {
    if (/cyclonedx\.org\/schema\/bom/.test(head)) return { type: 'cyclonedx', format: 'xml' };
    return /spdx/i.test(head) ? { type: 'spdx', format: 'xml' } : undefined;
  }
  return /^SPDXVersion:/m.test(head) ? { type: 'spdx', format: 'text' } : undefined;
}
