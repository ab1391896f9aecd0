import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Workload } from '../../policy/index.ts';
import type { Call } from '../command.ts';
import { readInput } from './files.ts';

/** An image that is asked about, and the object of a cluster that it stands in. */
export interface AskedImage {
  readonly text: string;
  readonly workload?: Workload;
  /** Where it stands in the object. */
  readonly path?: string;
}

/** Every image that a call names, in order: arguments, `--images`, `--manifest`, `--dockerfile`. Throws `reference-invalid` before anything is tried. */
export async function imagesOf(call: Call): Promise<readonly AskedImage[]> {
  const { args, options, io } = call;
  const local = options.has('local-image') && options.flag('local-image');
  const resource = await resourceOf(call);
  const images: AskedImage[] = args.map((a) => resource(local && !/^oci(?:-archive)?:/.test(a) ? `oci:${a}` : a));
  const add = (more: readonly AskedImage[]): void => {
    if (images.length + more.length > LIMITS.images)
      throw new AssayError('limit', `${images.length + more.length} images (at most ${LIMITS.images})`);
    for (const image of more) images.push(image);
  };
  for (const file of listed(call, 'images')) add(linesOf((await readInput(file, '--images', io)).toString('utf8')).map(resource));
  for (const file of listed(call, 'manifest')) add(await imagesIn(file, call));
  for (const file of listed(call, 'dockerfile')) {
    const { imagesInDockerfile } = await import('./dockerfile.ts');
    const text = (await readInput(file, '--dockerfile', io)).toString('utf8');
    const more = imagesInDockerfile(text, file, {
      buildArgs: options.list('build-arg'),
      baseImageOnly: options.flag('base-image-only'),
      env: io.env,
    });
    add(more.map(resource));
  }
  for (const image of images) parseReference(image.text);
  return images;
}

/** Of a manifest each image once; under policies, which may look at the object, once for each object. */
async function imagesIn(file: string, call: Call): Promise<readonly AskedImage[]> {
  const { imagesInManifest } = await import('./kubernetes.ts');
  const found = imagesInManifest((await readInput(file, '--manifest', call.io)).toString('utf8'), file);
  if (listed(call, 'policy').length === 0) return [...new Set(found.map((f) => f.text))].map((text) => ({ text }));
  return found.map(({ text, workload, path }) => ({ text, path, ...(workload === undefined ? {} : { workload }) }));
}

/** What `--resource` makes of an image: the object, and where in it the image stands. */
async function resourceOf(call: Call): Promise<(text: string) => AskedImage> {
  const file = call.options.has('resource') ? call.options.text('resource') : undefined;
  if (file === undefined) return (text) => ({ text });
  const { imagesInWorkload, workloadIn } = await import('./kubernetes.ts');
  const workload = workloadIn((await readInput(file, '--resource', call.io)).toString('utf8'), file);
  const paths = new Map(imagesInWorkload(workload, file).map((i) => [i.text, i.path]));
  return (text) => {
    const path = paths.get(text);
    return { text, workload, ...(path === undefined ? {} : { path }) };
  };
}

function listed({ options }: Call, name: string): readonly string[] {
  return options.has(name) ? options.list(name) : [];
}

/** An image on each line; empty lines and what follows `#` are passed over. */
function linesOf(text: string): string[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const image = line.replace(/(?:^|\s)#.*$/, '').trim();
    return image === '' ? [] : [image];
  });
}
