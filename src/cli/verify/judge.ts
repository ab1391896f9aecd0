import { type JsonObject, parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type ImageManifest, parseManifest } from '../../oci/manifest.ts';
import { platformsOf } from '../../oci/platform.ts';
import { parseReference } from '../../oci/reference.ts';
import { decide, type ImageSubject, type PolicySet, pose } from '../../policy/index.ts';
import type { EvidenceSource, Requirement, SubjectReport, SubjectVerdict } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import type { Image } from '../image.ts';
import { openStores } from '../stores.ts';
import type { AskedImage } from './image-list.ts';

/** What policies said of an image, with what the verifier found where it was asked. */
export type Judged = Pick<SubjectReport, 'outcome' | 'reasons' | 'decision' | 'warnings'> & {
  readonly verdict: SubjectVerdict | undefined;
};

/** Judges an image by policies; `ask` puts a requirement to the verifier. */
export async function judgeImage(
  image: Image,
  asked: AskedImage,
  set: PolicySet,
  call: Call,
  ask: (requirement: Requirement) => Promise<SubjectVerdict>,
): Promise<Judged> {
  const subject = subjectOf(image, asked, call);
  const posed = pose(set, subject);
  if (posed.kind === 'decided') return { ...posed.decided, verdict: undefined };
  const verdict = await ask(posed.requirement);
  return { ...decide(posed, verdict, subject), verdict };
}

/** The image as policies see it. */
export function subjectOf(image: Image, asked: AskedImage, call: Call): ImageSubject {
  const { reference } = image;
  return {
    text: asked.text,
    repository: image.repository,
    tag: reference.tag,
    digest: image.digest,
    ...(asked.workload === undefined ? {} : { workload: asked.workload }),
    ...(asked.path === undefined ? {} : { path: asked.path }),
    configs: () => configsOf(image, call),
  };
}

/** The configurations of an image's platforms; of a single image its own. */
async function configsOf(image: Image, call: Call): Promise<ReadonlyMap<string, JsonObject>> {
  if (image.manifest.kind === 'manifest') {
    const config = await configOf(image, image.manifest, call);
    return new Map([[platformName(config), config]]);
  }
  const children = platformsOf(image.manifest);
  if (children.length > LIMITS.indexManifests) throw new AssayError('limit', `${image.text} has ${children.length} images for platforms`);
  const configs = await Promise.all(
    children.map(async ({ descriptor, platform }) => {
      const stored = await image.store.manifest(descriptor.digest, call);
      if (stored === undefined) throw new AssayError('not-found', `${image.text}: the image for ${platform} is not there`);
      const manifest = parseManifest(stored.bytes, stored.descriptor.mediaType);
      if (manifest.kind !== 'manifest') throw new AssayError('manifest-invalid', `${image.text}: ${platform} is an index`);
      return [platform, await configOf(image, manifest, call)] as const;
    }),
  );
  return new Map(configs);
}

async function configOf(image: Image, manifest: ImageManifest, call: Call): Promise<JsonObject> {
  if (manifest.config === undefined) throw new AssayError('manifest-invalid', `${image.text} has no configuration`);
  const bytes = await image.store.read(manifest.config, { signal: call.signal, maxBytes: LIMITS.configBytes });
  const value = parseJson(Buffer.from(bytes).toString('utf8'), 'image configuration');
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AssayError('manifest-invalid', `the configuration of ${image.text} is no object`);
  return value as JsonObject;
}

function platformName(config: JsonObject): string {
  return [config.os, config.architecture, config.variant].filter((p) => typeof p === 'string' && p !== '').join('/');
}

/** What the command line says of who asks: it is meant for the image's own registry. */
const WHO_ASKS: ReadonlySet<string> = new Set(['registry-username', 'registry-password', 'registry-token']);

/** The stores of another place that a policy names, read with the credentials that the policy brings. */
export async function storesOf(source: EvidenceSource, image: Image, call: Call): Promise<SubjectStores> {
  const reference = parseReference(source.repository ?? image.repository);
  const elsewhere =
    reference.kind === 'registry' && (image.reference.kind !== 'registry' || image.reference.registry !== reference.registry);
  if (call.options.has('offline') && call.options.flag('offline') && elsewhere)
    throw new AssayError('offline', `--offline forbids asking ${source.repository}, which a policy names`);
  const hidden = elsewhere || source.credentials !== undefined ? WHO_ASKS : new Set<string>();
  const prefix = source.tagPrefix;
  const isPrefix = (name: string): boolean => prefix !== undefined && name === 'attachment-tag-prefix';
  const options = {
    ...call.options,
    has: (n: string) => isPrefix(n) || call.options.has(n),
    given: (n: string) => !hidden.has(n) && call.options.given(n),
    text: (n: string) => (isPrefix(n) ? prefix : hidden.has(n) ? undefined : call.options.text(n)),
  };
  const { COSIGN_REPOSITORY: _elsewhere, ...own } = call.io.env;
  const env = source.credentials === undefined ? own : { ...own, DOCKER_AUTH_CONFIG: await source.credentials.config() };
  return [(await openStores(reference, options, { ...call.io, env })).store];
}

type SubjectStores = Image['evidenceStores'];
