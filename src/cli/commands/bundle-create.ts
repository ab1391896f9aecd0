import { Option } from 'commander';
import type { CommandModule } from '../command.ts';
import { refuseSecurityKeys } from '../keys/options.ts';
import { SERVICE_ENVIRONMENT } from '../options/common.ts';

/** `assay bundle create`, as in cosign. */
export const command: CommandModule = {
  configure(command) {
    for (const [flags, description] of [
      ['--artifact <file>', 'what is signed: a file, - for stdin, or sha256:HEX'],
      ['--signature <file>', 'signature over it (base64 or raw)'],
      ['--attestation <file>', 'envelope (DSSE) with a statement about it'],
      ['--bundle <file>', "cosign 1 and 2's bundle file, in place of the other parts"],
      ['--certificate <file>', "the signer's certificate, PEM or base64 of it"],
      ['--key <key>', "the signer's public key"],
      ['--rfc3161-timestamp <file>', 'RFC 3161 response (DER, or as cosign writes it)'],
      ['--rekor-url <url>', 'Rekor v1 log that has the entry (default: https://rekor.sigstore.dev)'],
      ['--ignore-tlog', 'make the bundle without an entry of a log'],
      ['--out <file>', 'write the bundle to a file'],
      ['--offline', 'ask no log'],
    ] as const)
      command.addOption(new Option(flags, description));
    refuseSecurityKeys(command);
    command.addHelpText(
      'after',
      `${SERVICE_ENVIRONMENT}
The parts are checked to belong together: the signature has to be the key's or the certificate's, over the artifact. The entry of the log is looked up,
and its inclusion proof checked. Whether the certificate and the log are trusted ones is what assay verify-blob says.

Exit codes: 0 made, 1 the parts do not belong together, 2 misuse, 3 the log did not answer, 4 internal error.

Examples:
  assay bundle create --artifact app.tar --signature app.tar.sig --certificate app.tar.pem --out app.tar.sigstore.json
  assay bundle create --artifact app.tar --bundle app.tar.bundle --out app.tar.sigstore.json
  assay bundle create --artifact app.tar --signature app.tar.sig --key cosign.pub --ignore-tlog`,
    );
  },
  async execute(call) {
    const { createBundle } = await import('../bundle/create.ts');
    return createBundle(call);
  },
};
