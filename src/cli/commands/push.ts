import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { collect } from '../options/common.ts';
import { addRegistryOptions } from '../options/registry.ts';

/** `assay push REFERENCE FILE[:TYPE]…`, as `oras push`. */
export const command: CommandModule = {
  // How long it takes is the size of what is moved; what does not answer ends each request by itself.
  timeoutMs: 0,
  configure(command) {
    command.addArgument(new Argument('REFERENCE', 'the name of the artifact, with a tag; or oci:FOLDER:TAG'));
    command.addArgument(new Argument('FILE[:TYPE]...', 'files, each with its media type').argOptional());
    command.addOption(new Option('--artifact-type <type>', 'what the files are, as a media type'));
    command.addOption(new Option('-a, --annotation <name=value>', 'annotation of the artifact; repeats').argParser(collect));
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `  SOURCE_DATE_EPOCH                   when the artifact says that it was made

The tag is pointed at the artifact last, whatever it meant before. Files without a type are application/vnd.oci.image.layer.v1.tar, as with oras.

Exit codes: 0 pushed, 2 misuse, 3 something could not be written, 4 internal error.

Examples:
  assay push registry.example/reports:v1 report.json:application/json
  assay push --artifact-type application/vnd.example.docs.v1 -a team=web registry.example/docs:v1 a.md b.md`,
    );
  },
  async execute(call) {
    const { pushFiles } = await import('../copy/push.ts');
    return pushFiles(call);
  },
};
