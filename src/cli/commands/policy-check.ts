import { Argument, Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { DONE, NO } from '../exit-codes.ts';
import { isStructured } from '../output/output.ts';
import { addTrustStoreOption } from '../verify/options.ts';

/** `assay policy check FILE…`: whether policies compile. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('<FILE...>', 'policies of any dialect, recognised by their content; - is stdin'));
    command.addOption(new Option('--trusted-root <file>', 'trusted_root.json in place of the public good instance'));
    addTrustStoreOption(command);
    command.addOption(new Option('--offline', 'ask nothing of the network; what a policy refers to there is an error'));
    command.addHelpText(
      'after',
      `
Compiles everything: fields, keys, certificates, regular expressions, and texts in CEL, CUE and Rego. Secrets, ConfigMaps and TrustRoots come from
further documents in the files.

Exit codes: 0 all compile, 1 some do not, 2 misuse.

Examples:
  assay policy check image-policy.yaml
  assay policy check policies/*.yaml --output json`,
    );
  },
  async execute(call) {
    const { compileFiles } = await import('../verify/policies.ts');
    const { checkJson, checkText } = await import('../policy/check.ts');
    const { files } = await compileFiles(call.args, call, true);
    if (isStructured(call.out.format)) await call.out.result(checkJson(files));
    else call.out.print(checkText(files, call.out));
    return files.every((f) => f.errors.length === 0) ? DONE : NO;
  },
};
