import { Argument, Option } from 'commander';
import { SBOM_FORMATS, SBOM_TYPES } from '../attach/sbom-type.ts';
import { addSettleOption } from '../attach/settle.ts';
import type { CommandModule } from '../command.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay attach sbom IMAGE --sbom FILE`, as `cosign attach sbom`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    command.addOption(new Option('--sbom <file>', 'the SBOM; - is stdin'));
    command.addOption(new Option('--type <type>', 'its kind').choices([...SBOM_TYPES]).default(undefined, 'what it is'));
    command.addOption(new Option('--input-format <format>', 'its form').choices([...SBOM_FORMATS]).default(undefined, 'what it is'));
    command.addOption(
      new Option('--format <format>', "cosign's tag sha256-….sbom, or a referrer (OCI 1.1)").choices(['tag', 'referrer']).default('tag'),
    );
    addSettleOption(command);
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
Nobody signs an SBOM by attaching it. assay attest --type spdx --predicate FILE signs one.

Exit codes: 0 attached, 1 the image is not there, 2 misuse, 3 the registry did not answer, 4 internal error.

Examples:
  assay attach sbom --sbom app.spdx.json registry.example/app:v1
  assay attach sbom --sbom app.cdx.json --format referrer registry.example/app:v1`,
    );
  },
  async execute(call) {
    const { attachSbom } = await import('../attach/sbom.ts');
    return attachSbom(call);
  },
};
