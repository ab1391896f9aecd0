import { AssayError } from '../../errors.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import { API_VERSIONS, parseSigningConfig, type SigningConfig, selectService, selectServices } from '../../sign/signing-config/index.ts';
import type { Call } from '../command.ts';
import type { Values } from '../values.ts';
import { readInput } from '../verify/files.ts';
import { lenient } from './lenient.ts';

/** The addresses of the services that a run signs with. */
export interface ServiceNames {
  readonly certificates: string | undefined;
  readonly logs: readonly { readonly url: string; readonly version: number }[];
  readonly timestamps: readonly string[];
  readonly oidcIssuer: string | undefined;
}

/** The public good instance's, which cosign's flags stand for where they are not given. */
const PUBLIC = { fulcio: 'https://fulcio.sigstore.dev', rekor: 'https://rekor.sigstore.dev' } as const;

/** Flags that name a service by its address, without a signing configuration. */
const ADDRESSES = ['rekor-url', 'fulcio-url', 'oidc-issuer', 'timestamp-server-url'] as const;

/** The services that the flags name. Throws `usage-invalid`, `signing-config-invalid`, and what reading the signing configuration throws. */
export async function serviceNames(call: Call, { keyless }: { readonly keyless: boolean }): Promise<ServiceNames> {
  const options = lenient(call.options);
  checkFlags(options, keyless);
  const config = await configOf(call, options);
  const names = config === undefined ? byAddress(options, keyless) : byConfig(config, call, { options, keyless });
  checkEntryType(options, names);
  if (keyless && names.logs.length === 0 && names.timestamps.length === 0)
    throw new AssayError(
      'usage-invalid',
      'a certificate that is valid for minutes needs a proof of when it was used: a log or a timestamp',
      {
        hint: 'leave out --tlog-upload=false, or name a timestamp authority',
      },
    );
  if (keyless && names.timestamps.length === 0 && names.logs.every((l) => l.version === 2))
    throw new AssayError(
      'signing-config-invalid',
      'signing configuration: a Rekor v2 log states no time, and it names no timestamp authority for the certificate',
      {
        hint: 'add a timestamp authority (--tsa of assay signing-config create), or use a Rekor v1 log',
      },
    );
  return names;
}

function checkFlags(options: Values, keyless: boolean): void {
  const addresses = ADDRESSES.filter((flag) => options.given(flag));
  const [config, use] = [
    options.given('signing-config'),
    options.given('use-signing-config') ? options.flag('use-signing-config') : undefined,
  ];
  const [address] = addresses;
  if (address !== undefined && (config || use === true))
    throw contradict(`--${address}`, config ? '--signing-config' : '--use-signing-config', 'both name services', 'leave one of them out');
  if (config && use === false)
    throw contradict('--signing-config', '--use-signing-config=false', 'one takes services from a file, the other from no file');
  if (options.given('rekor-url') && noLog(options))
    throw contradict('--rekor-url', '--tlog-upload=false', 'one names a log, the other wants none');
  if (options.given('rekor-entry-type') && noLog(options))
    throw contradict('--rekor-entry-type', '--tlog-upload=false', 'nothing is entered');
  if (!keyless && options.given('fulcio-url') && !options.given('key'))
    throw new AssayError('usage-invalid', '--fulcio-url is for signing without a key, or with --issue-certificate');
}

function contradict(a: string, b: string, why: string, hint?: string): AssayError {
  return new AssayError('usage-invalid', `${a} and ${b} contradict each other: ${why}`, hint === undefined ? {} : { hint });
}

function noLog(options: Values): boolean {
  return options.has('tlog-upload') && !options.flag('tlog-upload');
}

