import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type Descriptor, readableDescriptors } from '../descriptor.ts';
import { type Digest, hexOf } from '../digest.ts';
import { OCI_INDEX } from '../media-types.ts';
import type { ReadOptions } from '../store.ts';
import { type HttpAnswer, printable } from './http/message.ts';
import { isRedirect } from './http/redirect.ts';
import { createPager, jsonObject } from './listing.ts';
import { refusal } from './refusal.ts';
import type { Repository } from './repository.ts';

/** What a registry answers that has no referrers API (CONTRACT; distribution spec 1.1, "Unavailable Referrers API"). */
const UNSUPPORTED: ReadonlySet<number> = new Set([400, 404, 405, 406]);

/**
 * The referrers API (distribution spec 1.1, "Listing Referrers"), page by page. Entries that are no
 * descriptors hide no others: they are an error after the last page (`manifest-invalid`); a success that is no index (a login page) is `registry-protocol`, never "none".
 */
export async function* listReferrers(
  repository: Repository,
  subject: Digest,
  options: ReadOptions & { readonly artifactType?: string } = {},
): AsyncGenerator<readonly Descriptor[], 'answered' | 'unsupported'> {
  const filter = options.artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(options.artifactType)}`;
  const pager = createPager();
  let target: string | URL = `/v2/${repository.name}/referrers/${subject}${filter}`;
  let total = 0;
  let wrong: AssayError | undefined;
  for (let page = 1; ; page++) {
    const answer = await askPage(repository, subject, target, options);
    if (page === 1 && (UNSUPPORTED.has(answer.status) || wasNotFollowed(answer))) return 'unsupported';
    if (answer.status !== 200) throw refusal(answer, { method: 'GET' });
    const { descriptors, problem } = entriesOf(answer);
    wrong ??= problem;
    total += descriptors.length;
    if (total > LIMITS.referrers) throw new AssayError('limit', `${printable(answer.url)}: more than ${LIMITS.referrers} referrers`);
    if (descriptors.length > 0) yield descriptors;
    const next = pager.next(answer, descriptors.length);
    if (next === undefined && wrong !== undefined) throw wrong;
    if (next === undefined) return 'answered';
    target = next;
  }
}

function askPage(repository: Repository, subject: Digest, target: string | URL, options: ReadOptions): Promise<HttpAnswer> {
  return repository.client.send({
    registry: repository.registry,
    repository: repository.name,
    actions: ['pull'],
    method: 'GET',
    target,
    headers: { accept: OCI_INDEX },
    maxBytes: LIMITS.referrersPageBytes,
    // GHCR sends such questions to a web page and loses the digest on the way: what no longer names the subject cannot answer.
    mayFollow: (to) => to.href.includes(hexOf(subject)),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
}

function wasNotFollowed(answer: HttpAnswer): boolean {
  return isRedirect(answer) && answer.headers.has('location');
}

function entriesOf(answer: HttpAnswer): ReturnType<typeof readableDescriptors> {
  const served = (answer.headers.get('content-type') ?? '').replace(/;.*$/s, '').trim().toLowerCase();
  const where = printable(answer.url);
  if (served !== OCI_INDEX && served !== 'application/json') {
    throw new AssayError('registry-protocol', `${where}: referrers were asked for, "${served.slice(0, 100)}" was answered`);
  }
  const { schemaVersion, mediaType, manifests } = jsonObject(answer);
  if (schemaVersion !== 2 || (mediaType !== undefined && mediaType !== OCI_INDEX))
    throw new AssayError('registry-protocol', `${where}: the answer is no image index`);
  // Go writes an empty list as null.
  if (manifests === null) return readableDescriptors([], where);
  if (!Array.isArray(manifests)) throw new AssayError('registry-protocol', `${where}: the answer has no list of manifests`);
  return readableDescriptors(manifests, `referrers of ${where}`);
}
