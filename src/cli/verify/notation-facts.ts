import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Facts } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { pairsOf } from './demands.ts';
import { readInput } from './files.ts';
import { notationFolders } from './notation-folders.ts';

type Revocation = NonNullable<Facts['revocation']>;

/**
 * What Notary Project signatures may need from outside: whether certificates are revoked (from `--revocation-dir`, what notation has kept, and the
 * network unless `--offline`), and verification plugins that are pinned by their digest. Throws what is misuse.
 */
export async function notationFacts(call: Call): Promise<Facts> {
  const [revocation, plugins] = await Promise.all([revocationOf(call), pluginsOf(call)]);
  return { revocation, plugins };
}

/** The sources are opened with the first question, unless files are named that may not be there. */
async function revocationOf({ options, io }: Call): Promise<Revocation> {
  const folders = options.has('revocation-dir') ? options.list('revocation-dir') : [];
  const offline = options.has('offline') && options.flag('offline');
  let opened: Promise<Revocation> | undefined;
  const open = (): Promise<Revocation> => {
    opened ??= openRevocation(folders, offline, io);
    return opened;
  };
  if (folders.length > 0) await open();
  return async (chain, asked) => (await open())(chain, asked);
}

async function openRevocation(folders: readonly string[], offline: boolean, io: Call['io']): Promise<Revocation> {
  const { checkRevocation, combineRevocation, createRevocationCache, fileRevocation, networkRevocation, notationCrlCache } = await import(
    '../../trust/revocation/index.ts'
  );
  const { lists } = notationFolders(io);
  const source = combineRevocation(
    ...folders.map((folder) => fileRevocation(resolve(io.cwd, folder))),
    ...(existsSync(lists) ? [notationCrlCache(lists)] : []),
    ...(offline ? [] : [networkRevocation({ env: io.env })]),
  );
  const cache = createRevocationCache();
  return (chain, asked) => checkRevocation(chain, { ...asked, source, cache });
}

async function pluginsOf(call: Call): Promise<NonNullable<Facts['plugins']>> {
  const { options, io } = call;
  const { createPluginHost, parsePin, parsePins } = await import('../../trust/notation-plugin/index.ts');
  const texts = (name: string): readonly string[] => (options.has(name) ? options.list(name) : []);
  const files = await Promise.all(
    texts('plugin-pins').map(async (file) => parsePins((await readInput(file, 'plugin pins', io)).toString('utf8'), file)),
  );
  return createPluginHost({
    folder: notationFolders(io).plugins,
    pins: [...texts('plugin-digest').map((text) => parsePin(text)), ...files.flat()],
    config: pairsOf(texts('plugin-config'), '--plugin-config'),
    env: io.env,
    home: io.home,
  });
}
