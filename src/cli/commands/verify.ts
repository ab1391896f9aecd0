import { Argument, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';
import { collect } from '../options/common.ts';
import { refuseNotationNames } from '../options/notation-names.ts';
import { addNotedOption } from '../options/noted.ts';
import { refuseOption } from '../options/refused.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';
import { addNotationOptions, addPolicyOptions, addVerifyOptions } from '../verify/options.ts';
import { addSummaryOptions, summaryWanted } from '../verify/summary-flags.ts';

/** `assay verify IMAGE…`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('[IMAGE...]', 'the images'));
    addVerifyOptions(command);
    addPolicyOptions(command);
    addNotationOptions(command);
    refuseNotationNames(command);
    command.addOption(
      new Option('--scope <registry/repository>', "the scope that chooses the trust policy's statement, for layouts").helpGroup(
        'Notary Project signatures:',
      ),
    );
    addNotedOption(
      command,
      new Option('--max-signatures <n>', "notation's option; every signature is read").hideHelp(),
      'every signature is read, in the bounds of Assay',
    );
    command.addOption(new Option('--images <file>', 'a file with an image on each line; - is stdin').argParser(collect));
    command.addOption(new Option('--manifest <file>', 'every image of a Kubernetes YAML file; repeats').argParser(collect));
    command.addOption(new Option('--dockerfile <file>', 'every image that a Dockerfile builds on; repeats').argParser(collect));
    command.addOption(new Option('--build-arg <name=value>', 'value of an ARG for --dockerfile; repeats').argParser(collect));
    command.addOption(new Option('--base-image-only', 'with --dockerfile: only the base image of the last stage'));
    command.addOption(new Option('--local-image', "cosign's option: the argument is the path of an OCI layout"));
    refuseOption(command, '--certificate <file>', {
      reason: 'a certificate without identity proves nobody',
      hint: '--certificate-identity and --certificate-oidc-issuer, with --certificate-chain for an own CA',
    });
    refuseOption(command, '--payload <file>', {
      reason: 'detached payloads are not read',
      hint: 'assay verify-blob verifies a detached signature over a file',
    });
    refuseOption(command, '--signature <file>', {
      reason: 'detached signatures of images are not read',
      hint: 'assay verify-blob verifies a detached signature over a file',
    });
    refuseOption(command, '--attachment <name>', {
      reason: 'attached .sbom tags are unsigned',
      hint: 'verify-attestation verifies attested SBOMs',
    });
    addPlatformOption(command, 'the image of this platform and its own evidence, as linux/arm64; "all" asks it of every one');
    addSummaryOptions(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
Summaries (--emit-vsa, --attach-vsa) state PASSED or FAILED, signed. Give them a key or identity of their own: other verifiers may take whatever a key has
signed about an image for a signature of it (cosign 3 does). Of an inconclusive verdict, and of what a policy only let pass, none is made.

Exit codes: 0 verified, 1 not verified, 2 misuse, 3 could not find out, 4 internal error.

Examples:
  assay verify --key cosign.pub registry.example/app:v1
  assay verify --certificate-identity https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main \\
    --certificate-oidc-issuer https://token.actions.githubusercontent.com registry.example/app:v1
  assay verify --key a.pub --key b.pub --threshold 2 registry.example/app:v1
  assay verify --key cosign.pub --manifest deploy.yaml --output json
  assay verify --key cosign.pub --insecure-ignore-tlog oci:./layout
  assay verify --policy image-policy.yaml registry.example/app:v1
  assay verify --policy cluster-image-policy.yaml --manifest deploy.yaml
  assay verify --policy image-policy.yaml --emit-vsa vsa.json --vsa-key verifier.key --vsa-verifier-id https://verifier.example registry.example/app:v1
  assay verify --trust-policy trustpolicy.json --trust-store truststore registry.example/app:v1`,
    );
  },
  async execute(call) {
    const { imagesOf } = await import('../verify/image-list.ts');
    const images = await imagesOf(call);
    if (images.length === 0)
      throw new AssayError('usage-invalid', 'which image?', { hint: 'name one or more images, or --images, --manifest, --dockerfile' });
    const { questionOf } = await import('../verify/question.ts');
    const { verifyImages } = await import('../verify/images.ts');
    const { answer } = await import('../verify/answer.ts');
    const summary = summaryWanted(call);
    const question = await questionOf(call, 'signature');
    if (summary !== undefined) {
      const { verifyAndSummarize } = await import('../attest/summary/index.ts');
      return verifyAndSummarize(summary, question, () => verifyImages(images, question, call), call);
    }
    return answer('images', await verifyImages(images, question, call), call);
  },
};
