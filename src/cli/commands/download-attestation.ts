import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { download } from '../download/collect.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay download attestation IMAGE`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    command.addOption(new Option('--predicate-type <type>', 'only this predicate type: a URI, or a short name as slsaprovenance1, spdx'));
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      '\nPrints one DSSE envelope or bundle a line, unverified; assay verify-attestation verifies.\n\nExamples:\n  assay download attestation registry.example/app:v1 | jq -r .payload | base64 -d\n  assay download attestation --predicate-type slsaprovenance1 registry.example/app:v1',
    );
  },
  async execute(call) {
    const { wantedPredicateType } = await import('../../attestation/index.ts');
    const type = call.options.text('predicate-type');
    const wanted = type === undefined ? undefined : wantedPredicateType(type);
    const { attestationsIn } = await import('../download/attestation.ts');
    return download(call, type === undefined ? 'attestation' : `attestation of the type ${type}`, (artifact) =>
      attestationsIn(artifact, wanted, call.signal),
    );
  },
};
