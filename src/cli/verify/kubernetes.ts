import { parseYaml } from '../../codec/yaml.ts';
import { AssayError } from '../../errors.ts';

const CONTAINERS: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/**
 * Every container image of a Kubernetes YAML file, each once, in order: wherever a list of containers stands (Pod, workloads, CronJob, `List`,
 * custom resources with a pod template), init and ephemeral containers and image volumes included. Throws `input-invalid`.
 */
export function imagesInManifest(text: string, file: string): readonly string[] {
  const images = new Set<string>();
  for (const document of parseYaml(text, file)) walk(document, images, file, 0);
  if (images.size === 0) throw new AssayError('input-invalid', `${file} names no container image`);
  return [...images];
}

function walk(value: unknown, images: Set<string>, file: string, depth: number): void {
  if (depth > 64 || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const v of value) walk(v, images, file, depth + 1);
    return;
  }
  for (const [name, v] of Object.entries(value)) {
    if (CONTAINERS.has(name) && Array.isArray(v)) for (const c of v) add(c, name, images, file);
    else if (name === 'volumes' && Array.isArray(v)) for (const volume of v) addVolume(volume, images);
    walk(v, images, file, depth + 1);
  }
}

function add(container: unknown, where: string, images: Set<string>, file: string): void {
  if (typeof container !== 'object' || container === null) return;
  const { image, name } = container as { readonly image?: unknown; readonly name?: unknown };
  if (typeof image === 'string' && image !== '') images.add(image);
  else throw new AssayError('input-invalid', `${file}: the container ${String(name ?? '')} in ${where} has no image`);
}

function addVolume(volume: unknown, images: Set<string>): void {
  const reference = (volume as { readonly image?: { readonly reference?: unknown } } | null)?.image?.reference;
  if (typeof reference === 'string' && reference !== '') images.add(reference);
}
