import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { AssayError, messageOf } from '../../errors.ts';
import type { SigningConfigRequest, SigningServiceKind } from '../../sign/signing-config/index.ts';
import type { Call, CommandModule } from '../command.ts';
import { collect, NETWORK_VARIABLES } from '../options/common.ts';
import { jsonText } from '../output/json.ts';

const KINDS: readonly (readonly [kind: SigningServiceKind, flag: string, what: string])[] = [
  ['fulcio', 'fulcio', 'certificate authority'],
  ['rekor', 'rekor', 'transparency log'],
  ['oidc-provider', 'oidc', 'provider of identity tokens'],
  ['tsa', 'tsa', 'timestamp authority'],
];

const EXAMPLES = `
Keys of a service: url, api-version, start-time, operator; optional end-time

Environment:
  COSIGN_<FLAG>     a flag that is not given, as COSIGN_BASE_CONFIG
  TUF_ROOT          where assay trust init keeps what is trusted
  ${NETWORK_VARIABLES}

Exit codes: 0 made, 2 misuse, 3 the default services could not be found out, 4 internal error.

Examples:
  assay signing-config create --out signing_config.json
    (without services: signatures are made with nothing but the key)
  assay signing-config create --out signing_config.json \\
    --fulcio url=https://fulcio.example,api-version=1,start-time=2024-01-01T00:00:00Z,operator=acme \\
    --rekor url=https://rekor.example,api-version=2,start-time=2024-01-01T00:00:00Z,operator=acme --rekor-config ANY \\
    --tsa url=https://tsa.example/api/v1/timestamp,api-version=1,start-time=2024-01-01T00:00:00Z,operator=acme --tsa-config ANY
  assay signing-config create --with-default-services --no-default-rekor --out no-log.json`;

/** `assay signing-config create`, as in cosign. */
export const command: CommandModule = {
  configure(command) {
    for (const [kind, , what] of KINDS) command.addOption(new Option(`--${kind} <key=value,…>`, `a ${what}; repeats`).argParser(collect));
    command.addOption(new Option('--rekor-config <how>', 'how many of the logs are used: ANY, ALL or EXACT:n; needed with --rekor'));
    command.addOption(new Option('--tsa-config <how>', 'the same of timestamp authorities; needed with --tsa'));
    command.addOption(
      new Option('--base-config <file>', 'begin with this one; services that are given take the place of its own of their kind'),
    );
    command.addOption(
      new Option('--with-default-services', 'begin with what TUF names: the public good instance, or that of assay trust init'),
    );
    command.addOption(new Option('--with-default-rekor-v2', 'the same, with the Rekor v2 log of the public good instance'));
    for (const [, flag, what] of KINDS) command.addOption(leaveOut(flag, what));
    command.addOption(new Option('--out <file>', 'write the configuration to a file'));
    command.addOption(new Option('--offline', 'take the default services from what is cached'));
    command.addHelpText('after', EXAMPLES);
  },
  async execute(call) {
    const { options, out, io } = call;
    const { createSigningConfig, signingConfigJson } = await import('../../sign/signing-config/index.ts');
    const base = await baseOf(call);
    const [rekorConfig, tsaConfig] = [options.text('rekor-config'), options.text('tsa-config')];
    const config = signingConfigJson(
      createSigningConfig({
        services: KINDS.flatMap(([kind]) => options.list(kind).map((spec) => ({ kind, spec }))),
        ...(rekorConfig === undefined ? {} : { rekorConfig }),
        ...(tsaConfig === undefined ? {} : { tsaConfig }),
        ...(base === undefined ? {} : { base }),
      }),
    );
    const file = options.text('out');
    if (file !== undefined) await writeText(resolve(io.cwd, file), jsonText(config), file);
    if (out.format !== 'text')
      await out.result({
        schema: 'assay/signing-config/v1',
        ...(file === undefined ? {} : { file }),
        signingConfig: config,
        warnings: out.warnings,
        errors: [],
      });
    else if (file === undefined) out.print(jsonText(config));
    return 0;
  },
};

async function baseOf({ options, io, out, signal }: Call): Promise<SigningConfigRequest['base']> {
  const without = KINDS.filter(([, flag]) => options.flag(`no-default-${flag}`)).map(([kind]) => kind);
  const file = options.text('base-config');
  const rekorV2 = options.flag('with-default-rekor-v2');
  const defaults = options.flag('with-default-services') || rekorV2;
  if (file !== undefined && defaults) throw new AssayError('usage-invalid', '--base-config and --with-default-… name two beginnings');
  const { parseSigningConfig } = await import('../../sign/signing-config/index.ts');
  if (file !== undefined) {
    const { readInput } = await import('../verify/files.ts');
    return { config: parseSigningConfig(await readInput(file, 'signing configuration', io)), without, replace: true };
  }
  if (!defaults) {
    if (without.length > 0) throw new AssayError('usage-invalid', '--no-default-… needs --with-default-services or --base-config');
    return undefined;
  }
  const { publicSigningConfig } = await import('../../trust/tuf/index.ts');
  const source = await publicSigningConfig(
    { env: io.env, home: io.home, now: io.now().getTime(), offline: options.flag('offline'), signal },
    rekorV2 ? 'signing_config_rekor_v2.v0.2.json' : 'signing_config.v0.2.json',
  );
  for (const { code, message } of source.warnings) out.warn(code, message);
  return { config: parseSigningConfig(Buffer.from(source.json), { lenient: true }), without, replace: false };
}

// An ordinary flag, as in cosign: commander would read the name as the opposite of "--default-…".
function leaveOut(flag: string, what: string): Option {
  const option = new Option(`--no-default-${flag}`, `leave out every ${what} that it begins with`);
  option.negate = false;
  return option;
}

async function writeText(path: string, text: string, name: string): Promise<void> {
  try {
    await writeFile(path, text);
  } catch (cause) {
    throw new AssayError('file-unwritable', `cannot write ${name}: ${messageOf(cause)}`, { cause });
  }
}
