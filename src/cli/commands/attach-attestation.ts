import { Argument, Option } from 'commander';
import { addSettleOption } from '../attach/settle.ts';
import type { CommandModule } from '../command.ts';
import { collect } from '../options/common.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay attach attestation IMAGE`, as in cosign. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    command.addOption(
      new Option('--attestation <file>', 'an envelope (DSSE), several one on a line, or a Sigstore bundle; repeats').argParser(collect),
    );
    command.addOption(new Option('--key <key>', 'public key that signatures are checked with before they are attached'));
    addSettleOption(command);
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
Envelopes go into cosign's tag sha256-….att, bundles become referrers. Every statement has to be about the image before anything is written.

Exit codes: 0 attached, 1 it is not about the image or the image is not there, 2 misuse, 3 the registry did not answer, 4 internal error.

Examples:
  assay attach attestation --attestation provenance.sigstore.json --attestation sbom.sigstore.json registry.example/app:v1
  assay attach attestation --attestation envelope.json --key key.pub registry.example/app:v1`,
    );
  },
  async execute(call) {
    const { attachAttestation } = await import('../bundle/attach-attestation.ts');
    return attachAttestation(call);
  },
};
