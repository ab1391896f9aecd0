import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import type { LogService, SigningServices } from '../../sign/services.ts';
import type { ServiceClient } from '../../trust/service-client/client.ts';
import type { Call } from '../command.ts';
import { serviceClientOf } from './client.ts';
import { lenient } from './lenient.ts';
import { type ServiceNames, serviceNames } from './service-names.ts';

const HEADING = 'Service options:';

/** cosign's options about which services a signature is made with. */
export function addServiceOptions(command: Command): void {
  const add = (flags: string, description: string): Option => {
    const option = new Option(flags, description).helpGroup(HEADING);
    command.addOption(option);
    return option;
  };
  add('--signing-config <file>', 'signing_config.json that names the services (default: the one that TUF names)');
  add(
    '--use-signing-config',
    'take the services from the signing configuration that TUF names; --use-signing-config=false takes the addresses below',
  );
  add('--tlog-upload', 'enter the signature in a transparency log; --tlog-upload=false does not');
  add('--rekor-url <url>', 'transparency log (Rekor v1), instead of those of a signing configuration');
  add('--rekor-entry-type <type>', 'what is entered for an envelope in a Rekor v1 log').choices(['dsse', 'intoto']);
  add('--timestamp-server-url <url>', 'timestamp authority (RFC 3161), instead of those of a signing configuration');
  add('--timestamp-client-cacert <file>', "CA certificates (PEM) that the timestamp authority's TLS certificate is checked with");
  add('--timestamp-client-cert <file>', 'client certificate (PEM) for the timestamp authority');
  add('--timestamp-client-key <file>', "the client certificate's key (PEM)");
  add('--timestamp-server-name <name>', "name that the timestamp authority's TLS certificate must have");
  add('--new-bundle-format', "write Sigstore bundles; --new-bundle-format=false writes cosign's older forms");
  for (const name of ['useSigningConfig', 'tlogUpload', 'newBundleFormat']) command.setOptionValueWithSource(name, true, 'default');
}

/** Who signs, as far as the choice of services depends on it. */
export interface ServicesWanted {
  /** Whether a certificate service is needed. */
  readonly keyless: boolean;
}

/** The services that a run signs with, and where its identity tokens come from. */
export interface ChosenServices extends SigningServices {
  /** The issuer of identity tokens that the signing configuration names. */
  readonly oidcIssuer: string | undefined;
}

/**
 * The services that the flags name: those of `--signing-config`; else, where an address is given or `--use-signing-config=false` or `--tlog-upload=false`, those
 * addresses, with the public good instance's in place of what is missing; else those of the signing configuration that TUF names. Before anything of the user's
 * goes to a public log, that is said and confirmed. Throws `usage-invalid` for flags that contradict each other, `signing-config-invalid`, `offline`,
 * and what reading the signing configuration throws.
 */
export async function servicesOf(call: Call, wanted: ServicesWanted): Promise<ChosenServices> {
  const options = lenient(call.options);
  const names = await serviceNames(call, wanted);
  if (options.flag('offline') && (names.logs.length > 0 || names.timestamps.length > 0 || names.certificates !== undefined)) {
    const first = names.certificates ?? names.logs[0]?.url ?? names.timestamps[0];
    throw new AssayError('offline', `${shownAddress(first ?? '')} would have to be asked, which --offline forbids`, {
      hint: '--key with --tlog-upload=false signs without any service',
    });
  }
  if (names.logs.length === 0)
    call.out.warn('no-log', 'the signature is entered in no transparency log: verifiers have to be told so (--insecure-ignore-tlog)');
  const services = await connect(call, names);
  await (await import('./notice.ts')).confirmPublicRecord(call, services);
  return services;
}

async function connect(call: Call, names: ServiceNames): Promise<ChosenServices> {
  const client = serviceClientOf(call);
  const [certificates, logs, timestamps] = await Promise.all([
    certificateService(call, names, client),
    logServices(call, names, client),
    timestampServices(call, names, client),
  ]);
  return { certificates, logs, timestamps, oidcIssuer: names.oidcIssuer };
}

async function certificateService(
  { io }: Call,
  { certificates: url }: ServiceNames,
  client: ServiceClient,
): Promise<SigningServices['certificates']> {
  if (url === undefined) return undefined;
  const { fulcioService } = await import('../../sign/certificate-service/fulcio.ts');
  return fulcioService({ url, client, now: io.now });
}

async function logServices(call: Call, { logs }: ServiceNames, client: ServiceClient): Promise<readonly LogService[]> {
  if (logs.length === 0) return [];
  const { rekorV1, rekorV2 } = await import('../../sign/log/index.ts');
  const kind = lenient(call.options).text('rekor-entry-type') === 'intoto' ? 'intoto' : 'dsse';
  const logIdOf = async (origin: string): Promise<Bytes | undefined> => {
    const { publicGood } = await import('../verify/trust.ts');
    const trusted = await publicGood(call, { atHand: true, quiet: true });
    return trusted.logs.find((log) => log.host === origin)?.logId;
  };
  return logs.map(({ url, version }) => (version === 2 ? rekorV2({ url, client, logIdOf }) : rekorV1({ url, client, entryKind: kind })));
}

async function timestampServices(call: Call, { timestamps }: ServiceNames, usual: ServiceClient): Promise<SigningServices['timestamps']> {
  const options = lenient(call.options);
  const file = (flag: string): string | undefined => {
    const name = options.text(flag);
    return name === undefined ? undefined : resolve(call.io.cwd, name);
  };
  const [ca, cert, key] = [file('timestamp-client-cacert'), file('timestamp-client-cert'), file('timestamp-client-key')];
  const serverName = options.text('timestamp-server-name');
  const special = [ca, cert, key, serverName].some((o) => o !== undefined);
  if ((cert === undefined) !== (key === undefined))
    throw new AssayError('usage-invalid', '--timestamp-client-cert and --timestamp-client-key belong together');
  if (special && timestamps.length === 0)
    throw new AssayError(
      'usage-invalid',
      '--timestamp-client-… and --timestamp-server-name are for a timestamp authority, and none is used',
      {
        hint: '--timestamp-server-url names one',
      },
    );
  if (timestamps.length === 0) return [];
  const tls = {
    ...(ca === undefined ? {} : { ca: [ca] }),
    ...(cert === undefined || key === undefined ? {} : { clientCert: cert, clientKey: key }),
    ...(serverName === undefined ? {} : { serverName }),
  };
  const client = special ? serviceClientOf(call, tls) : usual;
  const { timestampService } = await import('../../sign/timestamp/index.ts');
  return timestamps.map((url) => timestampService({ url, client }));
}
