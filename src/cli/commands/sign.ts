import { Argument } from 'commander';
import type { CommandModule } from '../command.ts';
import { KEY_REFERENCES, KEY_VARIABLES } from '../keys/options.ts';
import { refuseNotationNames } from '../options/notation-names.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';
import { addIdentityOptions } from '../sign/identity-flags.ts';
import { addNotationSignOptions, asksNotation, checkNotationSignFlags } from '../sign/notation-flags.ts';
import { addImageOptions, addPayloadOptions, addSignerOptions } from '../sign/options.ts';
import { addServiceOptions } from '../sign/service-flags.ts';

/** `assay sign IMAGE…`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('[IMAGE...]', 'the images, in a registry or as oci:FOLDER'));
    addSignerOptions(command);
    addIdentityOptions(command);
    addServiceOptions(command);
    addPayloadOptions(command);
    addImageOptions(command, 'signature');
    addNotationSignOptions(command);
    refuseNotationNames(command);
    addPlatformOption(command, 'sign the image of this platform in an index, as linux/arm64, instead of the index');
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `${KEY_VARIABLES}
${KEY_REFERENCES}

What is signed is verified as assay verify does it before anything is written. A signature of the same signer with the same claims is kept.

Exit codes: 0 signed or kept, 1 what was signed does not verify, 2 misuse, 3 a registry or service did not answer, 4 internal error.

Examples:
  assay sign --key cosign.key registry.example/app:v1
  assay sign registry.example/app@sha256:…
    (keyless: with a token of the CI, or by browser)
  assay sign --key awskms:///alias/release --recursive -a git=$COMMIT registry.example/app:v1
  assay sign --key cosign.key --format cosign-tag --tlog-upload=false registry.example/app:v1
  assay sign --key key.pem --certificate-chain chain.pem --format notation registry.example/app:v1
  assay sign --key cosign.key --upload=false --bundle app.sigstore.json registry.example/app:v1`,
    );
  },
  async execute(call) {
    checkNotationSignFlags(call);
    const { reportSigned } = await import('../sign/report.ts');
    const words = { schema: 'assay/sign/v1', list: 'images', done: 'signed' } as const;
    if (asksNotation(call)) {
      const { signNotationImages } = await import('../sign/notation-images.ts');
      return reportSigned(await signNotationImages(call), words, call);
    }
    const { signatureTask } = await import('../sign/signature-task.ts');
    const { signImages } = await import('../sign/images.ts');
    return reportSigned(await signImages(await signatureTask(call), call), words, call);
  },
};
