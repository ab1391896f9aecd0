import { AssayError } from '../../../errors.ts';
import { dockerScopes } from '../../../oci/docker-scopes.ts';
import { canonicalHost } from '../../../oci/reference.ts';
import type { ImageSubject } from '../../policy.ts';
import { type DockerName, dockerNameText } from './docker-name.ts';
import type { Mistakes, Path } from './mistakes.ts';

/** An image as policy.json sees it. */
export interface PlacedImage {
  readonly transport: 'docker' | 'oci' | 'oci-archive';
  /** The scopes that may hold for it, the most specific first; `undefined` where they cannot be said. The transport's own `""` comes after. */
  readonly scopes: readonly string[] | undefined;
  /** Absent for images outside registries. */
  readonly name: DockerName | undefined;
}

/** How a transport's scopes are written (containers-policy.json.5, "Supported transports and their scopes"). */
export const TRANSPORTS: ReadonlyMap<string, 'names' | 'paths' | 'free' | 'none'> = new Map([
  ['docker', 'names'],
  ['atomic', 'names'],
  ['docker-daemon', 'names'],
  ['containers-storage', 'free'],
  ['ostree', 'free'],
  ['dir', 'paths'],
  ['oci', 'paths'],
  ['oci-archive', 'paths'],
  ['sif', 'paths'],
  ['docker-archive', 'none'],
  ['tarball', 'none'],
]);

/** Places an image. A digest in the name is what it is called by, whatever tag stands beside it (CONTRACT, "References"). */
export function placeImage({ text, repository, tag, digest }: ImageSubject): PlacedImage {
  const layout = /^(oci|oci-archive):(.+)$/s.exec(repository);
  if (layout !== null) {
    const path = layout[2] ?? '';
    return { transport: layout[1] === 'oci' ? 'oci' : 'oci-archive', scopes: pathScopes(path), name: undefined };
  }
  const name = text.includes('@')
    ? { name: repository, tag: undefined, digest }
    : { name: repository, tag: tag ?? 'latest', digest: undefined };
  return { transport: 'docker', scopes: dockerScopes(name.name, dockerNameText({ ...name, name: '' })), name };
}

// Only a path in full says which folders it is in; symbolic links are nobody's to follow here.
function pathScopes(path: string): readonly string[] | undefined {
  if (!isFullPath(path)) return undefined;
  const parts = path.split('/');
  return parts.slice(1).map((_, i) => parts.slice(0, parts.length - i).join('/'));
}

function isFullPath(path: string): boolean {
  return (
    path.startsWith('/') &&
    path !== '/' &&
    path
      .slice(1)
      .split('/')
      .every((p) => p !== '' && p !== '.' && p !== '..')
  );
}

/** The scope of a list that holds for an image: the most specific; `undefined` when none does. Throws `policy-unevaluable` where that cannot be said. */
export function scopeOf(image: PlacedImage, scopes: ReadonlySet<string>): string | undefined {
  const fallback = scopes.has('') ? '' : undefined;
  if (image.scopes === undefined) {
    if ([...scopes].every((s) => s === '')) return fallback;
    throw new AssayError('policy-unevaluable', 'which scopes of policy.json hold for a relative path cannot be said', {
      hint: 'name the layout by its absolute path, without "." and ".."',
    });
  }
  return image.scopes.find((s) => scopes.has(s)) ?? fallback;
}

/** A scope in the spelling in which images are compared with it: hosts have no letter case. */
export function canonicalScope(transport: string, scope: string): string {
  if (TRANSPORTS.get(transport) !== 'names') return scope;
  const [host = '', ...rest] = scope.split('/');
  return [canonicalHost(host), ...rest].join('/');
}

/** Refuses scopes that the transport does not have, and says of others that they can never match. */
export function checkScope(transport: string, scope: string, path: Path, mistakes: Mistakes): void {
  const kind = TRANSPORTS.get(transport);
  if (scope === '' || kind === 'free') return;
  if (kind === 'none') mistakes.add(path, `the transport ${transport} has no scopes but ""`);
  else if (kind === 'paths') {
    if (scope === '/') mistakes.add(path, 'the scope "/" is forbidden', 'the scope "" is every path');
    else if (!isFullPath(scope)) mistakes.add(path, `"${scope.slice(0, 200)}" is no absolute path in its shortest form`);
  } else if (!mayMatch(scope)) mistakes.warn(path, 'scope-unused', 'no image in full has this scope: it can never match');
}

const HOST = /^(?:\*\.)?(?:[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;

function mayMatch(scope: string): boolean {
  const [host = '', ...rest] = scope.split('/');
  if (!HOST.test(host)) return false;
  if (host.startsWith('*.')) return rest.length === 0 && !host.includes(':');
  if (rest.length === 0) return host.includes('.') || host.includes(':') || host === 'localhost' || host.startsWith('[');
  return rest.every((c) => c !== '') && (host !== 'docker.io' || rest.length > 1 || !/[:@]/.test(rest[0] ?? ''));
}
