import { toAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { ImageSigned } from '../../sign/index.ts';
import { inParallel } from '../attached/parallel.ts';
import type { Call } from '../command.ts';
import type { SignedReport } from './report.ts';
import { referencesOf, type Target, targetsOf } from './targets.ts';

/** What signing one target comes to. */
export type TargetSigned = Pick<ImageSigned, 'outcome' | 'pieces'> & Pick<SignedReport, 'replaced' | 'files'>;

/** Signs every image of a command line, a bounded number at the same time; what goes wrong with one is that one's answer and keeps no other from being signed. */
export async function eachTarget(
  upload: boolean,
  call: Call,
  sign: (target: Target, several: boolean) => Promise<TargetSigned>,
): Promise<readonly SignedReport[]> {
  const { options, out } = call;
  const recursive = options.flag('recursive');
  const groups = await inParallel(referencesOf(call), LIMITS.imagesInFlight, async (text): Promise<readonly (Target | SignedReport)[]> => {
    try {
      return await targetsOf(text, { upload, recursive }, call);
    } catch (error) {
      return [failed({ reference: text, digest: undefined, platform: undefined }, error)];
    }
  });
  const all = groups.flat();
  const inTurn = oneAfterTheOther();
  let done = 0;
  const reports = await inParallel(all, LIMITS.imagesInFlight, async (target): Promise<SignedReport> => {
    if ('outcome' in target) return target;
    const about = { reference: target.reference, digest: target.image.descriptor.digest, platform: target.platform };
    try {
      return { ...about, ...(await inTurn(`${target.store?.label} ${about.digest}`, () => sign(target, all.length > 1))) };
    } catch (error) {
      return failed(about, error);
    } finally {
      done++;
      if (all.length > 1) out.progress(`${done} of ${all.length} images`);
    }
  });
  out.progress(undefined);
  return reports;
}

/** Work about one thing waits for what is under way about it: two names of one image are signed once, the second finds what the first has written. */
function oneAfterTheOther(): <T>(about: string, work: () => Promise<T>) => Promise<T> {
  const turns = new Map<string, Promise<unknown>>();
  return (about, work) => {
    const mine = (turns.get(about) ?? Promise.resolve()).then(work);
    turns.set(
      about,
      mine.catch(() => {}),
    );
    return mine;
  };
}

function failed(about: Pick<SignedReport, 'reference' | 'digest' | 'platform'>, error: unknown): SignedReport {
  return { ...about, outcome: 'failed', pieces: [], error: toAssayError(error) };
}
