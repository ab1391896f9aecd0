import { Argument, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';
import { collect } from '../options/common.ts';
import { refuseOption } from '../options/refused.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';
import { addVerifyOptions } from '../verify/options.ts';
import { addSummaryOptions, summaryWanted } from '../verify/summary-flags.ts';

/** `assay verify-attestation --type TYPE IMAGE…`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('[IMAGE...]', 'the images'));
    command.addOption(
      new Option(
        '--type <type>',
        'predicate type: slsaprovenance, slsaprovenance1, link, spdx, cyclonedx, vuln, openvex, vsa, custom or a URI',
      ).default('custom'),
    );
    addVerifyOptions(command);
    command.addOption(new Option('--images <file>', 'a file with an image on each line; - is stdin').argParser(collect));
    command.addOption(new Option('--local-image', "cosign's option: the argument is the path of an OCI layout"));
    command.addOption(
      new Option('--policy <file>', 'CUE or Rego file that every verified attestation of the type has to satisfy; repeats').argParser(
        collect,
      ),
    );
    refuseOption(command, '--certificate <file>', { reason: 'a certificate without identity proves nobody' });
    addPlatformOption(command, 'the image of this platform and its own evidence, as linux/arm64; "all" asks it of every one');
    addSummaryOptions(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
Examples:
  assay verify-attestation --type slsaprovenance1 --key cosign.pub registry.example/app:v1
  assay verify-attestation --type cyclonedx --certificate-identity dev@acme.example \\
    --certificate-oidc-issuer https://accounts.google.com registry.example/app:v1 --output json`,
    );
  },
  async execute(call) {
    const { imagesOf } = await import('../verify/image-list.ts');
    const images = await imagesOf(call);
    if (images.length === 0) throw new AssayError('usage-invalid', 'which image?', { hint: 'name one or more images' });
    const { questionOf } = await import('../verify/question.ts');
    const { verifyImages } = await import('../verify/images.ts');
    const { answer } = await import('../verify/answer.ts');
    const summary = summaryWanted(call);
    const question = await questionOf(call, 'attestation');
    if (summary !== undefined) {
      const { verifyAndSummarize } = await import('../attest/summary/index.ts');
      return verifyAndSummarize(summary, question, () => verifyImages(images, question, call), call);
    }
    return answer('images', await verifyImages(images, question, call), call);
  },
};
