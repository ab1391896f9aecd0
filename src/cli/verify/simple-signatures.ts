import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import {
  lookasideFor,
  parseRegistriesD,
  type RegistriesD,
  readLookaside,
  readSignaturesExtension,
  type SignatureSource,
} from '../../oci/lookaside/index.ts';
import type { RegistryReference } from '../../oci/reference.ts';
import type { Call } from '../command.ts';
import type { Image } from '../image.ts';
import { clientOf } from '../registry.ts';

/**
 * Where simple signatures of an image are looked for, as containers/image does: in the registry itself where it keeps them, else in the lookaside
 * that registries.d names. Nothing is read before it is asked. None for images outside registries, of which nobody keeps any.
 */
export function simpleSignatureSources(image: Pick<Image, 'reference' | 'text'>, call: Call): readonly SignatureSource[] {
  const { reference } = image;
  if (reference.kind !== 'registry') return [];
  const name = `${reference.registry}/${reference.repository}`;
  // A digest is what the image is called by, whatever tag stands beside it.
  const end = reference.digest === undefined ? `:${reference.tag ?? 'latest'}` : `@${reference.digest}`;
  return [
    {
      label: `${name}${end}`,
      name: 'simple signatures',
      async *list(digest, signal) {
        const kept = await readSignaturesExtension(await repository(reference, call), digest, signal);
        if (kept !== undefined) return yield* kept;
        const base = lookasideFor(await registriesD(call), name, end) ?? defaultPlace(call);
        yield* readLookaside(base, reference.repository, digest, { client: await lookasideClient(base, reference, call), signal });
      },
    },
  ];
}

async function repository(reference: RegistryReference, { options, io }: Call): Promise<Parameters<typeof readSignaturesExtension>[0]> {
  return { client: await clientOf(options, io, reference.registry), registry: reference.registry, name: reference.repository };
}

// Another host gets none of the credentials and exceptions that are the registry's.
async function lookasideClient(base: string, reference: RegistryReference, { options, io }: Call): ReturnType<typeof clientOf> {
  const offline = options.has('offline') && options.flag('offline');
  if (offline && !base.startsWith('file:') && new URL(base).host !== reference.registry)
    throw new AssayError('offline', `--offline forbids asking the lookaside ${base}, which registries.d names`);
  const { createRegistryClient } = await import('../../oci/registry/client.ts');
  return createRegistryClient({ env: io.env, ...(offline ? { namedOnly: true } : {}) });
}

/** The folder of the user, or where there is none that of the system (containers-registries.d.5). */
async function registriesD({ io }: Call): Promise<RegistriesD> {
  const own = join(io.home, '.config', 'containers', 'registries.d');
  const folder = (await names(own)) === undefined ? '/etc/containers/registries.d' : own;
  const files = ((await names(folder)) ?? []).filter((n) => n.endsWith('.yaml')).sort();
  if (files.length > LIMITS.registriesFiles) throw new AssayError('limit', `${folder} has more than ${LIMITS.registriesFiles} files`);
  return parseRegistriesD(await Promise.all(files.map(async (n) => ({ name: join(folder, n), text: await read(join(folder, n)) }))));
}

async function names(folder: string): Promise<readonly string[] | undefined> {
  try {
    return await readdir(folder);
  } catch (cause) {
    if ((cause as { code?: unknown }).code === 'ENOENT') return undefined;
    throw new AssayError('file-unreadable', `cannot read the folder ${folder}`, { cause });
  }
}

async function read(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > LIMITS.registriesFileBytes)
      throw new AssayError('limit', `${file} has ${size} bytes (at most ${LIMITS.registriesFileBytes})`);
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    throw new AssayError('file-unreadable', `cannot read ${file}`, { cause });
  }
}

/** Where containers/image writes when nothing is configured. */
function defaultPlace({ io }: Call): string {
  const folder = process.getuid?.() === 0 ? '/var/lib/containers/sigstore' : join(io.home, '.local/share/containers/sigstore');
  return pathToFileURL(folder).href;
}
