import { Argument, Option } from 'commander';
import { IN_TOTO_PAYLOAD } from '../../attestation/index.ts';
import { AssayError } from '../../errors.ts';
import { addBuildOptions, BUILD_ENVIRONMENT } from '../attest/from-ci.ts';
import type { CommandModule } from '../command.ts';
import { KEY_REFERENCES, KEY_SERVICE_ENVIRONMENT } from '../keys/options.ts';
import { addOfflineOption } from '../options/registry.ts';
import { addIdentityOptions } from '../sign/identity-flags.ts';
import { addBlobOutputOptions, addPredicateOptions, addSignerOptions } from '../sign/options.ts';
import { addServiceOptions } from '../sign/service-flags.ts';

/** `assay attest-blob --predicate FILE --type TYPE FILE`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('[FILE...]', 'the files, of any size; - is stdin'));
    addPredicateOptions(command);
    addBuildOptions(command);
    command.addOption(new Option('--hash <hex>', "the file's SHA-256, instead of the file"));
    addSignerOptions(command);
    addIdentityOptions(command);
    addServiceOptions(command);
    addBlobOutputOptions(command, 'rfc3161-timestamp-bundle');
    command.addOption(new Option('--output-attestation <file>', 'old form: write the statement here'));
    command.addOption(new Option('--force', 'attest again where the bundle that is there verifies'));
    addOfflineOption(command);
    command.addHelpText(
      'after',
      `${KEY_REFERENCES}
${KEY_SERVICE_ENVIRONMENT}${BUILD_ENVIRONMENT}
Exit codes: 0 attested or kept, 1 what was signed does not verify, 2 misuse, 3 a service did not answer, 4 internal error.

Examples:
  assay attest-blob --key cosign.key --type slsaprovenance1 --predicate provenance.json artifact.tar
  assay attest-blob --type custom --predicate notes.txt --bundle artifact.att.json --hash 9f86d0…
  assay attest-blob --from-ci artifact.tar
  assay attest-blob --key cosign.key --statement statement.json artifact.tar`,
    );
  },
  async execute(call) {
    const { args, options } = call;
    const hash = options.text('hash');
    if (args.length === 0 && hash === undefined) throw new AssayError('usage-invalid', 'which file?', { hint: 'name a file, or --hash' });
    if (args.length > 1 && hash !== undefined) throw new AssayError('usage-invalid', '--hash stands for one file');
    const [{ statedOf, typeOf }, { blobToSign, hashedBlob }, { signBlobs }, { reportSigned }, { statementOfBlob, claimsSameOfBlob }] =
      await Promise.all([
        import('../sign/attestation-task.ts'),
        import('../sign/blob-content.ts'),
        import('../sign/blobs.ts'),
        import('../sign/report.ts'),
        import('../sign/blob-statement.ts'),
      ]);
    const stated = await statedOf(call);
    const names = hash === undefined ? args : [args[0] ?? `sha256:${hash.replace(/^sha256:/, '')}`];
    const blobs = hash === undefined ? args.map((name) => () => blobToSign(name, call)) : [async () => hashedBlob(hash, args[0])];
    const reports = await signBlobs(
      blobs,
      names,
      {
        wanted: { kind: 'attestation', predicateType: { uri: typeOf(stated), versioned: false } },
        attestation: true,
        timestampFlag: 'rfc3161-timestamp-bundle',
        claimsSame: (payload, blob) => payload !== undefined && claimsSameOfBlob(payload, stated, blob),
        content: (blob) => ({ kind: 'envelope', payloadType: IN_TOTO_PAYLOAD, payload: statementOfBlob(stated, blob) }),
      },
      call,
    );
    return reportSigned(reports, { schema: 'assay/sign-blob/v1', list: 'files', done: 'attested' }, call);
  },
};
