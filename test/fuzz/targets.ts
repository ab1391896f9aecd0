/** Every decoder, with honest inputs to start from. A decoder returns, or throws an error of ours; nothing else. */
import { parseStatement } from '../../src/attestation/index.ts';
import { decodeBase64, decodeHex, utf8Decode } from '../../src/bytes/index.ts';
import { parseDuration } from '../../src/cli/duration.ts';
import { parseConfig } from '../../src/cli/inspect/config.ts';
import { parsePax } from '../../src/cli/layer/pax.ts';
import { tarEntries } from '../../src/cli/layer/tar.ts';
import { parseSize } from '../../src/cli/size.ts';
import { readProvenance } from '../../src/cli/slsa/provenance-file.ts';
import {
  children,
  type DerValue,
  readBitString,
  readBoolean,
  readDer,
  readInteger,
  readNamedBits,
  readOid,
  readTime,
} from '../../src/codec/der/index.ts';
import { parseEnvelope } from '../../src/codec/dsse.ts';
import { parseJson } from '../../src/codec/json.ts';
import { parsePem } from '../../src/codec/pem.ts';
import { importPublicKey } from '../../src/crypto/index.ts';
import { parseDigest } from '../../src/oci/digest.ts';
import { readLayoutIndex } from '../../src/oci/layout/layout-index.ts';
import { parseExtended, parseTarHeader } from '../../src/oci/layout/tar-header.ts';
import { parseRegistriesD } from '../../src/oci/lookaside/index.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { parsePlatform } from '../../src/oci/platform.ts';
import { parseReference } from '../../src/oci/reference.ts';
import { parseChallenges } from '../../src/oci/registry/auth/challenge.ts';
import { parseDockerConfig } from '../../src/oci/registry/auth/docker-config.ts';
import { retryAfter } from '../../src/oci/registry/http/retry.ts';
import { nextLink } from '../../src/oci/registry/link.ts';
import {
  decodeBlobBundle,
  decodeBundle,
  decodeCosignLayer,
  looksLikeBundle,
  parseSimpleSigning,
  parseStrictSimpleSigning,
  readRekorBundle,
} from '../../src/signature/index.ts';
import { decodeSimpleSignature } from '../../src/signature/simple-signing/decode.ts';
import type { Random } from '../../src/testing/index.ts';
import {
  altNamesOf,
  certificatesFromPem,
  describeCertificate,
  embeddedScts,
  fulcioClaims,
  issuerClaim,
  originFits,
  parseCertificate,
  parseCheckpoint,
  parseTimestamp,
  parseTrustedRoot,
  publicKeyOf,
  signedByLog,
  verifyTimestamp,
} from '../../src/trust/index.ts';
import { readKeyring } from '../../src/trust/openpgp/index.ts';
import { headOf } from '../../src/trust/tuf/metadata.ts';
import { parseSubjectAltName } from '../../src/trust/x509/general-name.ts';
import { parseNameConstraints } from '../../src/trust/x509/name-constraints.ts';
import { compileExpression } from '../../src/verify/expression.ts';
import { verifyEvidence } from '../../src/verify/verifier.ts';
import { requestOf } from '../forgeries/judge.ts';
import { lab } from '../forgeries/lab.ts';
import type { Shape } from './mutate.ts';
import { NOTATION_TARGETS } from './notation.ts';
import * as seeds from './seeds.ts';

/** One decoder under test. */
export interface Target {
  readonly name: string;
  readonly shape: Shape;
  readonly seeds: () => readonly Buffer[];
  /** Throws errors of ours alone. */
  readonly decode: (input: Buffer) => unknown;
  /** Repairs what a mutation surely broke, as a forger would. */
  readonly mend?: (mutant: Buffer, random: Random) => Buffer;
}

const trust = parseTrustedRoot(JSON.stringify(lab.trustedRoot()));
const asked = await requestOf({});

