import { Option } from 'commander';
import type { PublicKey } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import type { Call, CommandModule } from '../command.ts';
import { KEY_SERVICE_ENVIRONMENT } from '../keys/options.ts';
import { addOfflineOption } from '../options/registry.ts';

const EXAMPLES = `${KEY_SERVICE_ENVIRONMENT}

Exit codes: 0 made, 2 misuse, 3 a key service did not answer or a file cannot be written, 4 internal error.

Examples:
  assay keys generate
  assay keys generate --output-key-prefix release --algorithm ecdsa-sha2-384-nistp384
  assay keys generate --kms awskms:///alias/release
  assay keys generate k8s://build/release-key`;

/** `assay keys generate`, and `assay generate-key-pair` as in cosign: a new key in files, a key service or a Kubernetes Secret. */
export const command: CommandModule = {
  configure(command) {
    command.argument('[place]', 'k8s://NAMESPACE/NAME: a Secret that the key is kept in');
    command.addOption(new Option('--output-key-prefix <prefix>', 'names the files PREFIX.key and PREFIX.pub').default('cosign'));
    command.addOption(new Option('--kms <reference>', 'make the key in a key service; only PREFIX.pub is written'));
    command.addOption(
      new Option('--algorithm <name>', 'what the key signs with, by the names of --signing-algorithm (default: ecdsa-sha2-256-nistp256)'),
    );
    command.addOption(new Option('--password-file <file>', 'file with the password of the new key ("-" for stdin)'));
    command.addOption(new Option('--force', 'overwrite files that exist'));
    addOfflineOption(command);
    command.addHelpText('after', EXAMPLES);
  },
  async execute(call) {
    const { args, options } = call;
    if (args.length > 1) throw new AssayError('usage-invalid', `one place at most, not ${args.length}`);
    const [place = options.text('kms')] = args;
    if (args.length === 1 && options.given('kms')) throw new AssayError('usage-invalid', `${args[0]} and --kms name two places`);
    const prefix = options.text('output-key-prefix') ?? 'cosign';
    const { confirmOverwriting, writeFiles } = await import('../keys/write-files.ts');
    const names = place === undefined ? [`${prefix}.key`, `${prefix}.pub`] : [`${prefix}.pub`];
    const overwrite = await confirmOverwriting(names, options.flag('force'), call);
    const { key, text } = place === undefined ? await inFiles(`${prefix}.key`, call) : await inService(place, call);
    const [{ publicKeyPem }, { reportKey }] = await Promise.all([import('../../crypto/private-keys.ts'), import('../keys/report.ts')]);
    const pub = { name: `${prefix}.pub`, text: publicKeyPem(key), mode: 0o644 };
    const files = text === undefined ? [pub] : [{ name: `${prefix}.key`, text, mode: 0o600 }, pub];
    await writeFiles(files, overwrite, call.io.cwd);
    await reportKey(call.out, key, {
      ...(place === undefined ? {} : { reference: place }),
      files: { ...(text === undefined ? {} : { privateKey: `${prefix}.key` }), publicKey: pub.name },
    });
    return 0;
  },
};

async function inFiles(name: string, call: Call): Promise<{ readonly key: PublicKey; readonly text: string }> {
  const [{ algorithmNamed, encryptPrivateKey, generatePrivateKey }, { newPassword }] = await Promise.all([
    import('../../crypto/private-keys.ts'),
    import('../keys/password.ts'),
  ]);
  const algorithm = algorithmNamed(call.options.text('algorithm') ?? 'ecdsa-sha2-256-nistp256');
  const password = await newPassword(name, call);
  const key = await generatePrivateKey(algorithm);
  return { key: key.publicKey, text: await encryptPrivateKey(key, password) };
}

async function inService(place: string, call: Call): Promise<{ readonly key: PublicKey; readonly text?: undefined }> {
  const [{ createKey }, { newKeyContextOf }] = await Promise.all([import('../../trust/keys/index.ts'), import('../keys/context.ts')]);
  return { key: await createKey(place, call.options.text('algorithm'), newKeyContextOf(call)) };
}
