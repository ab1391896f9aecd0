import { Argument, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';
import { DONE } from '../exit-codes.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';
import { isStructured } from '../output/output.ts';
import { addNotationSources, addPolicyOptions } from '../verify/options.ts';

/** `assay policy explain IMAGE --policy FILE`: which policies are about an image, what each part found, and what would satisfy it. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('<IMAGE>', 'the image'));
    addPolicyOptions(command);
    command.addOption(new Option('--trusted-root <file>', 'trusted_root.json in place of the public good instance'));
    addNotationSources(command);
    addPlatformOption(command, 'the image of this platform and its own evidence');
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
Exit code 0 whatever the decision: it explains, verify decides. 1 when the image is not there, 3 when the registry did not answer.

Examples:
  assay policy explain --policy image-policy.yaml registry.example/app:v1
  assay policy explain --policy cluster-image-policy.yaml --resource pod.yaml registry.example/app:v1 --output json`,
    );
  },
  async execute(call) {
    const { options, out, args } = call;
    if (options.list('policy').length === 0) throw new AssayError('usage-invalid', 'which policy?', { hint: '--policy FILE' });
    const [{ imagesOf }, { questionOf }, { verdictOf }, { subjectOf }, { explainImage, explainText }, { openImage }] = await Promise.all([
      import('../verify/image-list.ts'),
      import('../verify/question.ts'),
      import('../verify/images.ts'),
      import('../verify/judge.ts'),
      import('../policy/explain.ts'),
      import('../image.ts'),
    ]);
    const [asked] = await imagesOf(call);
    const question = await questionOf(call, 'signature');
    if (asked === undefined || !('policies' in question.asked)) throw new AssayError('internal', `no policies for ${args.join(' ')}`);
    const image = await openImage(asked.text, options, call);
    const explained = await explainImage(subjectOf(image, asked, call), question.asked.policies, (r) =>
      verdictOf(image, r, question, call),
    );
    if (isStructured(out.format)) await out.result({ schema: 'assay/policy-explain/v1', ...explained, warnings: out.warnings, errors: [] });
    else out.print(explainText(explained, out));
    return DONE;
  },
};