/** All of them. */
export const TARGETS: readonly Target[] = [
  ...NOTATION_TARGETS,
  target('json', 'json', seeds.jsonSeeds, (b) => parseJson(utf8Decode(b))),
  target('base64', 'text', seeds.base64Seeds, (b) => decodeBase64(b.toString())),
  target('hex', 'text', seeds.base64Seeds, (b) => decodeHex(b.toString())),
  target('der', 'der', seeds.derSeeds, (b) => walk(readDer(b), 0)),
  target('pem', 'text', seeds.pemSeeds, (b) => parsePem(b.toString())),
  target('pem-certificates', 'text', seeds.pemSeeds, (b) => certificatesFromPem(b.toString(), 'file')),
  target('dsse', 'json', seeds.envelopeSeeds, parseEnvelope),
  target('public-key', 'der', seeds.spkiSeeds, importPublicKey),
  target('certificate', 'der', seeds.certificateSeeds, readCertificate),
  target('general-names', 'der', seeds.sanSeeds, parseSubjectAltName),
  target('name-constraints', 'der', seeds.nameConstraintSeeds, parseNameConstraints),
  target('sct', 'bytes', seeds.sctSeeds, readScts),
  target('timestamp', 'der', seeds.timestampSeeds, (b) => {
    const token = parseTimestamp(b);
    return trust.timestampAuthorities.map((authority) => verifyTimestamp(token, authority));
  }),
  target('checkpoint', 'text', seeds.checkpointSeeds, (b) => {
    const checkpoint = parseCheckpoint(b.toString());
    return trust.logs.map((log) => [signedByLog(checkpoint, log), originFits(checkpoint, log, true), originFits(checkpoint, log, false)]);
  }),
  target('bundle', 'json', seeds.bundleSeeds, (b) => [looksLikeBundle(b), decodeBundle(b)]),
  target('blob-bundle', 'json', seeds.blobSeeds, (b) => decodeBlobBundle(b)),
  target('blob-bundle-attestation', 'json', seeds.blobAttestationSeeds, (b) => decodeBlobBundle(b, { attestation: true })),
  target('cosign-layer', 'json', seeds.layerSeeds, (b) => decodeCosignLayer(layerOf(b), 'cosign-tag')),
  target('rekor-bundle', 'json', seeds.rekorBundleSeeds, readRekorBundle),
  target('simple-signing', 'json', seeds.payloadSeeds, parseSimpleSigning),
  target('simple-signing-strict', 'json', seeds.payloadSeeds, (b) => parseStrictSimpleSigning(b, { optionalMayBeNull: false })),
  target('openpgp-message', 'bytes', seeds.openPgpMessageSeeds, (b) => decodeSimpleSignature(b)),
  target('openpgp-keyring', 'bytes', seeds.keyringSeeds, (b) => readKeyring(b)),
  target('provenance', 'json', provenanceSeeds, (b) => readProvenance(b, 'provenance')),
  target('registries-d', 'text', seeds.registriesSeeds, (b) => parseRegistriesD([{ name: 'file', text: b.toString() }])),
  target('statement', 'json', seeds.statementSeeds, parseStatement),
  target('trusted-root', 'json', seeds.trustedRootSeeds, (b) => parseTrustedRoot(b.toString())),
  target('tuf-metadata', 'json', seeds.metadataSeeds, (b) => headOf(b.toString(), 'root', 'file')),
  target('manifest', 'json', seeds.manifestSeeds, (b) => parseManifest(b)),
  target('image-config', 'json', seeds.configSeeds, parseConfig),
  target('layout-index', 'json', seeds.layoutSeeds, (b) => readLayoutIndex(layoutWith(b))),
  target('reference', 'text', seeds.referenceSeeds, (b) => parseReference(b.toString())),
  target('digest', 'text', seeds.digestSeeds, (b) => parseDigest(b.toString())),
  target('platform', 'text', seeds.platformSeeds, (b) => parsePlatform(b.toString())),
  target('docker-config', 'json', seeds.dockerConfigSeeds, (b) => parseDockerConfig(b, 'file')),
  target('challenge', 'text', seeds.challengeSeeds, (b) => parseChallenges(b.toString('latin1'))),
  target('link', 'text', seeds.linkSeeds, (b) => nextLink(b.toString('latin1'))),
  target('retry-after', 'text', seeds.durationSeeds, (b) => retryAfter(b.toString('latin1'), () => 0)),
  { ...target('tar-header', 'bytes', seeds.tarSeeds, (b) => parseTarHeader(b.subarray(0, 512), 'file')), mend: seal },
  target('pax-extended', 'text', seeds.paxSeeds, (b) => [parseExtended(b, 'file'), parsePax(b)]),
  { ...target('layer-tar', 'bytes', seeds.tarSeeds, listTar), mend: seal },
  target('expression', 'text', seeds.expressionSeeds, (b) =>
    compileExpression(b.toString().slice(0, 1024)).matches('https://github.com/acme/app@refs/heads/main'),
  ),
  target('duration', 'text', seeds.durationSeeds, (b) => [parseDuration(b.toString()), parseSize(b.toString())]),
  target('verifier', 'json', seeds.bundleSeeds, (b) => verifyEvidence(decodeBundle(b), asked)),
  target('verifier-layer', 'json', seeds.layerSeeds, (b) => {
    const entity = decodeCosignLayer(layerOf(b), 'cosign-tag');
    return entity === null ? undefined : verifyEvidence(entity, asked);
  }),
  target('log-body', 'json', seeds.logBodySeeds, (b) => {
    const entity = decodeBundle(Buffer.from(JSON.stringify(withBody(b))));
    return verifyEvidence(entity, asked);
  }),
];

