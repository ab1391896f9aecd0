import { Argument, Option } from 'commander';
import { addSettleOption } from '../attach/settle.ts';
import type { CommandModule } from '../command.ts';
import { collect } from '../options/common.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay attach artifact IMAGE FILE[:TYPE]…`, as `oras attach`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    command.addArgument(new Argument('FILE[:TYPE]...', 'files, each with its media type').argOptional());
    command.addOption(new Option('--artifact-type <type>', 'what the files are, as a media type'));
    command.addOption(new Option('-a, --annotation <name=value>', 'annotation of the artifact; repeats').argParser(collect));
    addSettleOption(command);
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `  SOURCE_DATE_EPOCH                   when the artifact says that it was made

The files become one artifact that refers to the image: it is found by the referrers API, or by the fallback tag where the registry has none.
Nobody signs it by that. Files of type FILE are application/vnd.oci.image.layer.v1.tar, as with oras.

Exit codes: 0 attached, 1 the image is not there, 2 misuse, 3 the registry did not answer, 4 internal error.

Examples:
  assay attach artifact --artifact-type application/vnd.example.report.v1 registry.example/app:v1 report.json:application/json
  assay attach artifact --artifact-type application/vnd.example.docs.v1 -a team=web registry.example/app:v1 a.md b.md`,
    );
  },
  async execute(call) {
    const { attachArtifact } = await import('../attach/artifact.ts');
    return attachArtifact(call);
  },
};
