import { readFile, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { CommandModule } from '../command.ts';
import { addPasswordOption, KEY_REFERENCES, KEY_SERVICE_ENVIRONMENT, refuseSecurityKeys } from '../keys/options.ts';
import { addOfflineOption } from '../options/registry.ts';

const EXAMPLES = `${KEY_REFERENCES}
${KEY_SERVICE_ENVIRONMENT}

Exit codes: 0 printed, 2 misuse, 3 a key service did not answer or a file cannot be written, 4 internal error.

Examples:
  assay keys public --key cosign.key
  assay keys public --key awskms:///alias/release --outfile release.pub`;

/** `assay keys public`, and `assay public-key` as in cosign: the public half of any key, as PEM. */
export const command: CommandModule = {
  configure(command) {
    command.addOption(new Option('--key <key>', 'the key, private or public'));
    command.addOption(new Option('--outfile <file>', 'write the public key to a file instead of stdout'));
    addPasswordOption(command);
    refuseSecurityKeys(command);
    addOfflineOption(command);
    command.addHelpText('after', EXAMPLES);
  },
  async execute(call) {
    const { args, options, out, io } = call;
    if (args.length > 0) throw new AssayError('usage-invalid', `unexpected argument ${args[0]}`, { hint: 'the key is named by --key' });
    const reference = options.text('key');
    if (reference === undefined) throw new AssayError('usage-invalid', 'which key? --key KEY', { hint: 'assay keys public --help' });
    const outfile = options.text('outfile');
    if (outfile !== undefined) await spare(outfile, resolve(io.cwd, outfile));
    const [{ openKey }, { keyContextOf }, { publicKeyPem }, { reportKey }, { writeFiles }] = await Promise.all([
      import('../../trust/keys/index.ts'),
      import('../keys/context.ts'),
      import('../../crypto/private-keys.ts'),
      import('../keys/report.ts'),
      import('../keys/write-files.ts'),
    ]);
    const handle = await openKey(reference, keyContextOf(call));
    const key = await handle.publicKey();
    const text = publicKeyPem(key);
    if (outfile !== undefined) await writeFiles([{ name: outfile, text, mode: 0o644 }], true, io.cwd);
    if (out.format !== 'text')
      await reportKey(out, key, { reference: handle.name, files: outfile === undefined ? {} : { publicKey: outfile } });
    else if (outfile === undefined) out.print(text);
    return 0;
  },
};

// A slip of the hand must not cost a private key.
async function spare(name: string, path: string): Promise<void> {
  const size = await stat(path).then(
    (s) => (s.isFile() ? s.size : 0),
    () => 0,
  );
  if (size === 0 || size > LIMITS.keyTextBytes) return;
  if ((await readFile(path, 'latin1').catch(() => '')).includes('PRIVATE KEY-----'))
    throw new AssayError('confirmation-missing', `${name} holds a private key, which the public one would replace`, {
      hint: 'name another file',
    });
}
