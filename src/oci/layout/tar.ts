import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { type LayoutFiles, readPieces, readSome } from './files.ts';
import { type ExtendedHeader, NO_EXTENSION, parseExtended, parseTarHeader, TAR_BLOCK, type TarHeader } from './tar-header.ts';

interface Place {
  readonly start: number;
  readonly size: number;
}

/**
 * The plain files of a tar archive (POSIX.1-2017 pax, "ustar Interchange Format"; GNU long names), found once and read in place:
 * nothing is extracted, so no name in the archive becomes a path. Links and devices do not count as files. A name that occurs
 * twice has two contents, and is refused when it is asked for. Throws `file-unreadable`, `layout-invalid`, `unsupported`, `limit`.
 */
export async function archiveFiles(path: string): Promise<LayoutFiles> {
  const label = `oci-archive:${path}`;
  const places = await withArchive(path, (file) => placesOf(file, label));

  function placeOf(name: string): Place | undefined {
    const place = places.get(name);
    if (place === 'twice') throw new AssayError('layout-invalid', `${name} is twice in ${label}`);
    return place;
  }

  return {
    label,
    size: async (name) => placeOf(name)?.size,
    async read(name, most) {
      const place = placeOf(name);
      return place === undefined ? undefined : withArchive(path, (file) => readSome(file, place.start, Math.min(place.size, most)));
    },
    async *pieces(name) {
      const place = placeOf(name);
      if (place === undefined) throw new AssayError('not-found', `${name} is not in ${label}`);
      const file = await openArchive(path);
      try {
        yield* readPieces(file, place.start, place.size);
      } finally {
        await file.close();
      }
    },
    async list(folder, most) {
      const names = [...places.keys()].filter((n) => n.startsWith(`${folder}/`)).map((n) => n.slice(folder.length + 1));
      if (names.length > most) throw new AssayError('limit', `${folder} of ${label} has more than ${most} entries`);
      return names;
    },
    close: () => Promise.resolve(),
  };
}

// Opened for each piece, so that a store that nobody closes holds no file open.
async function withArchive<T>(path: string, use: (file: FileHandle) => Promise<T>): Promise<T> {
  const file = await openArchive(path);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
}

async function openArchive(path: string): Promise<FileHandle> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (cause) {
    throw new AssayError('file-unreadable', `cannot read the archive ${path}`, { cause });
  }
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new AssayError('file-unreadable', `the archive ${path} is no file`, { hint: 'a layout in a folder is oci:PATH' });
}

async function placesOf(file: FileHandle, label: string): Promise<ReadonlyMap<string, Place | 'twice'>> {
  const end = (await file.stat()).size;
  const places = new Map<string, Place | 'twice'>();
  let extension: ExtendedHeader = NO_EXTENSION;
  for (let at = 0, n = 0; at + TAR_BLOCK <= end; n++) {
    if (n >= LIMITS.tarEntries) throw new AssayError('limit', `${label} has more than ${LIMITS.tarEntries} entries`);
    const block = await readSome(file, at, TAR_BLOCK);
    if (n === 0) checkMagic(block, label);
    const header = parseTarHeader(block, label);
    if (header === undefined) break;
    const size = (header.type === 'file' ? extension.size : undefined) ?? header.size;
    const start = at + TAR_BLOCK;
    if (start + size > end) throw new AssayError('layout-invalid', `${label} ends in the middle of an entry`);
    at = start + Math.ceil(size / TAR_BLOCK) * TAR_BLOCK;
    if (header.type === 'extended' || header.type === 'long-name') {
      extension = { ...extension, ...(await readExtension(file, header, start, label)) };
      continue;
    }
    if (header.type === 'file') note(places, plainName(extension.path ?? header.name), { start, size });
    if (header.type !== 'ignored-header') extension = NO_EXTENSION;
  }
  return places;
}

async function readExtension(file: FileHandle, header: TarHeader, start: number, label: string): Promise<ExtendedHeader> {
  if (header.size > LIMITS.tarHeaderBytes)
    throw new AssayError('limit', `${label} has a header of ${header.size} bytes (at most ${LIMITS.tarHeaderBytes})`);
  const bytes = await readSome(file, start, header.size);
  return header.type === 'long-name' ? { path: bytes.toString('utf8').replace(/\0.*$/s, '') } : parseExtended(bytes, label);
}

function note(places: Map<string, Place | 'twice'>, name: string, place: Place): void {
  places.set(name, places.has(name) ? 'twice' : place);
}

function plainName(name: string): string {
  return name.replace(/^(?:\.\/+)+/, '');
}

function checkMagic(block: Buffer, label: string): void {
  const compressed = (block[0] === 0x1f && block[1] === 0x8b) || block.subarray(0, 4).equals(Buffer.from([0x28, 0xb5, 0x2f, 0xfd]));
  if (compressed) throw new AssayError('unsupported', `${label} is compressed`, { hint: 'decompress it first: gunzip or unzstd' });
}
