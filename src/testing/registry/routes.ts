import { digestOf } from '../../oci/digest.ts';
import { OCI_INDEX } from '../../oci/media-types.ts';
import { type Answer, type Asked, answer, json, refuse } from './answer.ts';
import { type Content, documentOf, hasDigest, referrersIn, subjectOf } from './content.ts';

/** How the test registry behaves when it is well. All can be changed while it runs. */
export interface Behaviour {
  /** Whether there is a referrers API; without one the question is answered 404. Default true. */
  referrers: boolean;
  /** Entries on one page of referrers, tags or the catalog; 0 for all. */
  pageSize: number;
  /** Whether the `artifactType` filter is honoured. Default true. */
  filter: boolean;
  /** Whether entries of referrers carry artifactType and annotations. Default true. */
  artifactTypes: boolean;
  /** How the `Link` header is written. Default `relative`. */
  links: 'relative' | 'absolute';
  /** Whether `/v2/_catalog` answers. Default true. */
  catalog: boolean;
  /** Whether pushes answer with `OCI-Subject`; default: when there is a referrers API. */
  subjectHeader: boolean | undefined;
  /** Whether a tag that is there can be pointed at something else; otherwise that is answered 409. Default true. */
  mutableTags: boolean;
  /** Whether manifests and tags can be deleted; otherwise 405. Default true. */
  deletes: boolean;
  /** Whether `If-Match` and `If-None-Match` of a PUT count, as in few registries. Default false. */
  conditions: boolean;
}

/** How a registry behaves by default: as the specification asks. */
export const WELL: Behaviour = {
  referrers: true,
  pageSize: 0,
  filter: true,
  artifactTypes: true,
  links: 'relative',
  catalog: true,
  subjectHeader: undefined,
  mutableTags: true,
  deletes: true,
  conditions: false,
};

const ROUTE = /^\/v2\/(.+?)\/(manifests|blobs|referrers|tags)\/(.*)$/;

/** What the registry answers when it is well (distribution spec 1.1). */
export function route(content: Content, behaviour: Behaviour, origin: string, asked: Asked): Answer {
  const page = pager(behaviour, origin, asked);
  if (asked.path === '/v2/' || asked.path === '/v2') return json({});
  if (asked.path === '/v2/_catalog')
    return behaviour.catalog ? page([...content.repositories.keys()].sort(), (repositories) => json({ repositories })) : refuse(401);
  const [, name, kind, rest] = ROUTE.exec(asked.path) ?? [];
  if (name === undefined || rest === undefined) return refuse(404);
  const what = decodeURIComponent(rest);
  if (kind === 'manifests') return manifests(content, behaviour, name, what, asked);
  if (kind === 'referrers') return referrers(content, behaviour, name, what, asked, page);
  if (kind === 'tags') {
    const tags = content.repositories.get(name)?.tags;
    return tags === undefined ? refuse(404) : page([...tags.keys()].sort(), (list) => json({ name, tags: list }));
  }
  return what.startsWith('uploads') ? upload(content, name, what, asked) : blob(content, name, what, asked);
}

type Page = <T>(list: readonly T[], make: (list: readonly T[]) => Answer) => Answer;

function pager(behaviour: Behaviour, origin: string, asked: Asked): Page {
  return (list, make) => {
    const size = behaviour.pageSize;
    if (size === 0) return make(list);
    const start = Number(asked.query.get('page') ?? 0) * size;
    const made = make(list.slice(start, start + size));
    if (start + size >= list.length) return made;
    const query = new URLSearchParams(asked.query);
    query.set('page', String(start / size + 1));
    const target = `${behaviour.links === 'absolute' ? origin : ''}${asked.path}?${query}`;
    return { ...made, headers: { ...made.headers, Link: `<${target}>; rel="next"` } };
  };
}

function manifests(content: Content, behaviour: Behaviour, name: string, what: string, asked: Asked): Answer {
  if (asked.method === 'PUT') return putManifest(content, behaviour, name, what, asked);
  const repository = content.repositories.get(name);
  const digest = what.includes(':') ? what : repository?.tags.get(what);
  const held = digest === undefined ? undefined : repository?.manifests.get(digest);
  if (repository === undefined || digest === undefined || held === undefined) return refuse(404, 'MANIFEST_UNKNOWN');
  if (asked.method !== 'DELETE')
    return answer(200, { 'Content-Type': held.type, 'Docker-Content-Digest': digest, ETag: `"${digest}"` }, held.body);
  if (!behaviour.deletes) return refuse(405);
  if (what.includes(':')) repository.manifests.delete(what);
  else repository.tags.delete(what);
  for (const [tag, target] of repository.tags) if (target === what) repository.tags.delete(tag);
  return answer(202);
}

