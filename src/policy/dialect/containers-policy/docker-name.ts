import { isAssayError } from '../../../errors.ts';
import { parseReference } from '../../../oci/reference.ts';

/** A Docker reference in full, `docker.io/library/busybox`, with exactly what it says: no tag is added. */
export interface DockerName {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

/** Reads a Docker reference as distribution/reference normalises it; `undefined` for what is none. */
export function parseDockerName(text: string): DockerName | undefined {
  // Ours to expand, but another host to containers/image.
  if (/^registry-1\.docker\.io\//.test(text)) return undefined;
  try {
    const reference = parseReference(text);
    if (reference.kind !== 'registry') return undefined;
    const withoutDigest = text.split('@', 1)[0] ?? '';
    const tagged = withoutDigest.lastIndexOf(':') > withoutDigest.lastIndexOf('/');
    return { name: `${reference.registry}/${reference.repository}`, tag: tagged ? reference.tag : undefined, digest: reference.digest };
  } catch (error) {
    if (isAssayError(error)) return undefined;
    throw error;
  }
}

/** The reference as a text. */
export function dockerNameText({ name, tag, digest }: DockerName): string {
  return `${name}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}

/** Whether two references say the same. */
export function sameDockerName(a: DockerName, b: DockerName): boolean {
  return a.name === b.name && a.tag === b.tag && a.digest === b.digest;
}

/** Whether a reference says neither tag nor digest. */
export function isNameOnly({ tag, digest }: DockerName): boolean {
  return tag === undefined && digest === undefined;
}
