import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { parseReference } from '../../oci/reference.ts';
import type { Call } from '../command.ts';
import { readInput } from './files.ts';

/** Every image that a call names, in order: arguments, `--images`, `--manifest`, `--dockerfile`. Throws `reference-invalid` before anything is tried. */
export async function imagesOf(call: Call): Promise<readonly string[]> {
  const { args, options, io } = call;
  const local = options.has('local-image') && options.flag('local-image');
  const images = args.map((a) => (local && !/^oci(?:-archive)?:/.test(a) ? `oci:${a}` : a));
  const add = (more: readonly string[]): void => {
    if (images.length + more.length > LIMITS.images)
      throw new AssayError('limit', `${images.length + more.length} images (at most ${LIMITS.images})`);
    for (const image of more) images.push(image);
  };
  for (const file of listed(call, 'images')) add(linesOf((await readInput(file, '--images', io)).toString('utf8')));
  for (const file of listed(call, 'manifest')) {
    const { imagesInManifest } = await import('./kubernetes.ts');
    add(imagesInManifest((await readInput(file, '--manifest', io)).toString('utf8'), file));
  }
  for (const file of listed(call, 'dockerfile')) {
    const { imagesInDockerfile } = await import('./dockerfile.ts');
    const text = (await readInput(file, '--dockerfile', io)).toString('utf8');
    add(
      imagesInDockerfile(text, file, {
        buildArgs: options.list('build-arg'),
        baseImageOnly: options.flag('base-image-only'),
        env: io.env,
      }),
    );
  }
  for (const image of images) parseReference(image);
  return images;
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
