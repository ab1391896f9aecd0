import { parseTrustedRoot, type TrustMaterial } from '../../trust/index.ts';
import type { Call } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { readInput } from '../verify/files.ts';

/** The trusted root that was given, else the public good instance's; `atHand`: as it is on disk or in Assay, without asking anybody. */
export async function rootOf({ io, options, out, signal }: Call, atHand: boolean): Promise<TrustMaterial> {
  const given = options.text('trusted-root');
  if (given !== undefined) return parseTrustedRoot((await readInput(given, 'trusted root', io)).toString('utf8'));
  const age = options.text('max-trust-age');
  const { publicGoodRoot } = await import('../../trust/tuf/index.ts');
  const source = await publicGoodRoot({
    env: io.env,
    home: io.home,
    offline: atHand || options.flag('offline'),
    now: io.now().getTime(),
    signal,
    ...(age === undefined ? {} : { maxTrustAgeMs: parseDuration(age, '--max-trust-age') }),
  });
  for (const w of source.warnings) out.warn(w.code, w.message);
  return parseTrustedRoot(source.json);
}
