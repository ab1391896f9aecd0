import { AssayError } from '../../errors.ts';
import { digestOf } from '../../oci/digest.ts';
import { BUNDLE_V03, OCI_MANIFEST } from '../../oci/media-types.ts';
import { bundleReferrer, publish } from '../../sign/index.ts';
import { encodeCosignLayer } from '../../signature/cosign-tag/encode.ts';
import { type SignedEntity, statementOf } from '../../signature/index.ts';
import { imageSubject } from '../../verify/index.ts';
import { type Attachment, reportAttached } from '../attach/report.ts';
import type { Call } from '../command.ts';
import { DONE } from '../exit-codes.ts';
import { type Image, openImage } from '../image.ts';
import { creationTime } from '../sign/outputs.ts';
import { openWritableStores } from '../stores.ts';
import { keyAuthority } from '../verify/keys.ts';
import { checkSignedBy, keyOfMaterial } from './signed-by.ts';

/** A piece of evidence that was made elsewhere. */
export interface OwnEvidence {
  /** The file that it comes from, for messages. */
  readonly name: string;
  readonly entity: SignedEntity;
  /** The bundle as it is stored; absent: a layer of one of cosign's tags. */
  readonly bundle?: Uint8Array;
}

/**
 * Attaches evidence to an image: bundles as referrers, the rest as layers of cosign's tags. All of it is checked to be about the image, and where the signer's key is
 * known to be signed by it, before the first piece is written. Throws `payload-invalid`, `statement-invalid`, `bundle-invalid`, and what reading and writing throws.
 */
export async function attachEvidence(evidenceFor: (image: Image) => Promise<readonly OwnEvidence[]>, call: Call): Promise<number> {
  const { args, options, io, out, signal } = call;
  const [text = ''] = args;
  const image = await openImage(text, options, { io, out, signal });
  const all = await evidenceFor(image);
  for (const evidence of all) await checkAbout(evidence, image, call);
  const { evidence: store } = await openWritableStores(image.reference, options, io);
  const prefix = options.text('attachment-tag-prefix');
  const created = creationTime(call);
  const attached: Attachment[] = [];
  for (const [i, own] of all.entries()) {
    out.progress(`${i + 1} of ${all.length}: ${own.name}`);
    const placed = placementOf(own, image, created);
    const stored = await publish(store, placed.placement, {
      signal,
      ...(prefix === undefined ? {} : { prefix }),
      ...((io.env.SOURCE_DATE_EPOCH ?? '') === '' ? {} : { created }),
      docker: io.env.COSIGN_DOCKER_MEDIA_TYPES === '1',
    }).catch((error: unknown) => {
      for (const { stored: before } of attached) out.warn('attached-before', `${before.reference} was attached before the failure`);
      throw error;
    });
    attached.push({
      kind: own.entity.kind,
      ...placed.described,
      stored: { repository: stored.repository, as: stored.as, reference: stored.reference },
    });
  }
  out.progress(undefined);
  await reportAttached({ reference: text, digest: image.digest, platform: image.platform, attached, files: [] }, out);
  return DONE;
}

function placementOf({ entity, bundle }: OwnEvidence, { stored, digest: subject }: Image, created: Date) {
  if (bundle === undefined) {
    const layer = encodeCosignLayer(entity);
    const described = { mediaType: layer.mediaType, digest: digestOf(layer.content), size: layer.content.length, artifactType: null };
    return { placement: { kind: 'tag', subject, suffix: entity.content.kind === 'dsse' ? 'att' : 'sig', layer }, described } as const;
  }
  const type = entity.content.kind === 'dsse' ? statementOf(entity.content.envelope) : undefined;
  const referrer = bundleReferrer(stored.descriptor, bundle, {
    content: entity.content.kind === 'dsse' ? 'dsse-envelope' : 'message-signature',
    ...(type !== undefined && 'statement' in type ? { predicateType: type.statement.predicateType } : {}),
    created,
  });
  const described = {
    mediaType: OCI_MANIFEST,
    digest: digestOf(referrer.manifest),
    size: referrer.manifest.length,
    artifactType: BUNDLE_V03,
  };
  return { placement: { kind: 'referrer', subject, ...referrer }, described } as const;
}

async function checkAbout({ name, entity }: OwnEvidence, image: Image, call: Call): Promise<void> {
  const { content } = entity;
  if (content.kind === 'dsse') {
    const result = statementOf(content.envelope);
    if (!('statement' in result))
      throw (
        result.error ?? new AssayError('statement-invalid', `${name} holds ${content.envelope.payloadType.slice(0, 100)}, not a statement`)
      );
    const about = result.statement.subjects.flatMap(({ digests }) => [...digests].map(([algorithm, hex]) => `${algorithm}:${hex}`));
    if (!about.includes(image.digest))
      throw new AssayError('statement-invalid', `${name} is about ${about[0]?.slice(0, 140) ?? 'nothing'}, not about ${image.digest}`);
  }
  const key = keyOfMaterial(entity.material) ?? (await keyGiven(call));
  if (key !== undefined) await checkSignedBy(entity, key, imageSubject(image.stored).subject, call);
  else
    call.out.warn(
      'signature-unchecked',
      `${name} does not hold the key that signed it: --key KEY checks the signature before it is attached`,
    );
}

async function keyGiven(call: Call) {
  const name = call.options.text('key');
  return name === undefined ? undefined : (await keyAuthority(name, call)).key;
}