async function configOf(call: Call, options: Values): Promise<SigningConfig | undefined> {
  const file = options.text('signing-config');
  if (file !== undefined) return parseSigningConfig(await readInput(file, 'signing configuration', call.io));
  const explicit = options.given('use-signing-config');
  if (explicit ? !options.flag('use-signing-config') : noLog(options) || ADDRESSES.some((flag) => options.given(flag))) return undefined;
  const { io, out, signal } = call;
  if (options.flag('offline'))
    throw new AssayError('offline', 'the services of the signing configuration would have to be asked, which --offline forbids', {
      hint: '--key with --tlog-upload=false signs without any service',
    });
  const { publicSigningConfig } = await import('../../trust/tuf/index.ts');
  const source = await publicSigningConfig({ env: io.env, home: io.home, now: io.now().getTime(), offline: false, signal }).catch(
    unreached,
  );
  for (const { code, message } of source.warnings) out.warn(code, message);
  return parseSigningConfig(Buffer.from(source.json), { lenient: true });
}

// Whoever cannot reach the public services has others, or signs without any.
function unreached(error: unknown): never {
  if (!(error instanceof AssayError) || error.code !== 'trust-unavailable' || error.hint !== undefined) throw error;
  throw new AssayError(error.code, `the services to sign with are not known: ${error.message}`, {
    hint: '--signing-config FILE names them; --key with --tlog-upload=false signs without any',
    retryable: error.retryable,
    cause: error,
  });
}

function byAddress(options: Values, keyless: boolean): ServiceNames {
  const stamps = options.text('timestamp-server-url');
  return {
    certificates: keyless ? address(options, 'fulcio-url', PUBLIC.fulcio) : undefined,
    logs: noLog(options) ? [] : [{ url: address(options, 'rekor-url', PUBLIC.rekor), version: 1 }],
    timestamps: stamps === undefined ? [] : [address(options, 'timestamp-server-url', stamps)],
    oidcIssuer: undefined,
  };
}

function address(options: Values, flag: string, usual: string): string {
  const text = options.text(flag) ?? usual;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return text;
  throw new AssayError('usage-invalid', `--${flag} is no http or https address: "${shownAddress(text).slice(0, 200)}"`);
}

function byConfig(
  config: SigningConfig,
  { io }: Call,
  { options, keyless }: { readonly options: Values; readonly keyless: boolean },
): ServiceNames {
  const now = io.now().getTime();
  const logs = noLog(options) || config.rekorTlogUrls.length === 0 ? [] : config.rekorTlogUrls;
  // cosign's older forms keep a log's promise, which Rekor v2 does not give.
  const rekor = isOldForm(options)
    ? { versions: [1], onlyThese: "cosign's older forms keep a log's promise, which Rekor v2 does not give; sign in the bundle form" }
    : { versions: API_VERSIONS.rekor };
  return {
    certificates: keyless
      ? selectService(config.caUrls, { what: 'certificate authority', versions: API_VERSIONS.fulcio, now }).url
      : undefined,
    logs:
      logs.length === 0
        ? []
        : selectServices(logs, config.rekorTlogConfig, { what: 'transparency log', ...rekor, now }).map((s) => ({
            url: s.url,
            version: s.majorApiVersion,
          })),
    timestamps:
      config.tsaUrls.length === 0
        ? []
        : selectServices(config.tsaUrls, config.tsaConfig, { what: 'timestamp authority', versions: API_VERSIONS.tsa, now }).map(
            (s) => s.url,
          ),
    oidcIssuer:
      keyless && config.oidcUrls.length > 0
        ? selectService(config.oidcUrls, { what: 'provider of identity tokens', versions: API_VERSIONS.oidc, now }).url
        : undefined,
  };
}

function isOldForm(options: Values): boolean {
  return options.text('format') === 'cosign-tag' || (options.has('new-bundle-format') && !options.flag('new-bundle-format'));
}

function checkEntryType(options: Values, { logs }: ServiceNames): void {
  const type = options.text('rekor-entry-type');
  if (type === undefined) return;
  if (logs.some((l) => l.version === 2))
    throw new AssayError('usage-invalid', '--rekor-entry-type is for Rekor v1 logs: a Rekor v2 log knows one kind of entry');
  if (type === 'intoto' && !isOldForm(options))
    throw new AssayError(
      'usage-invalid',
      '--rekor-entry-type intoto is for the older forms: its entry names no signature that a bundle could be compared with',
      {
        hint: '--new-bundle-format=false, or leave it out',
      },
    );
}
