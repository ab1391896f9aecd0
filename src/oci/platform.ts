import { AssayError } from '../errors.ts';
import type { Descriptor, Platform } from './descriptor.ts';
import type { ImageIndex } from './manifest.ts';

/** What `uname` and others call architectures, and what Go and therefore images call them (containerd/platforms, "normalize"). */
const ARCHITECTURES: ReadonlyMap<string, { readonly architecture: string; readonly variant?: string }> = new Map([
  ['x86_64', { architecture: 'amd64' }],
  ['x86-64', { architecture: 'amd64' }],
  ['i386', { architecture: '386' }],
  ['i686', { architecture: '386' }],
  ['aarch64', { architecture: 'arm64' }],
  ['armhf', { architecture: 'arm', variant: 'v7' }],
  ['armel', { architecture: 'arm', variant: 'v6' }],
]);

/** Parses `os/architecture[/variant]`, in the forms that Docker takes. Throws `usage-invalid`. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  const [os, architecture, variant] = parts;
  if (
    parts.length < 2 ||
    parts.length > 3 ||
    !parts.every((p) => /^[a-z0-9_.-]{1,64}$/.test(p)) ||
    os === undefined ||
    architecture === undefined
  ) {
    throw new AssayError('usage-invalid', `not a platform: "${text.slice(0, 100)}"`, {
      hint: 'os/architecture[/variant], for example linux/amd64',
    });
  }
  return normal({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

/** `linux/arm/v7`, with the variant that goes without saying left out. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = normal(platform);
  return `${os}/${architecture}${variant === undefined ? '' : `/${variant}`}`;
}

/**
 * The child of an index for a platform, chosen as containerd does: the variant itself, else the nearest older one
 * (`arm64` is `arm64/v8`, `amd64` is `amd64/v1`, `arm` is `arm/v7`). The first of several equal ones, as Docker takes it.
 * BuildKit's attestation manifests are never chosen. `undefined` when there is none.
 */
export function childOf(index: ImageIndex, platform: Platform): Descriptor | undefined {
  const wanted = normal(platform);
  let best: { readonly descriptor: Descriptor; readonly version: number } | undefined;
  for (const descriptor of index.manifests) {
    if (descriptor.platform === undefined || isAttestationManifest(descriptor)) continue;
    const version = fits(normal(descriptor.platform), wanted);
    if (version !== undefined && (best === undefined || version > best.version)) best = { descriptor, version };
  }
  return best?.descriptor;
}

/** A child of an index with its platform. */
export interface PlatformChild {
  readonly platform: string;
  readonly descriptor: Descriptor;
}

/** The children of an index that are images of a platform, in its order; attestation manifests and unknown platforms are left out. */
export function platformsOf(index: ImageIndex): readonly PlatformChild[] {
  return index.manifests.flatMap((descriptor) => {
    const { platform } = descriptor;
    if (platform === undefined || isAttestationManifest(descriptor) || platform.os === 'unknown' || platform.architecture === 'unknown')
      return [];
    return [{ platform: formatPlatform(platform), descriptor }];
  });
}

/**
 * Whether a child of an index is one of BuildKit's attestation manifests (BuildKit, docs/attestations/attestation-storage.md):
 * unsigned statements about another child, `vnd.docker.reference.digest`.
 */
export function isAttestationManifest(descriptor: Descriptor): boolean {
  return descriptor.annotations?.get('vnd.docker.reference.type') === 'attestation-manifest';
}

// Version of the variant when the child can stand for the platform that is wanted: the higher, the nearer.
function fits(child: Platform, wanted: Platform): number | undefined {
  if (child.os !== wanted.os || child.architecture !== wanted.architecture) return undefined;
  if (wanted['os.version'] !== undefined && child['os.version'] !== wanted['os.version']) return undefined;
  const [have, want] = [version(child), version(wanted)];
  if (have === undefined || want === undefined) return child.variant === wanted.variant ? Number.POSITIVE_INFINITY : undefined;
  return have <= want ? have : undefined;
}

const DEFAULTS: ReadonlyMap<string, number> = new Map([
  ['amd64', 1],
  ['arm64', 8],
  ['arm', 7],
]);

function version(platform: Platform): number | undefined {
  if (platform.variant === undefined) return DEFAULTS.get(platform.architecture) ?? 0;
  const digits = /^v(\d{1,2})$/.exec(platform.variant)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function normal(platform: Platform): Platform {
  const known = ARCHITECTURES.get(platform.architecture.toLowerCase());
  const architecture = known?.architecture ?? platform.architecture.toLowerCase();
  const stated = (platform.variant ?? known?.variant)?.toLowerCase();
  const variant = stated !== undefined && /^\d/.test(stated) ? `v${stated}` : stated;
  const os = platform.os.toLowerCase() === 'macos' ? 'darwin' : platform.os.toLowerCase();
  const silent = variant === undefined || variant === `v${DEFAULTS.get(architecture)}`;
  const osVersion = platform['os.version'];
  return { os, architecture, ...(silent ? {} : { variant }), ...(osVersion === undefined ? {} : { 'os.version': osVersion }) };
}
