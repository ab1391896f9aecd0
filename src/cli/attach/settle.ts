import { type Command, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { formatDuration, parseDuration } from '../duration.ts';

/** `--settle-time` of commands that write to lists which others write as well; `openWritableStores` reads it. */
export function addSettleOption(command: Command): void {
  const least = formatDuration(LIMITS.tagSettleMs);
  command.addOption(
    new Option(
      '--settle-time <duration>',
      'how long an entry has to stand in a list of a registry without referrers API before it counts as written',
    )
      .argParser((text) => {
        const ms = parseDuration(text, '--settle-time');
        if (ms > 0) return ms;
        throw new AssayError('usage-invalid', '--settle-time 0 would call written what another writer may take away in the same moment', {
          hint: `leave it away: ${least} at least, and longer where a registry is slow`,
        });
      })
      .default(undefined, `twice the slowest write seen, ${least} at least`),
  );
}
