import { AssayError, toAssayError } from '../errors.ts';
import { type Digest, isDigest } from './digest.ts';

declare const brand: unique symbol;

/** The platform of a manifest in an index (OCI image spec, image-index.md). */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly 'os.version'?: string;
}

/**
 * What names content: type, digest and size in bytes (OCI image spec, descriptor.md). Only `parseDescriptor` and `descriptorOf` make one.
 * What it says of the content (`artifactType`, annotations) is a claim until the content was read.
 */
export interface Descriptor {
  readonly [brand]?: 'Descriptor';
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: ReadonlyMap<string, string>;
  readonly platform?: Platform;
  /** The content itself, inlined; its digest and size still have to be checked. */
  readonly data?: Uint8Array;
}

/** A descriptor of content at hand. */
export function descriptorOf(
  mediaType: string,
  digest: Digest,
  size: number,
  more: Partial<Omit<Descriptor, 'mediaType' | 'digest' | 'size'>> = {},
): Descriptor {
  return { ...more, mediaType, digest, size };
}

/** The descriptor that a JSON value is. Throws `manifest-invalid`, naming `what` and the member. */
export function parseDescriptor(value: unknown, what = 'descriptor'): Descriptor {
  const fail = (why: string): never => {
    throw new AssayError('manifest-invalid', `${what}: ${why}`);
  };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail('an object is expected');
  const v = value as Record<string, unknown>;
  const { mediaType, digest, size, artifactType, platform, data } = v;
  if (typeof mediaType !== 'string' || mediaType.length > 255) return fail('mediaType is not a text');
  if (typeof digest !== 'string' || !isDigest(digest)) return fail('digest is no sha256 or sha512 digest');
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return fail('size is not a count of bytes');
  if (artifactType !== undefined && typeof artifactType !== 'string') return fail('artifactType is not a text');
  const annotations = parseAnnotations(v.annotations, what);
  const p = parsePlatform(platform, what);
  if (data !== undefined && typeof data !== 'string') return fail('data is not a text');
  return {
    mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(p === undefined ? {} : { platform: p }),
    ...(data === undefined ? {} : { data: Buffer.from(data, 'base64') }),
  };
}

/** The values that are descriptors, and what is wrong with the first that is none: one bad entry of a listing hides no other. */
export function readableDescriptors(
  values: readonly unknown[],
  what: string,
): { readonly descriptors: readonly Descriptor[]; readonly problem: AssayError | undefined } {
  const descriptors: Descriptor[] = [];
  let problem: AssayError | undefined;
  for (const [i, value] of values.entries()) {
    try {
      descriptors.push(parseDescriptor(value, `${what}[${i}]`));
    } catch (error) {
      problem ??= toAssayError(error);
    }
  }
  return { descriptors, problem };
}

/** The annotations of a manifest or descriptor, as a `Map` because their names are foreign. Throws `manifest-invalid`. */
export function parseAnnotations(value: unknown, what: string): ReadonlyMap<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw new AssayError('manifest-invalid', `${what}: annotations are not an object`);
  const map = new Map<string, string>();
  for (const [k, v] of Object.entries(value)) {
    if (typeof v !== 'string') throw new AssayError('manifest-invalid', `${what}: annotation "${k.slice(0, 100)}" is not a text`);
    map.set(k, v);
  }
  return map;
}

function parsePlatform(value: unknown, what: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  const p = value as Record<string, unknown>;
  if (typeof value !== 'object' || typeof p.os !== 'string' || typeof p.architecture !== 'string') {
    throw new AssayError('manifest-invalid', `${what}: platform has no os and architecture`);
  }
  const variant = p.variant;
  const version = p['os.version'];
  return {
    os: p.os,
    architecture: p.architecture,
    ...(typeof variant === 'string' && variant !== '' ? { variant } : {}),
    ...(typeof version === 'string' && version !== '' ? { 'os.version': version } : {}),
  };
}

/** A descriptor as JSON has it, in the order of the specification. */
export function formatDescriptor(d: Descriptor): Record<string, unknown> {
  return {
    mediaType: d.mediaType,
    digest: d.digest,
    size: d.size,
    ...(d.annotations === undefined ? {} : { annotations: Object.fromEntries(d.annotations) }),
    ...(d.artifactType === undefined ? {} : { artifactType: d.artifactType }),
    ...(d.platform === undefined ? {} : { platform: d.platform }),
    ...(d.data === undefined ? {} : { data: Buffer.from(d.data).toString('base64') }),
  };
}
