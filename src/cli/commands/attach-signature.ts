import { Argument, Option } from 'commander';
import { addSettleOption } from '../attach/settle.ts';
import type { CommandModule } from '../command.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay attach signature IMAGE`, as in cosign. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    for (const [flags, description] of [
      ['--signature <file>', 'the signature, base64 or raw; - for stdin'],
      ['--payload <file>', 'what the signature is over (default: what assay generate prints), or a Sigstore bundle'],
      ['--bundle <file>', 'a Sigstore bundle, which becomes a referrer'],
      ['--certificate <file>', "the signer's certificate, PEM"],
      ['--certificate-chain <file>', 'PEM of intermediates and root'],
      ['--tsr <file>', 'RFC 3161 response, DER'],
      ['--rekor-response <file>', "the log's entry: cosign's bundle file, or an answer of Rekor's API"],
      ['--key <key>', 'public key that the signature is checked with before it is attached'],
    ] as const)
      command.addOption(new Option(flags, description));
    addSettleOption(command);
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
The payload has to be about the image, and the signature that of the certificate or key, before anything is written.

Exit codes: 0 attached, 1 the parts do not belong together or the image is not there, 2 misuse, 3 the registry did not answer, 4 internal error.

Examples:
  assay generate registry.example/app:v1 > payload
  openssl dgst -sha256 -sign key.pem payload | base64 > payload.sig
  assay attach signature --payload payload --signature payload.sig --key key.pub registry.example/app:v1`,
    );
  },
  async execute(call) {
    const { attachSignature } = await import('../bundle/attach-signature.ts');
    return attachSignature(call);
  },
};
