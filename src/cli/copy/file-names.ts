import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { TITLE } from '../attach/files.ts';
import { printable } from '../text/printable.ts';

/** A layer that is a file. */
export interface NamedLayer {
  readonly name: string;
  readonly descriptor: Descriptor;
}

/**
 * The layers that have a file name (`org.opencontainers.image.title`), when every name is one that stays in the folder, and no two of them mean the same file
 * on any file system. Whoever pushed the artifact chose them. Throws `input-invalid`, naming the first that does not.
 */
export function namedLayers(layers: readonly Descriptor[]): readonly NamedLayer[] {
  const named = layers.flatMap((descriptor) => {
    const name = descriptor.annotations?.get(TITLE);
    return name === undefined || name === '' ? [] : [{ name, descriptor }];
  });
  const taken = new Map<string, 'file' | 'folder'>();
  for (const { name } of named) {
    checkName(name);
    const parts = foldedParts(name);
    for (let n = 1; n <= parts.length; n++) {
      const path = parts.slice(0, n).join('/');
      const kind = n === parts.length ? 'file' : 'folder';
      const known = taken.get(path);
      if (known !== undefined && (known === 'file' || kind === 'file'))
        throw refused(name, 'another file has this name, or one that means the same');
      taken.set(path, kind);
    }
  }
  return named;
}

function checkName(name: string): void {
  if (name.length > LIMITS.fileNameLength) throw refused(name, `it is longer than ${LIMITS.fileNameLength} characters`);
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(name)) throw refused(name, 'it has characters that cannot be seen');
  if (name.startsWith('/') || name.startsWith('~') || /^[A-Za-z]:/.test(name)) throw refused(name, 'it is absolute');
  if (name.includes('\\')) throw refused(name, 'it has a backslash');
  for (const part of name.split('/')) {
    // Windows drops dots and spaces at the end of a name.
    if (/^[. ]*$/.test(part)) throw refused(name, 'it leads elsewhere');
    if (Buffer.byteLength(part) > 255) throw refused(name, 'a part of it is longer than 255 bytes');
  }
}

// File systems that fold case, compose characters or drop what a name ends with take different names for one file. In capitals first: small letters depend
// on what stands beside them, as the two of the sigma.
function foldedParts(name: string): readonly string[] {
  const folded = name.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKC');
  return folded.split('/').map((part) => part.replace(/[. ]+$/, ''));
}

function refused(name: string, why: string): AssayError {
  return new AssayError('input-invalid', `the artifact names a file "${printable(name, 200)}": ${why}`, {
    hint: 'nothing was written; assay blob prints a single file of it',
  });
}
