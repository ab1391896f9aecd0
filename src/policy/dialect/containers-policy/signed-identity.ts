import { type DockerName, dockerNameText, isNameOnly, parseDockerName, sameDockerName } from './docker-name.ts';
import type { Mistakes, Path } from './mistakes.ts';

/** What the signed docker-reference has to be (containers-policy.json.5, "signedBy", `signedIdentity`). */
export interface SignedIdentity {
  /** For reports. */
  readonly text: string;
  /** Whether it depends on what the image is called. */
  readonly ofImage: boolean;
  /** Whether a signed reference will do; `image` is `undefined` for images that have no Docker reference. */
  readonly accepts: (signed: DockerName, image: DockerName | undefined) => boolean;
}

/** What holds where a requirement has no `signedIdentity`. */
export const DEFAULT_IDENTITY: SignedIdentity = { text: 'matchRepoDigestOrExact', ofImage: true, accepts: repoDigestOrExact };

const FIELDS: ReadonlyMap<string, readonly string[]> = new Map([
  ['matchExact', []],
  ['matchRepoDigestOrExact', []],
  ['matchRepository', []],
  ['exactReference', ['dockerReference']],
  ['exactRepository', ['dockerRepository']],
  ['remapIdentity', ['prefix', 'signedPrefix']],
]);

/** Reads a `signedIdentity`; mistakes are collected. */
export function readSignedIdentity(value: unknown, path: Path, mistakes: Mistakes): SignedIdentity | undefined {
  if (value === undefined) return DEFAULT_IDENTITY;
  const type = typeof value === 'object' && value !== null ? (value as { type?: unknown }).type : undefined;
  const fields = typeof type === 'string' ? FIELDS.get(type) : undefined;
  if (typeof type === 'string' && fields === undefined)
    return mistakes.add(
      [...path, 'type'],
      `"${type.slice(0, 60)}" is no kind of signedIdentity`,
      `one of ${[...FIELDS.keys()].join(', ')}`,
    );
  const members = mistakes.members(value, path, ['type', ...(fields ?? [])]);
  if (members === undefined) return undefined;
  if (fields === undefined) return mistakes.add(path, 'the type is missing', `one of ${[...FIELDS.keys()].join(', ')}`);
  const texts = fields.map((name) => mistakes.text(members[name], [...path, name]));
  const [first, second] = texts;
  switch (type) {
    case 'matchExact':
      return { text: type, ofImage: true, accepts: exact };
    case 'matchRepository':
      return { text: type, ofImage: true, accepts: (signed, image) => signed.name === image?.name };
    case 'exactReference':
      return first === undefined ? undefined : exactReference(first, [...path, 'dockerReference'], mistakes);
    case 'exactRepository':
      return first === undefined ? undefined : exactRepository(first, [...path, 'dockerRepository'], mistakes);
    case 'remapIdentity':
      return first === undefined || second === undefined ? undefined : remapped(first, second, path, mistakes);
    default:
      return DEFAULT_IDENTITY;
  }
}

function exact(signed: DockerName, image: DockerName | undefined): boolean {
  return image !== undefined && !isNameOnly(signed) && !isNameOnly(image) && sameDockerName(signed, image);
}

// The digest of an image that is named by digest was compared already.
function repoDigestOrExact(signed: DockerName, image: DockerName | undefined): boolean {
  if (image === undefined || isNameOnly(signed) || isNameOnly(image)) return false;
  return image.tag === undefined ? signed.name === image.name : sameDockerName(signed, image);
}

function exactReference(text: string, path: Path, mistakes: Mistakes): SignedIdentity | undefined {
  const wanted = parseDockerName(text);
  if (wanted === undefined || isNameOnly(wanted)) return mistakes.add(path, `"${text.slice(0, 200)}" is no reference with a tag or digest`);
  return { text: `exactReference ${dockerNameText(wanted)}`, ofImage: false, accepts: (signed) => exact(signed, wanted) };
}

function exactRepository(text: string, path: Path, mistakes: Mistakes): SignedIdentity | undefined {
  const wanted = parseDockerName(text);
  if (wanted === undefined) return mistakes.add(path, `"${text.slice(0, 200)}" is no repository`);
  if (!isNameOnly(wanted)) mistakes.warn(path, 'scope-unused', 'only the repository is compared, not the tag or digest');
  return { text: `exactRepository ${wanted.name}`, ofImage: false, accepts: (signed) => signed.name === wanted.name };
}

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]+)?$/;
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;

function isPrefix(text: string): boolean {
  const [host = '', ...rest] = text.split('/');
  return HOST.test(host) && rest.every((c) => COMPONENT.test(c));
}

function remapped(prefix: string, signedPrefix: string, path: Path, mistakes: Mistakes): SignedIdentity | undefined {
  const wrong = [
    ['prefix', prefix],
    ['signedPrefix', signedPrefix],
  ].filter(([, text]) => !isPrefix(text ?? ''));
  for (const [name = '', text = ''] of wrong)
    mistakes.add([...path, name], `"${text.slice(0, 200)}" is neither a host nor a namespace or repository with its host`);
  if (wrong.length > 0) return undefined;
  return {
    text: `remapIdentity ${prefix} to ${signedPrefix}`,
    ofImage: true,
    accepts(signed, image) {
      if (image === undefined || (image.name !== prefix && !image.name.startsWith(`${prefix}/`))) return repoDigestOrExact(signed, image);
      return repoDigestOrExact(signed, { ...image, name: `${signedPrefix}${image.name.slice(prefix.length)}` });
    },
  };
}