function putManifest(content: Content, behaviour: Behaviour, name: string, what: string, asked: Asked): Answer {
  const byDigest = what.includes(':');
  if (byDigest && !hasDigest(asked.body, what)) return refuse(400, 'DIGEST_INVALID');
  const value = documentOf(asked.body);
  if (value === undefined) return refuse(400, 'MANIFEST_INVALID');
  const digest = byDigest ? what : digestOf(asked.body);
  const repository = content.repository(name);
  const now = byDigest ? undefined : repository.tags.get(what);
  if (behaviour.conditions && !byDigest && !conditionHolds(asked, now)) return refuse(412, 'PRECONDITION_FAILED');
  if (!behaviour.mutableTags && now !== undefined && now !== digest) return refuse(409, 'TAG_IMMUTABLE', 'the tag exists');
  const type = asked.headers['content-type'] ?? String(value.mediaType);
  repository.manifests.set(digest, { type, body: asked.body });
  if (!byDigest) repository.tags.set(what, digest);
  const subject = subjectOf(value);
  const knows = behaviour.subjectHeader ?? behaviour.referrers;
  const extra = subject !== undefined && knows ? { 'OCI-Subject': subject } : {};
  return answer(201, { Location: `/v2/${name}/manifests/${digest}`, 'Docker-Content-Digest': digest, ...extra });
}

// RFC 9110 §13.1.1 and §13.1.2.
function conditionHolds(asked: Asked, now: string | undefined): boolean {
  const { 'if-match': match, 'if-none-match': none } = asked.headers;
  return (match === undefined || match === `"${now}"`) && (none !== '*' || now === undefined);
}

function referrers(content: Content, behaviour: Behaviour, name: string, subject: string, asked: Asked, page: Page): Answer {
  if (!behaviour.referrers) return refuse(404, 'UNSUPPORTED');
  const wanted = behaviour.filter ? asked.query.get('artifactType') : null;
  const all = referrersIn(content.repositories.get(name), subject, behaviour.artifactTypes || wanted !== null);
  const list = wanted === null ? all : all.filter((e) => e.artifactType === wanted);
  const headers = { 'Content-Type': OCI_INDEX, ...(wanted === null ? {} : { 'OCI-Filters-Applied': 'artifactType' }) };
  return page(list, (entries) => json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: entries }, headers));
}

function blob(content: Content, name: string, digest: string, asked: Asked): Answer {
  const repository = content.repositories.get(name);
  const body = repository?.blobs.has(digest) ? content.blobs.get(digest) : undefined;
  if (repository === undefined || body === undefined) return refuse(404, 'BLOB_UNKNOWN');
  if (asked.method === 'DELETE') {
    repository.blobs.delete(digest);
    return answer(202);
  }
  const headers = { 'Content-Type': 'application/octet-stream', 'Docker-Content-Digest': digest, 'Accept-Ranges': 'bytes' };
  const range = /^bytes=(\d+)-(\d*)$/.exec(asked.headers.range ?? '');
  if (!range) return answer(200, headers, body);
  const [start, end] = [Number(range[1]), range[2] === '' ? body.length - 1 : Math.min(Number(range[2]), body.length - 1)];
  if (start > end) return refuse(416, 'SIZE_INVALID');
  return answer(206, { ...headers, 'Content-Range': `bytes ${start}-${end}/${body.length}` }, body.subarray(start, end + 1));
}

function upload(content: Content, name: string, what: string, asked: Asked): Answer {
  const digest = asked.query.get('digest');
  if (asked.method === 'POST') return beginUpload(content, name, digest, asked);
  const id = what.slice('uploads/'.length);
  const parts = content.uploads.get(id);
  if (parts === undefined) return refuse(404, 'BLOB_UPLOAD_UNKNOWN');
  if (asked.method === 'DELETE') {
    content.uploads.delete(id);
    return answer(204);
  }
  if (asked.body.length > 0) parts.push(asked.body);
  const size = parts.reduce((n, p) => n + p.length, 0);
  const state = { Location: `/v2/${name}/blobs/uploads/${id}`, Range: `0-${Math.max(0, size - 1)}` };
  if (asked.method === 'GET') return answer(204, state);
  if (asked.method === 'PATCH') return answer(202, state);
  content.uploads.delete(id);
  return keep(content, name, digest, Buffer.concat(parts));
}

function beginUpload(content: Content, name: string, digest: string | null, asked: Asked): Answer {
  const mount = asked.query.get('mount');
  const from = asked.query.get('from');
  if (mount !== null && from !== null && content.repositories.get(from)?.blobs.has(mount)) {
    content.repository(name).blobs.add(mount);
    return answer(201, { Location: `/v2/${name}/blobs/${mount}`, 'Docker-Content-Digest': mount });
  }
  if (digest !== null) return keep(content, name, digest, asked.body);
  return answer(202, { Location: `/v2/${name}/blobs/uploads/${content.newUpload()}`, Range: '0-0' });
}

function keep(content: Content, name: string, digest: string | null, body: Buffer): Answer {
  if (digest === null || !hasDigest(body, digest)) return refuse(400, 'DIGEST_INVALID');
  content.blobs.set(digest, body);
  content.repository(name).blobs.add(digest);
  return answer(201, { Location: `/v2/${name}/blobs/${digest}`, 'Docker-Content-Digest': digest });
}
