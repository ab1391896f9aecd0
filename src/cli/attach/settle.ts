import { type Command, Option } from 'commander';
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
      .argParser((text) => parseDuration(text, '--settle-time'))
      .default(undefined, `twice the slowest write seen, ${least} at least`),
  );
}
