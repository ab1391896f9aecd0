import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, chmod, constants, copyFile, lstat, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssayError, messageOf } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { inForce } from '../../rules.ts';
import type { PluginPin } from './pins.ts';
import { unavailable } from './unavailable.ts';

/** Where plugins are, and which of them may run. */
export interface Pinned {
  /** Holds `NAME/notation-NAME`. */
  readonly folder: string;
  readonly pins: readonly PluginPin[];
}

/** A private copy of a plugin's executable whose digest is pinned. */
export interface Executable {
  readonly path: string;
  /** The folder of the copy, where nothing else is. */
  readonly folder: string;
  readonly remove: () => Promise<void>;
}

/**
 * Copies the executable of a plugin to where nobody else writes, and hashes the copy: what was pinned is what runs, whatever happens to the
 * original meanwhile. Throws `plugin-unavailable`: there is none, it is no regular executable file (plugin-extensibility.md, "Plugin installation
 * path"), or its digest is not pinned.
 */
export async function pinnedExecutable(name: string, { folder, pins }: Pinned): Promise<Executable> {
  const original = join(folder, name, `notation-${name}`);
  await checkFile(name, original);
  const own = await mkdtemp(join(tmpdir(), 'assay-plugin-'));
  const remove = (): Promise<void> => rm(own, { recursive: true, force: true });
  try {
    const path = join(own, `notation-${name}`);
    await copyFile(original, path, constants.COPYFILE_EXCL);
    await chmod(path, 0o500);
    checkPin(name, original, await digestOfFile(path), pins);
    return { path, folder: own, remove };
  } catch (cause) {
    await remove();
    throw cause instanceof AssayError ? cause : unavailable(name, `cannot be read: ${messageOf(cause)}`, { cause });
  }
}

async function checkFile(name: string, path: string): Promise<void> {
  const found = await lstat(path).catch((cause: unknown) => {
    throw unavailable(
      name,
      `is not there: ${path} ${(cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'does not exist' : `cannot be read (${messageOf(cause)})`}`,
      {
        cause,
        hint: 'install the plugin of this name, or set NOTATION_LIBEXEC to where it is',
      },
    );
  });
  if (!found.isFile())
    throw unavailable(name, `does not run: ${path} is ${found.isSymbolicLink() ? 'a symbolic link' : 'no regular file'}`);
  if (found.size > LIMITS.pluginExecutableBytes)
    throw unavailable(name, `does not run: ${path} has ${found.size} bytes (at most ${LIMITS.pluginExecutableBytes})`);
  await access(path, constants.X_OK).catch((cause: unknown) => {
    throw unavailable(name, `does not run: ${path} is not executable`, { cause });
  });
}

function checkPin(name: string, path: string, digest: string, pins: readonly PluginPin[]): void {
  const wanted = pins.filter((p) => p.name === name).map((p) => p.digest);
  if (wanted.includes(digest) || !inForce('plugin-pin')) return;
  // In the message itself: it becomes the reason of a check.
  if (wanted.length === 0)
    throw unavailable(
      name,
      `is not pinned, so it does not run: it is a program that decides whom to trust, or that signs. If this is the one you want: --plugin-digest ${name}=${digest}`,
    );
  throw unavailable(name, `is not the one that is pinned: ${path} has the digest ${digest}, pinned is ${wanted.slice(0, 4).join(' or ')}`);
}

async function digestOfFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}