function target(name: string, shape: Shape, of: () => readonly Buffer[], decode: (input: Buffer) => unknown): Target {
  let made: readonly Buffer[] | undefined;
  const lazily = (): readonly Buffer[] => {
    made ??= of();
    return made;
  };
  return { name, shape, seeds: lazily, decode };
}

function seal(mutant: Buffer, random: Random): Buffer {
  return random.chance(0.8) ? seeds.sealTar(mutant) : mutant;
}

// All that a value may be read as; each reading refuses what it is not.
function walk(value: DerValue, depth: number): void {
  for (const read of [readOid, readInteger, readTime, readBoolean, readBitString, readNamedBits]) {
    try {
      read(value);
    } catch (error) {
      rethrowForeign(error);
    }
  }
  if ((value.tag & 0x20) !== 0 && depth < 64) for (const child of children(value)) walk(child, depth + 1);
}

function readCertificate(input: Buffer): unknown {
  const certificate = parseCertificate(input);
  return [altNamesOf, fulcioClaims, issuerClaim, embeddedScts, publicKeyOf, describeCertificate].map((read) => {
    try {
      return read(certificate);
    } catch (error) {
      return rethrowForeign(error);
    }
  });
}

const holder = parseCertificate(seeds.sctCertificate());
function readScts(input: Buffer): unknown {
  return embeddedScts(
    Object.create(holder, { extensions: { value: new Map([[seeds.SCT_OID, { critical: false, value: input }]]) } }) as typeof holder,
  );
}

function rethrowForeign(error: unknown): undefined {
  if ((error as { name?: unknown }).name !== 'AssayError') throw error;
  return undefined;
}

function layerOf(input: Buffer): Parameters<typeof decodeCosignLayer>[0] {
  let value: { mediaType?: unknown; annotations?: unknown; content?: unknown } = {};
  try {
    value = JSON.parse(input.toString()) as typeof value;
  } catch {
    // The frame is the fuzzer's own; a broken one is an empty layer.
  }
  const annotations = new Map(Object.entries(value?.annotations ?? {}).map(([k, v]) => [k, String(v)] as const));
  return { mediaType: String(value?.mediaType), annotations, content: Buffer.from(String(value?.content), 'base64') };
}

const frame = seeds.bundleSeeds()[0]?.toString() ?? '{}';
function withBody(body: Buffer): object {
  const value = JSON.parse(frame) as { verificationMaterial: { tlogEntries: { canonicalizedBody: string }[] } };
  for (const entry of value.verificationMaterial.tlogEntries)
    entry.canonicalizedBody = body.length === 0 ? 'AAAA' : body.toString('base64');
  return value;
}

function layoutWith(index: Buffer): Parameters<typeof readLayoutIndex>[0] {
  const files = new Map([
    ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
    ['index.json', index],
  ]);
  return {
    label: 'oci:memory',
    size: async (name) => files.get(name)?.length,
    read: async (name) => files.get(name),
    list: async () => [],
    async *pieces() {},
    close: async () => undefined,
  };
}

async function listTar(input: Buffer): Promise<void> {
  async function* content(): AsyncGenerator<Uint8Array> {
    yield input;
  }
  for await (const entry of tarEntries(content())) void entry.path;
}

/** Files of provenance: a bundle, npm's attestations, the summary of Google Cloud Build, a bare envelope. */
function provenanceSeeds(): readonly Buffer[] {
  const bundle: unknown = JSON.parse(frame);
  const envelope = { payloadType: 'application/vnd.in-toto+json', payload: 'e30', signatures: [{ keyid: 'k', sig: 'AAAA' }] };
  const provenance = [{ kind: 'BUILD', resourceUri: 'x', build: { intotoStatement: {} }, envelope }];
  const files = [
    bundle,
    { attestations: [{ predicateType: 'x', bundle }] },
    { image_summary: { digest: 'sha256:00' }, provenance_summary: { provenance } },
    envelope,
  ];
  return files.map((f) => Buffer.from(JSON.stringify(f)));
}
