import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { AssayError, messageOf } from '../../errors.ts';
import type { ServiceKind, ServiceRequest } from '../../trust/create/index.ts';
import type { Call, CommandModule } from '../command.ts';
import { collect } from '../options/common.ts';

const KINDS: readonly ServiceKind[] = ['fulcio', 'rekor', 'ctfe', 'tsa'];

const KEYS = `
Keys of a service:
  --fulcio, --tsa   url, certificate-chain (PEM file, root last); optional start-time, end-time, operator
  --rekor, --ctfe   url, public-key (PEM file), start-time; optional end-time, origin, operator

Examples:
  assay trusted-root create --out trusted_root.json \\
    --fulcio url=https://fulcio.example,certificate-chain=fulcio.pem \\
    --rekor url=https://rekor.example,public-key=rekor.pub,start-time=2024-01-01T00:00:00Z,origin=rekor.example \\
    --ctfe url=https://ctfe.example,public-key=ctfe.pub,start-time=2024-01-01T00:00:00Z \\
    --tsa url=https://tsa.example/api/v1/timestamp,certificate-chain=tsa.pem`;

/** `assay trusted-root create`, as in cosign, and `assay trust trusted-root create`. */
export const command: CommandModule = {
  configure(command) {
    for (const kind of KINDS) command.addOption(new Option(`--${kind} <key=value,…>`, `a ${NAMES[kind]}; repeats`).argParser(collect));
    command.addOption(
      new Option(
        '--with-default-services',
        "begin with what is trusted now: the public good instance's services, or those of assay trust init",
      ),
    );
    for (const kind of KINDS) command.addOption(leaveOut(kind));
    command.addOption(new Option('--out <file>', 'write the trusted root to a file'));
    command.addOption(new Option('--offline', 'take the default services from what is cached or embedded'));
    command.addHelpText('after', KEYS);
  },
  async execute(call) {
    const { options, out, io } = call;
    const { createTrustedRoot } = await import('../../trust/create/index.ts');
    const services = KINDS.flatMap((kind): ServiceRequest[] => options.list(kind).map((spec) => ({ kind, spec })));
    const json = await createTrustedRoot(services, (file) => readText(resolve(io.cwd, file), file), await defaults(call));
    const file = options.text('out');
    if (file !== undefined) await writeText(resolve(io.cwd, file), json, file);
    if (out.format !== 'text')
      await out.result({
        schema: 'assay/trusted-root-create/v1',
        ...(file === undefined ? {} : { file }),
        trustedRoot: JSON.parse(json),
        warnings: out.warnings,
        errors: [],
      });
    else if (file === undefined) out.print(`${json}\n`);
    return 0;
  },
};

const NAMES: Readonly<Record<ServiceKind, string>> = {
  fulcio: 'certificate authority',
  rekor: 'transparency log',
  ctfe: 'certificate transparency log',
  tsa: 'timestamp authority',
};

async function defaults({ options, out, io, signal }: Call): Promise<{ json: string; without: readonly ServiceKind[] } | undefined> {
  const without = KINDS.filter((kind) => options.flag(`no-default-${kind}`));
  if (!options.flag('with-default-services')) {
    if (without.length > 0) throw new AssayError('usage-invalid', `--no-default-${without[0]} needs --with-default-services`);
    return undefined;
  }
  const { publicGoodRoot } = await import('../../trust/tuf/index.ts');
  const source = await publicGoodRoot({ env: io.env, home: io.home, now: io.now().getTime(), offline: options.flag('offline'), signal });
  for (const { code, message } of source.warnings) out.warn(code, message);
  return { json: source.json, without };
}

// An ordinary flag, as in cosign: commander would read the name as the opposite of "--default-…".
function leaveOut(kind: ServiceKind): Option {
  const option = new Option(`--no-default-${kind}`, `leave out the defaults of --${kind}`);
  option.negate = false;
  return option;
}

async function readText(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    throw new AssayError('file-unreadable', `cannot read ${name}: ${messageOf(cause)}`, { cause });
  }
}

async function writeText(path: string, text: string, name: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new AssayError('file-unreadable', `cannot write ${name}: ${messageOf(cause)}`, { cause });
  }
}
