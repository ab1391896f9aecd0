import { Argument, Option } from 'commander';
import { parseReference } from '../../oci/reference.ts';
import type { CommandModule } from '../command.ts';
import { addCopyOptions, addOnlyOptions, onlyOf } from '../copy/options.ts';
import { addPlatformOption } from '../options/registry.ts';

/** `assay copy SOURCE DESTINATION`, as `cosign copy`, with referrers. */
export const command: CommandModule = {
  // How long it takes is the size of what is moved; what does not answer ends each request by itself.
  timeoutMs: 0,
  configure(command) {
    command.addArgument(new Argument('SOURCE', 'the image'));
    command.addArgument(new Argument('DESTINATION', 'where the copy goes: a name in a registry, or oci:FOLDER[:TAG]'));
    command.addOption(new Option('-f, --force', 'point the tag at the copy even when it means something else; replace SBOMs'));
    addOnlyOptions(command);
    addPlatformOption(command, 'copy only the image of this platform, and its evidence');
    addCopyOptions(command);
    command.addHelpText(
      'after',
      `
All evidence goes along: referrers (by the API and by the fallback tag), cosign's tags, of an index and of each image in it, and evidence about
evidence. What the destination has already is kept, and the tag is moved last: a copy that was stopped goes on when it is started again. Evidence in
COSIGN_REPOSITORY is read as well; all of it goes to the destination itself.

Exit codes: 0 copied, 1 the image is not there, 2 misuse, 3 something could not be read or written, 4 internal error.

Examples:
  assay copy registry.example/app:v1 mirror.example/app:v1
  assay copy registry.example/app:v1 oci:backup:v1
  assay copy --only sig,att registry.example/app:v1 mirror.example/app:v1`,
    );
  },
  async execute(call) {
    const { args, options } = call;
    const only = onlyOf(options);
    const to = parseReference(args[1] ?? '');
    const { runCopy, printCopied } = await import('../copy/run.ts');
    const copied = await runCopy(call, { from: args[0] ?? '', to, force: options.flag('force'), ...(only === undefined ? {} : { only }) });
    return printCopied(call, copied);
  },
};
