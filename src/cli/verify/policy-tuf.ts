import { AssayError } from '../../errors.ts';
import type { TufSource } from '../../policy/index.ts';
import { parseTrustedRoot, type TrustMaterial } from '../../trust/index.ts';
import { createTrustClient, privateTrustedRoot } from '../../trust/tuf/index.ts';
import type { Call } from '../command.ts';

/** The trusted root of a TUF repository that a policy names. `--offline` forbids mirrors, not archives. */
export async function tufRoot(source: TufSource, { io, options, signal }: Call): Promise<TrustMaterial> {
  const offline = options.has('offline') && options.flag('offline');
  if (offline && 'mirror' in source.from && !source.from.mirror.startsWith('file:'))
    throw new AssayError('offline', `--offline forbids asking ${source.from.mirror}, which a policy names`);
  const client = createTrustClient({ env: io.env, home: io.home });
  try {
    return parseTrustedRoot(await privateTrustedRoot({ ...source, fetch: client.fetch, signal }));
  } finally {
    await client.close();
  }
}
