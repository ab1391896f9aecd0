import { createHash } from 'node:crypto';
import { type Bytes, decodeHex } from '../../bytes/index.ts';
import { algorithmsOf, type PublicKey } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import type { EntryContent, EntryKind, EntryVerifier } from '../../mint/entry.ts';
import { encodeEnvelope } from '../../signature/cosign-tag/encode.ts';
import {
  detachedEntity,
  type LogEntry,
  materialOfPem,
  type SignedContent,
  type SignedEntity,
  type SignerMaterial,
} from '../../signature/index.ts';
import { encodeBundle } from '../../signature/sigstore-bundle/encode.ts';
import type { VerificationSubject } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { DONE } from '../exit-codes.ts';
import { blobOf, signatureBytes, timestampBytes } from '../verify/blob.ts';
import { readInput } from '../verify/files.ts';
import { keyAuthority } from '../verify/keys.ts';
import { findEntry, logOf, withProof } from './log-proof.ts';
import { type EvidenceFile, evidenceFile } from './read.ts';
import { checkSignedBy, keyOfMaterial, materialOfKey } from './signed-by.ts';
import { writeBundle } from './write.ts';

/** `assay bundle create`: a bundle v0.3 of parts that were made elsewhere, as cosign's. Throws `usage-invalid`, what reading throws, `bundle-invalid`, `not-found`. */
export async function createBundle(call: Call): Promise<number> {
  const { options } = call;
  const artifact = options.text('artifact');
  if (artifact === undefined) throw new AssayError('usage-invalid', 'which file is it about?', { hint: '--artifact FILE' });
  const [blob, given] = await Promise.all([blobOf(artifact, call), givenEvidence(call)]);
  const material = await materialOf(given.entity.material, call);
  const key = keyOfMaterial(material);
  if (key === undefined) throw new AssayError('usage-invalid', 'who signed it?', { hint: '--certificate FILE, or --key KEY' });
  const content = statedContent(given.entity.content, blob.subject);
  const unlogged: SignedEntity = {
    ...given.entity,
    format: 'sigstore-bundle',
    content,
    material,
    logEntries: [],
    demands: { promise: false, proof: false },
  };
  await checkSignedBy(unlogged, key, blob.subject, call);
  const logEntries = await entriesOf(given.entity, { content, material, key, subject: blob.subject }, call);
  await writeBundle(encodeBundle({ ...unlogged, logEntries }), given.form, call);
  return DONE;
}

/** The signature, envelope or old bundle that the flags name. */
async function givenEvidence(call: Call): Promise<EvidenceFile> {
  const { options, io } = call;
  const [bundle, signature, attestation, certificate] = ['bundle', 'signature', 'attestation', 'certificate'].map((flag) =>
    options.text(flag),
  );
  for (const [flag, value] of [
    ['signature', signature],
    ['certificate', certificate],
    ['attestation', attestation],
  ] as const)
    if (bundle !== undefined && value !== undefined) throw new AssayError('usage-invalid', `--bundle and --${flag} exclude each other`);
  const stamp = options.text('rfc3161-timestamp');
  const timestamps = stamp === undefined ? [] : [timestampBytes(await readInput(stamp, 'timestamp', io))];
  if (bundle !== undefined) {
    const file = evidenceFile(await readInput(bundle, 'bundle', io), bundle);
    if (file.form === 'sigstore-bundle')
      throw new AssayError('usage-invalid', `${bundle} is a Sigstore bundle already`, { hint: `assay bundle upgrade ${bundle}` });
    return { ...file, entity: { ...file.entity, timestamps: timestamps.map((der) => ({ der, over: 'signature' })) } };
  }
  const name = attestation ?? signature;
  if (name === undefined)
    throw new AssayError('usage-invalid', 'which signature?', { hint: '--signature FILE, --attestation FILE, or the older --bundle FILE' });
  const bytes = await readInput(name, attestation === undefined ? 'signature' : 'attestation', io);
  const pem = certificate === undefined ? undefined : (await readInput(certificate, 'certificate', io)).toString('utf8');
  const isEnvelope = attestation !== undefined || bytes.toString('latin1').trimStart().startsWith('{');
  const entity = detachedEntity({
    signature: isEnvelope ? bytes : signatureBytes(bytes),
    attestation: isEnvelope,
    material: pem === undefined ? { kind: 'none' } : materialOfPem(pem),
    timestamps,
  });
  return { form: isEnvelope ? 'dsse-envelope' : 'cosign-blob-bundle', mediaType: undefined, entity };
}

async function materialOf(own: SignerMaterial, call: Call): Promise<SignerMaterial> {
  if (own.kind === 'certificate') return own;
  const name = call.options.text('key');
  if (name !== undefined) return materialOfKey((await keyAuthority(name, call)).key);
  const key = keyOfMaterial(own);
  return key === undefined ? own : materialOfKey(key);
}

/** A signature over a file states the file's digest, as cosign writes it. */
function statedContent(content: SignedContent, { digests }: VerificationSubject): SignedContent {
  const sha256 = digests.get('sha256');
  if (content.kind !== 'artifact' || sha256 === undefined) return content;
  return { ...content, stated: { algorithm: 'SHA2_256', digest: decodeHex(sha256, 'digest') } };
}

interface Parts {
  readonly content: SignedContent;
  readonly material: SignerMaterial;
  readonly key: PublicKey;
  readonly subject: VerificationSubject;
}

async function entriesOf({ logEntries }: SignedEntity, parts: Parts, call: Call): Promise<readonly LogEntry[]> {
  const ignore = call.options.flag('ignore-tlog');
  if (ignore && logEntries.length > 0)
    throw new AssayError('usage-invalid', '--ignore-tlog: the bundle has an entry of a log, which is not thrown away');
  if (ignore) return [];
  const log = logOf(call);
  if (logEntries.length > 0) return Promise.all(logEntries.map((entry) => withProof(entry, log, call.signal)));
  return [await findEntry(proposalsFor(parts), log, call.signal)];
}

/** What the entry may be: a digest by every hash function of the key, or an envelope as it is stored and as cosign writes it. */
function proposalsFor({ content, material, key, subject }: Parts): readonly (readonly [EntryKind, EntryContent])[] {
  const [leaf] = material.kind === 'certificate' ? material.chain : [];
  const verifier: EntryVerifier = leaf === undefined ? { kind: 'public-key', der: key.spki } : { kind: 'certificate', der: leaf };
  if (content.kind === 'artifact') {
    const byHash = new Map(algorithmsOf(key).map((algorithm) => [algorithm.scheme.hash, algorithm]));
    return [...byHash.values()].flatMap((algorithm) => {
      const digest = subject.digests.get(algorithm.scheme.hash);
      if (digest === undefined) return [];
      return [['hashedrekord/0.0.1', { signature: content.signature, verifier, algorithm, digest: decodeHex(digest, 'digest') }] as const];
    });
  }
  const [algorithm] = algorithmsOf(key);
  if (content.kind !== 'dsse') return [];
  const { payload, payloadType, signatures, stored } = content.envelope;
  const texts = new Map<string, Bytes>();
  for (const json of [stored, encodeEnvelope(content.envelope)])
    if (json !== undefined) texts.set(Buffer.from(json).toString('latin1'), json);
  const digest = createHash('sha256').update(payload).digest();
  const signature = signatures[0]?.sig ?? Buffer.alloc(0);
  return [...texts.values()].flatMap((json) =>
    (['dsse/0.0.1', 'intoto/0.0.1'] as const).map(
      (kind) => [kind, { signature, verifier, algorithm, digest, envelope: { json, payloadType, payload } }] as const,
    ),
  );
}
