import type { JsonObject } from '../../codec/json.ts';
import { parseYaml } from '../../codec/yaml.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Workload } from '../../policy/index.ts';

const CONTAINERS: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/** An image of a Kubernetes object, and where it stands in it. */
export interface ManifestImage {
  readonly text: string;
  /** The whole object; absent where the document is none (no kind, no apiVersion). */
  readonly workload: Workload | undefined;
  /** `spec.template.spec.containers[0].image`. */
  readonly path: string;
}

interface Found {
  readonly images: ManifestImage[];
  readonly workload: Workload | undefined;
  readonly file: string;
}

/**
 * Every container image of a Kubernetes YAML file, in order: wherever a list of containers stands (Pod, workloads, CronJob, `List`,
 * custom resources with a pod template), init and ephemeral containers and image volumes included. Throws `input-invalid`, and `limit` beyond `LIMITS.workloadDepth`.
 */
export function imagesInManifest(text: string, file: string): readonly ManifestImage[] {
  const images = objectsIn(parseYaml(text, file)).flatMap((object) => {
    const found: Found = { images: [], workload: workloadOf(object), file };
    walk(object, [], found, 0);
    return found.images;
  });
  if (images.length === 0) throw new AssayError('input-invalid', `${file} names no container image`);
  return images;
}

/** The one object of a file, such as a policy is asked about. Throws `input-invalid`. */
export function workloadIn(text: string, file: string): Workload {
  const [object, second] = objectsIn(parseYaml(text, file));
  const workload = workloadOf(object);
  if (workload === undefined || second !== undefined)
    throw new AssayError('input-invalid', `${file} has to hold one Kubernetes object with apiVersion, kind, metadata and spec`);
  return workload;
}

/** The images of an object; there may be none. */
export function imagesInWorkload(workload: Workload, file: string): readonly ManifestImage[] {
  const found: Found = { images: [], workload, file };
  walk(workload, [], found, 0);
  return found.images;
}

function objectsIn(documents: readonly unknown[]): readonly unknown[] {
  return documents.filter((d) => d !== null && d !== undefined).flatMap((d) => unlisted(d, 0));
}

// `kubectl` takes every kind of list apart, lists in lists too, and gives items without a kind that of their list (`PodList`).
function unlisted(value: unknown, depth: number): readonly unknown[] {
  const { apiVersion, kind, items } = (value ?? {}) as { readonly apiVersion?: unknown; readonly kind?: unknown; readonly items?: unknown };
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return [value];
  if (depth > LIMITS.workloadDepth) throw new AssayError('limit', `lists are nested deeper than ${LIMITS.workloadDepth} levels`);
  const inherited = kind === 'List' ? {} : { apiVersion, kind: kind.slice(0, -'List'.length) };
  return items.flatMap((item: unknown) =>
    unlisted(typeof item === 'object' && item !== null ? { ...inherited, ...item } : item, depth + 1),
  );
}

function workloadOf(value: unknown): Workload | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { apiVersion, kind, metadata, spec } = value as Readonly<Record<string, unknown>>;
  if (typeof apiVersion !== 'string' || typeof kind !== 'string') return undefined;
  return { apiVersion, kind, metadata: objectOr(metadata), spec: objectOr(spec) };
}

function objectOr(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

function walk(value: unknown, path: readonly (string | number)[], found: Found, depth: number): void {
  if (typeof value !== 'object' || value === null) return;
  // An image that was overlooked would be one that nobody judged.
  if (depth > LIMITS.workloadDepth) throw new AssayError('limit', `${found.file} is nested deeper than ${LIMITS.workloadDepth} levels`);
  if (Array.isArray(value)) {
    for (const [i, v] of value.entries()) walk(v, [...path, i], found, depth + 1);
    return;
  }
  for (const [name, v] of Object.entries(value)) {
    const here = [...path, name];
    if (CONTAINERS.has(name) && Array.isArray(v)) for (const [i, c] of v.entries()) add(c, [...here, i], found);
    else if (name === 'volumes' && Array.isArray(v)) for (const [i, volume] of v.entries()) addVolume(volume, [...here, i], found);
    walk(v, here, found, depth + 1);
  }
}

function add(container: unknown, path: readonly (string | number)[], found: Found): void {
  if (typeof container !== 'object' || container === null) return;
  const { image, name } = container as { readonly image?: unknown; readonly name?: unknown };
  if (typeof image !== 'string' || image === '')
    throw new AssayError('input-invalid', `${found.file}: the container ${String(name ?? '')} in ${String(path.at(-2))} has no image`);
  found.images.push({ text: image, workload: found.workload, path: pathText([...path, 'image']) });
}

function addVolume(volume: unknown, path: readonly (string | number)[], found: Found): void {
  const reference = (volume as { readonly image?: { readonly reference?: unknown } } | null)?.image?.reference;
  if (typeof reference === 'string' && reference !== '')
    found.images.push({ text: reference, workload: found.workload, path: pathText([...path, 'image', 'reference']) });
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((p, i) => (typeof p === 'number' ? `[${p}]` : i === 0 ? p : `.${p}`)).join('');
}
