import type { Json, JsonObject } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import type { Schema } from './parts.ts';
import { CUSTOM, LINK, VULNERABILITY_SCAN } from './types/cosign.ts';
import { OPENVEX } from './types/openvex.ts';
import { SLSA_PROVENANCE_1, SLSA_PROVENANCE_02 } from './types/slsa.ts';
import { SPDX_2, SPDX_3 } from './types/spdx.ts';
import { VERIFICATION_SUMMARY_1, VERIFICATION_SUMMARY_02 } from './types/vsa.ts';

/** The schema that a predicate has to meet, and those that it refers to, by URI. */
export interface ChosenSchema {
  /** What the schema is called in messages. */
  readonly name: string;
  readonly schema: Schema;
  readonly others: ReadonlyMap<string, Schema>;
}

/** Reads a file of the CycloneDX project's JSON schemas, by its name there: `bom-1.6`, `spdx`. */
export type CycloneDxSchemas = (name: string) => Promise<Schema>;

const FIXED: ReadonlyMap<string, readonly [name: string, schema: Schema]> = new Map([
  ['https://slsa.dev/provenance/v0.2', ['SLSA provenance 0.2', SLSA_PROVENANCE_02]],
  ['https://slsa.dev/provenance/v1', ['SLSA provenance 1', SLSA_PROVENANCE_1]],
  ['https://slsa.dev/verification_summary/v0.2', ['verification summary 0.2', VERIFICATION_SUMMARY_02]],
  ['https://slsa.dev/verification_summary/v1', ['verification summary 1', VERIFICATION_SUMMARY_1]],
  ['https://cosign.sigstore.dev/attestation/vuln/v1', ["cosign's vulnerability scan", VULNERABILITY_SCAN]],
  ['https://cosign.sigstore.dev/attestation/v1', ["cosign's custom predicate", CUSTOM]],
  ['https://in-toto.io/Link/v1', ['in-toto link', LINK]],
  ['https://in-toto.io/Link/v0.3', ['in-toto link', LINK]],
  ['https://in-toto.io/attestation/link/v0.3', ['in-toto link', LINK]],
]);

/**
 * The published schema of a predicate's type, in the version that the predicate says it has; `undefined` for types that Assay knows no schema of.
 * Throws `predicate-invalid` for a document in a version that there is no schema of, or in another than its predicate type says.
 */
export async function publishedSchema(type: string, predicate: Json, cycloneDx: CycloneDxSchemas): Promise<ChosenSchema | undefined> {
  const fixed = FIXED.get(type);
  if (fixed !== undefined) return chosen(...fixed);
  const [, base = type, version] = /^(.*?)(?:\/v(\d+(?:\.\d+)*))?$/s.exec(type) ?? [];
  const document = isObject(predicate) ? predicate : {};
  if (base === 'https://spdx.dev/Document') return spdx(document, version);
  if (base === 'https://cyclonedx.org/bom') return cycloneDxSchema(document, version, cycloneDx);
  if (base === 'https://openvex.dev/ns') return openVex(document, version);
  return undefined;
}

function spdx(document: JsonObject, wanted: string | undefined): ChosenSchema {
  const context = document['@context'];
  if (context !== undefined) {
    const found =
      typeof context === 'string' ? /^https:\/\/spdx\.org\/rdf\/(3\.\d+\.\d+)\/spdx-context\.jsonld$/.exec(context)?.[1] : undefined;
    agree('SPDX', '@context', found, wanted);
    return chosen('SPDX 3', SPDX_3);
  }
  const found = textOf(document.spdxVersion)?.replace(/^SPDX-/, '');
  if (found !== undefined && found !== '2.2' && found !== '2.3') throw unknownVersion('SPDX', 'spdxVersion', found, '2.2, 2.3 and 3.0');
  agree('SPDX', 'spdxVersion', found, wanted);
  return chosen(`SPDX ${found ?? '2'}`, SPDX_2);
}

const CYCLONEDX_VERSIONS: readonly string[] = ['1.2', '1.3', '1.4', '1.5', '1.6', '1.7'];
/** What the schemas of the CycloneDX project refer to, beside the one for bills of materials. */
const CYCLONEDX_PARTS = ['spdx', 'jsf-0.82', 'cryptography-defs'];

async function cycloneDxSchema(document: JsonObject, wanted: string | undefined, read: CycloneDxSchemas): Promise<ChosenSchema> {
  const found = textOf(document.specVersion);
  if (found === undefined) throw new AssayError('predicate-invalid', 'CycloneDX: specVersion is missing, or no text');
  if (!CYCLONEDX_VERSIONS.includes(found)) throw unknownVersion('CycloneDX', 'specVersion', found, '1.2 to 1.7');
  agree('CycloneDX', 'specVersion', found, wanted);
  const [schema, ...parts] = await Promise.all([`bom-${found}`, ...CYCLONEDX_PARTS].map((name) => read(name)));
  const others = new Map(CYCLONEDX_PARTS.map((name, i) => [`http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`, parts[i] ?? {}]));
  return { name: `CycloneDX ${found}`, schema: schema ?? {}, others };
}

function openVex(document: JsonObject, wanted: string | undefined): ChosenSchema {
  const context = textOf(document['@context']);
  const found = context === undefined ? undefined : /^https:\/\/openvex\.dev\/ns\/v(\d+\.\d+\.\d+)$/.exec(context)?.[1];
  if (context !== undefined && found !== '0.2.0') throw unknownVersion('OpenVEX', '@context', context, 'https://openvex.dev/ns/v0.2.0');
  agree('OpenVEX', '@context', found, wanted);
  return chosen('OpenVEX 0.2.0', OPENVEX);
}

function chosen(name: string, schema: Schema): ChosenSchema {
  return { name, schema, others: new Map() };
}

/** A predicate type with a version is about documents in that version; `3` means any 3.x. */
function agree(what: string, member: string, found: string | undefined, wanted: string | undefined): void {
  if (found === undefined || wanted === undefined || found === wanted || found.startsWith(`${wanted}.`)) return;
  throw new AssayError('predicate-invalid', `${what}: the predicate type says version ${wanted}, ${member} says ${found.slice(0, 60)}`);
}

function unknownVersion(what: string, member: string, found: string, known: string): AssayError {
  return new AssayError(
    'predicate-invalid',
    `${what}: ${member} is "${found.slice(0, 80)}", of which no schema is known (known: ${known})`,
    {
      hint: '--unsafe-skip-schema attests without a check',
    },
  );
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
