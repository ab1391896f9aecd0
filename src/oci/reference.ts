import { AssayError } from '../errors.ts';
import { LIMITS } from '../limits.ts';
import { type Digest, parseDigest } from './digest.ts';

declare const brand: unique symbol;

/** A repository in a registry, by tag or digest or both. */
export interface RegistryReference {
  readonly [brand]?: 'Reference';
  readonly kind: 'registry';
  /** Host, with a port where one was given: `docker.io`, `127.0.0.1:5000`. */
  readonly registry: string;
  readonly repository: string;
  /** Absent only when a digest is there. */
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

/** An OCI layout on disk: a folder, or a tar archive of one. */
export interface LayoutReference {
  readonly [brand]?: 'Reference';
  readonly kind: 'layout' | 'archive';
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

/** Where an image is. Only `parseReference` makes one. */
export type Reference = RegistryReference | LayoutReference;

const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;

/**
 * Parses `[REGISTRY/]REPOSITORY[:TAG][@DIGEST]` as Docker expands it (distribution/reference), `oci:PATH[:TAG][@DIGEST]`
 * and `oci-archive:FILE[:TAG][@DIGEST]`. A registry reference without tag and digest gets the tag `latest`.
 * Throws `reference-invalid` with a hint where one helps.
 */
export function parseReference(text: string): Reference {
  if (text.length === 0 || text.length > LIMITS.referenceLength)
    throw wrong(text, text === '' ? 'it is empty' : `it is longer than ${LIMITS.referenceLength} characters`);
  const scheme = /^(oci|oci-archive):(.*)$/s.exec(text);
  if (scheme) return parseLayout(text, scheme[1] === 'oci' ? 'layout' : 'archive', scheme[2] ?? '');
  if (/^[a-z]+:\/\//i.test(text)) throw wrong(text, 'it is a URL', text.replace(/^[a-z]+:\/\//i, ''));
  // Docker takes such a name for an image's id.
  if (/^[0-9a-f]{64}$/.test(text)) throw wrong(text, 'it is a digest alone', `REPOSITORY@sha256:${text}`);
  const { rest, digest } = splitDigest(text, text);
  const { name, tag } = splitTag(rest);
  if (tag !== undefined && !TAG.test(tag)) throw wrong(text, `"${tag.slice(0, 140)}" is not a tag`);
  const { registry, repository } = splitRegistry(name);
  checkName(text, registry, repository);
  return { kind: 'registry', registry, repository, tag: tag ?? (digest === undefined ? 'latest' : undefined), digest };
}

/** The reference in full, as it can be parsed again. */
export function formatReference(r: Reference): string {
  const end = `${r.tag === undefined ? '' : `:${r.tag}`}${r.digest === undefined ? '' : `@${r.digest}`}`;
  if (r.kind === 'registry') return `${r.registry}/${r.repository}${end}`;
  return `${r.kind === 'layout' ? 'oci' : 'oci-archive'}:${r.path}${end}`;
}

/** The same place, by digest alone. */
export function atDigest(r: Reference, digest: Digest): Reference {
  return { ...r, tag: undefined, digest };
}

function parseLayout(text: string, kind: 'layout' | 'archive', value: string): LayoutReference {
  // Neither a digest nor a tag has a slash; "me@home/x", "C:\x" and "a:b/c" are paths.
  const isPath = /[/\\]/.test(value.slice(value.lastIndexOf('@') + 1));
  const { rest, digest } = isPath ? { rest: value, digest: undefined } : splitDigest(text, value);
  const colon = rest.lastIndexOf(':');
  const candidate = rest.slice(colon + 1);
  const tag = colon > 0 && !/[/\\]/.test(candidate) ? candidate : undefined;
  if (tag !== undefined && !/^[A-Za-z0-9._-][A-Za-z0-9._:/@+-]{0,254}$/.test(tag)) throw wrong(text, `"${tag.slice(0, 140)}" is not a tag`);
  const path = tag === undefined ? rest : rest.slice(0, colon);
  if (path === '') throw wrong(text, 'the path is missing');
  return { kind, path, tag, digest };
}

function splitDigest(text: string, value: string): { rest: string; digest: Digest | undefined } {
  const at = value.lastIndexOf('@');
  if (at < 0) return { rest: value, digest: undefined };
  try {
    return { rest: value.slice(0, at), digest: parseDigest(value.slice(at + 1)) };
  } catch (cause) {
    if (cause instanceof AssayError) throw wrong(text, cause.message);
    throw cause;
  }
}

function splitTag(rest: string): { name: string; tag: string | undefined } {
  const colon = rest.lastIndexOf(':');
  if (colon < 0 || rest.indexOf('/', colon) >= 0) return { name: rest, tag: undefined };
  return { name: rest.slice(0, colon), tag: rest.slice(colon + 1) };
}

// The first component is a host when it looks like one; else the name belongs to Docker Hub.
function splitRegistry(name: string): { registry: string; repository: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = first !== '' && (first.includes('.') || first.includes(':') || first === 'localhost' || first.toLowerCase() !== first);
  const registry = isHost ? canonicalHost(first) : 'docker.io';
  const repository = isHost ? name.slice(slash + 1) : name;
  if (registry === 'index.docker.io' || registry === 'registry-1.docker.io') return splitHub(repository);
  return registry === 'docker.io' ? splitHub(repository) : { registry, repository };
}

/**
 * A registry's host as all its spellings come to: lower case, the port without zeros in front (RFC 3986 §6.2.2.1, §6.2.3). A policy for a registry would
 * otherwise not be about the same registry in capitals. A single label stays as it is: in lower case it would be a user of Docker Hub.
 */
export function canonicalHost(host: string): string {
  const lower = host.toLowerCase();
  if (!/[.:]/.test(lower) && lower !== 'localhost') return host;
  return lower.replace(/:0+(?=[0-9]+$)/, ':');
}

function splitHub(repository: string): { registry: string; repository: string } {
  return { registry: 'docker.io', repository: repository.includes('/') ? repository : `library/${repository}` };
}

function checkName(text: string, registry: string, repository: string): void {
  if (!HOST.test(registry) || Number(/:(\d+)$/.exec(registry)?.[1] ?? 1) > 65_535)
    throw wrong(text, `"${registry}" is not a registry's host`);
  if (repository === '') throw wrong(text, 'the repository is missing');
  if (repository.length > 255) throw wrong(text, 'the repository is longer than 255 characters');
  if (repository.split('/').every((c) => COMPONENT.test(c))) return;
  const lower = text.replace(repository, repository.toLowerCase());
  if (
    lower !== text &&
    repository
      .toLowerCase()
      .split('/')
      .every((c) => COMPONENT.test(c))
  )
    throw wrong(text, 'a repository is lower case', lower);
  throw wrong(text, `"${repository.slice(0, 100)}" is not a repository`);
}

function wrong(text: string, why: string, hint?: string): AssayError {
  return new AssayError('reference-invalid', `not a reference: "${text.slice(0, 200)}" (${why})`, hint === undefined ? {} : { hint });
}
