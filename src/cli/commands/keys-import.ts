import { Option } from 'commander';
import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';
import { addPasswordOption, KEY_ENVIRONMENT } from '../keys/options.ts';

const EXAMPLES = `
Forms:
  PKCS#8 plain or encrypted, SEC1, PKCS#1, and cosign's own; ECDSA on P-256, P-384 or P-521, RSA of 2048, 3072 or 4096 bits, Ed25519
${KEY_ENVIRONMENT}

Exit codes: 0 imported, 2 misuse, 3 a file cannot be written, 4 internal error.

Examples:
  assay keys import --key openssl.pem
  assay keys import --key openssl.pem --output-key-prefix release
  assay keys import --key old.key --password-file old.txt --new-password-file new.txt --output-key-prefix new`;

/** `assay keys import`, and `assay import-key-pair` as in cosign: a private key of the user's in cosign's encrypted form. */
export const command: CommandModule = {
  configure(command) {
    command.addOption(new Option('-k, --key <key>', 'the private key: a PEM file, env://VARIABLE, or "-" for stdin'));
    command.addOption(new Option('--output-key-prefix <prefix>', 'names the files PREFIX.key and PREFIX.pub').default('import-cosign'));
    addPasswordOption(command);
    command.addOption(new Option('--new-password-file <file>', 'file with the password of the written key (default: the same password)'));
    command.addOption(new Option('--force', 'overwrite files that exist'));
    command.addOption(new Option('-y, --yes', "cosign's name for --force"));
    command.addHelpText('after', EXAMPLES);
  },
  async execute(call) {
    const { args, options } = call;
    if (args.length > 0) throw new AssayError('usage-invalid', `unexpected argument ${args[0]}`, { hint: 'the key is named by --key' });
    const reference = options.text('key');
    if (reference === undefined) throw new AssayError('usage-invalid', 'which key? --key FILE', { hint: 'assay keys import --help' });
    const prefix = options.text('output-key-prefix') ?? 'import-cosign';
    const { confirmOverwriting, writeFiles } = await import('../keys/write-files.ts');
    const names = [`${prefix}.key`, `${prefix}.pub`] as const;
    const overwrite = await confirmOverwriting(names, options.flag('force') || options.flag('yes'), call);
    const [{ privateKeyAt }, { keyContextOf }, { newPassword }, { encryptPrivateKey, publicKeyPem }, { reportKey }] = await Promise.all([
      import('../../trust/keys/index.ts'),
      import('../keys/context.ts'),
      import('../keys/password.ts'),
      import('../../crypto/private-keys.ts'),
      import('../keys/report.ts'),
    ]);
    const key = await privateKeyAt(reference, keyContextOf(call));
    const text = await encryptPrivateKey(key, await newPassword(names[0], call));
    const files = [
      { name: names[0], text, mode: 0o600 },
      { name: names[1], text: publicKeyPem(key.publicKey), mode: 0o644 },
    ];
    await writeFiles(files, overwrite, call.io.cwd);
    await reportKey(call.out, key.publicKey, { files: { privateKey: names[0], publicKey: names[1] } });
    return 0;
  },
};
