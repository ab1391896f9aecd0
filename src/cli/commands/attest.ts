import { Argument, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import { addBuildOptions, BUILD_ENVIRONMENT } from '../attest/from-ci.ts';
import type { CommandModule } from '../command.ts';
import { KEY_REFERENCES, KEY_VARIABLES } from '../keys/options.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';
import { addIdentityOptions } from '../sign/identity-flags.ts';
import { addImageOptions, addPredicateOptions, addSignerOptions } from '../sign/options.ts';
import { addServiceOptions } from '../sign/service-flags.ts';

/** `assay attest --predicate FILE --type TYPE IMAGE…`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('[IMAGE...]', 'the images, in a registry or as oci:FOLDER'));
    addPredicateOptions(command);
    addBuildOptions(command);
    addSignerOptions(command);
    addIdentityOptions(command);
    addServiceOptions(command);
    addImageOptions(command, 'attestation');
    command.addOption(new Option('--no-upload', 'print the attestation instead of writing it to the registry'));
    command.addOption(new Option('--replace', "take away this signer's older attestations of the type"));
    addPlatformOption(command, 'attest about the image of this platform in an index, as linux/arm64, instead of the index');
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `${KEY_VARIABLES}
${KEY_REFERENCES}
${BUILD_ENVIRONMENT}
Exit codes: 0 attested or kept, 1 what was signed does not verify, 2 misuse, 3 a registry or service did not answer, 4 internal error.

Examples:
  assay attest --key cosign.key --type cyclonedx --predicate sbom.cdx.json registry.example/app:v1
  assay attest --type slsaprovenance1 --predicate provenance.json registry.example/app@sha256:…
  syft registry.example/app:v1 -o spdx-json | assay attest --key cosign.key --type spdxjson --predicate - --replace registry.example/app:v1
  assay attest --from-ci --parameter release=v1.2 registry.example/app@sha256:…
  assay attest --key cosign.key --statement statement.json registry.example/app:v1`,
    );
  },
  async execute(call) {
    const [{ attestationTask, uploads }, { signImages, formOf }, { reportSigned }] = await Promise.all([
      import('../sign/attestation-task.ts'),
      import('../sign/images.ts'),
      import('../sign/report.ts'),
    ]);
    const { options } = call;
    if (formOf(call) === 'bundle' && options.given('record-creation-timestamp'))
      throw new AssayError('usage-invalid', "--record-creation-timestamp is about cosign's tags, and a bundle is made", {
        hint: '--format cosign-tag',
      });
    const reports = await signImages(await attestationTask(call), call);
    const printed =
      !uploads(call) && !options.given('bundle') && call.out.format === 'text' && reports.every((r) => r.outcome !== 'failed');
    if (printed) return 0;
    return reportSigned(reports, { schema: 'assay/sign/v1', list: 'images', done: 'attested' }, call);
  },
};
