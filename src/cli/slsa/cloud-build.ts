import { Buffer } from 'node:buffer';
import { parseEnvelope } from '../../codec/dsse.ts';
import type { Json } from '../../codec/json.ts';
import { importPublicKey } from '../../crypto/index.ts';
import { toAssayError } from '../../errors.ts';
import { digestOf } from '../../oci/digest.ts';
import type { SummaryEntry } from '../../policy/expectation/slsa/cloud-build/index.ts';
import type { SignedEntity } from '../../signature/index.ts';
import { CLOUD_BUILD_KEYS } from '../../trust/embedded/cloud-build-keys.ts';
import type { KeyAuthority, LocatedEvidence } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { keyAuthority } from '../verify/keys.ts';

/** What stood beside each piece of evidence in the summary. */
export type SummaryEntries = ReadonlyMap<SignedEntity, SummaryEntry>;

type Members = { readonly [k: string]: Json };
const REGIONAL = /\/cryptoKeys\/builtByGCB\//;

/**
 * The evidence in a `provenance_summary`: one piece for each signature that names a key of Google Cloud Build. Regional keys sign the payload itself, global
 * ones its pre-authentication encoding.
 */
export function cloudBuildEvidence(
  summary: Members,
  file: Buffer,
): { readonly evidence: readonly LocatedEvidence[]; readonly entries: SummaryEntries } {
  const entries = new Map<SignedEntity, SummaryEntry>();
  const image = object(summary.image_summary);
  const at = { format: 'sigstore-bundle' as const, digest: digestOf(file), found: 'file' as const, storedAs: undefined };
  const list = object(summary.provenance_summary).provenance;
  const evidence = (Array.isArray(list) ? (list as readonly Json[]) : []).flatMap((item): LocatedEvidence[] => {
    const provenance = object(item);
    const build = object(provenance.build);
    const entry = {
      kind: provenance.kind,
      resourceUri: provenance.resourceUri,
      text: build.inTotoSlsaProvenanceV1 ?? build.intotoStatement,
      imageDigest: image.digest,
      fullDigest: image.fully_qualified_digest,
    };
    try {
      return entitiesOf(provenance.envelope ?? null).map((content) => {
        entries.set(content, entry);
        return { ...at, content };
      });
    } catch (error) {
      return [{ ...at, content: toAssayError(error) }];
    }
  });
  return { evidence, entries };
}

function entitiesOf(envelope: Json): readonly SignedEntity[] {
  const { signatures, ...parts } = parseEnvelope(Buffer.from(JSON.stringify(padded(envelope))));
  return signatures
    .filter((s) => CLOUD_BUILD_KEYS.has(s.keyid) || signatures.length === 1)
    .map((signature) => ({
      kind: 'attestation',
      format: 'sigstore-bundle',
      content: {
        kind: 'dsse',
        envelope: { ...parts, signatures: [signature], ...(REGIONAL.test(signature.keyid) ? { bare: true as const } : {}) },
      },
      material: { kind: 'none' },
      logEntries: [],
      timestamps: [],
      demands: { promise: false, proof: false },
      unsignedAnnotations: new Map(),
    }));
}

// Google's base64 is the URL-safe one, sometimes without padding.
function padded(envelope: Json): Json {
  const members = object(envelope);
  const pad = (text: Json | undefined): Json =>
    typeof text === 'string' && !text.endsWith('=') ? text.padEnd(Math.ceil(text.length / 4) * 4, '=') : (text ?? null);
  const signatures = Array.isArray(members.signatures) ? (members.signatures as readonly Json[]) : [];
  return {
    ...members,
    payload: pad(members.payload),
    signatures: signatures.map((s) => ({ ...object(s), sig: pad(object(s).sig) })),
  };
}

/** The keys of Google Cloud Build: those that Assay knows, or those of `--gcb-key NAME=FILE` or `--gcb-key FILE` in their place. */
export async function cloudBuildKeys(
  call: Call,
): Promise<{ readonly authorities: readonly KeyAuthority[]; readonly ids: ReadonlyMap<string, string> }> {
  const given = call.options.list('gcb-key');
  const keys = new Map<string, KeyAuthority>();
  for (const text of given) {
    const at = text.indexOf('=');
    const [name, file] = at < 0 ? ['', text] : [text.slice(0, at), text.slice(at + 1)];
    const { key } = await keyAuthority(file, call);
    for (const id of name === '' ? CLOUD_BUILD_KEYS.keys() : [name]) keys.set(id, { kind: 'key', name: file, key });
  }
  if (given.length === 0)
    for (const [name, spki] of CLOUD_BUILD_KEYS) keys.set(name, { kind: 'key', name, key: importPublicKey(Buffer.from(spki, 'base64')) });
  return { authorities: [...keys.values()], ids: new Map([...keys].map(([name, { key }]) => [name, key.keyId])) };
}

function object(value: Json | undefined): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}
