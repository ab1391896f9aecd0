import { type Command, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import type { EvidenceChoice } from '../../oci/copy/index.ts';
import { addSettleOption } from '../attach/settle.ts';
import { collectCommas } from '../options/common.ts';
import { addRegistryOptions } from '../options/registry.ts';
import type { Values } from '../values.ts';

const CHOICES: readonly EvidenceChoice[] = ['sig', 'att', 'sbom', 'referrers'];

/** The options of every command that copies. */
export function addCopyOptions(command: Command): void {
  command.addOption(
    new Option('--recursive-evidence', 'evidence about evidence as well; --no-recursive-evidence leaves it out').default(true),
  );
  addSettleOption(command);
  addRegistryOptions(command);
}

/** `--only`, `--sig-only`: which evidence is copied. */
export function addOnlyOptions(command: Command): void {
  command.addOption(
    new Option('--only <kinds>', `copy only this evidence, and move no tag: ${CHOICES.join(', ')}; repeats, or with commas`).argParser(
      collectCommas,
    ),
  );
  command.addOption(new Option('--sig-only', "cosign's name for --only sig"));
}

/** The kinds that were asked for; `undefined` for all. Throws `usage-invalid`. */
export function onlyOf(options: Values): ReadonlySet<EvidenceChoice> | undefined {
  const asked = [...options.list('only'), ...(options.flag('sig-only') ? ['sig'] : [])];
  if (asked.length === 0) return undefined;
  return new Set(
    asked.map((text) => {
      const choice = CHOICES.find((c) => c === text.trim());
      if (choice === undefined)
        throw new AssayError('usage-invalid', `--only ${text.slice(0, 60)}: one of ${CHOICES.join(', ')} is expected`);
      return choice;
    }),
  );
}
