import { decodeHex } from '../../bytes/index.ts';
import { parseJson } from '../../codec/json.ts';
import { HASH_ALGORITHM, hashNamed } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import { BUNDLE_V03 } from '../../oci/media-types.ts';
import type { LogEntry, SignedContent, SignedEntity, SignerMaterial } from '../../signature/index.ts';
import { encodeBundle } from '../../signature/sigstore-bundle/encode.ts';
import type { Call } from '../command.ts';
import { DONE } from '../exit-codes.ts';
import { readInput } from '../verify/files.ts';
import { keyAuthority } from '../verify/keys.ts';
import { logOf, withProof } from './log-proof.ts';
import { evidenceFile } from './read.ts';
import { keyOfMaterial, materialOfKey } from './signed-by.ts';
import { writeBundle } from './write.ts';

/**
 * `assay bundle upgrade`: a bundle v0.3 of a bundle of version 0.1 or 0.2, or of cosign's older file. A missing inclusion proof is fetched from the log.
 * Throws what reading throws, `usage-invalid`, `bundle-invalid`, and what the log throws.
 */
export async function upgradeBundle(call: Call): Promise<number> {
  const { args, io, out } = call;
  const [name = ''] = args;
  const bytes = await readInput(name, 'bundle', io);
  const { form, mediaType, entity } = evidenceFile(bytes, name);
  if (form === 'dsse-envelope')
    throw new AssayError('usage-invalid', `${name} is an envelope alone: nothing in it says who signed`, {
      hint: 'assay bundle create --attestation FILE --key KEY --artifact FILE',
    });
  const chained = entity.material.kind === 'certificate' && entity.material.chain.length > 1;
  if (mediaType !== undefined && (mediaType === BUNDLE_V03 || mediaType.endsWith('version=0.3')) && !chained) {
    out.warn('nothing-to-do', `${name} is of version 0.3 already`);
    await writeBundle(bytes, form, call);
    return DONE;
  }
  if (chained)
    out.warn('chain-dropped', 'a bundle of version 0.3 holds the leaf alone: verifiers take the rest of its chain from their trust root');
  const material = await materialOf(entity.material, call);
  const logEntries = await proven(entity.logEntries, call);
  if (logEntries.length === 0)
    out.warn('no-log', 'the bundle has no entry of a transparency log: verifiers have to be told so (--insecure-ignore-tlog)');
  await writeBundle(encodeBundle({ ...entity, content: stated(entity), material, logEntries }), mediaType ?? form, call);
  return DONE;
}

async function materialOf(own: SignerMaterial, call: Call): Promise<SignerMaterial> {
  if (own.kind === 'certificate' || (own.kind === 'public-key' && own.hint !== '')) return own;
  const name = call.options.text('key');
  const key = keyOfMaterial(own) ?? (name === undefined ? undefined : (await keyAuthority(name, call)).key);
  if (key === undefined)
    throw new AssayError('usage-invalid', 'the bundle does not say who signed it', { hint: '--key KEY names the public key' });
  return materialOfKey(key);
}

// Asked only when something is missing: most old bundles can be upgraded without a network.
async function proven(entries: readonly LogEntry[], call: Call): Promise<readonly LogEntry[]> {
  if (entries.every((e) => e.proof !== undefined && e.proof.checkpoint !== '')) return entries;
  const log = logOf(call);
  return Promise.all(entries.map((entry) => withProof(entry, log, call.signal)));
}

/** cosign's older file does not say the digest of what it signs; the log's entry does. */
function stated({ content, logEntries }: SignedEntity): SignedContent {
  const [entry] = logEntries;
  if (content.kind !== 'artifact' || content.stated !== undefined || entry?.kind !== 'hashedrekord') return content;
  const body = parseJson(Buffer.from(entry.body).toString('utf8'), 'body of the log entry');
  const hash = (body as { spec?: { data?: { hash?: { algorithm?: unknown; value?: unknown } } } }).spec?.data?.hash;
  const algorithm = hashNamed(String(hash?.algorithm));
  if (algorithm === undefined || typeof hash?.value !== 'string') return content;
  return { ...content, stated: { algorithm: HASH_ALGORITHM[algorithm], digest: decodeHex(hash.value, 'digest of the log entry') } };
}
