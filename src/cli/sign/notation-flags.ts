import { type Command, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import type { NotationForm } from '../../signature/notation/encode.ts';
import type { Call } from '../command.ts';
import { parseDuration } from '../duration.ts';
import { collect } from '../options/common.ts';

const NOTATION = 'Notary Project signatures (--format notation, notation-cose):';

/** Forms of signatures that are the Notary Project's, as `--format` names them. */
export const NOTATION_FORMATS: readonly string[] = ['notation', 'notation-cose'];

/** Flags that say something only about Notary Project signatures. */
const OWN = [
  'signature-format',
  'expiry',
  'user-metadata',
  'timestamp-url',
  'timestamp-root-cert',
  'plugin',
  'id',
  'plugin-config',
  'plugin-digest',
  'plugin-pins',
  'signing-scheme',
  'force-referrers-tag',
  'media-type',
  'signature-directory',
];

/** Flags about Sigstore's services and forms, which a Notary Project signature has no use for. */
const SIGSTORE = [
  'fulcio-url',
  'rekor-url',
  'tlog-upload',
  'rekor-entry-type',
  'signing-config',
  'use-signing-config',
  'new-bundle-format',
  'bundle',
  'identity-token',
  'oidc-issuer',
  'oidc-provider',
  'oidc-client-id',
  'oidc-client-secret-file',
  'oidc-redirect-url',
  'oidc-disable-ambient-providers',
  'fulcio-auth-flow',
  'issue-certificate',
  'insecure-skip-verify',
  'timestamp-server-url',
  'timestamp-client-cacert',
  'timestamp-client-cert',
  'timestamp-client-key',
  'timestamp-server-name',
  'trusted-root',
  'timestamp-certificate-chain',
  'record-creation-timestamp',
  'payload',
  'sign-container-identity',
  'signing-algorithm',
  'output-signature',
  'output-certificate',
  'output-payload',
  'rfc3161-timestamp',
  'b64',
  'attachment-tag-prefix',
  'unsafe-skip-self-verification',
];

/** notation's flags of `sign`, by its names, and Assay's own for plugins and schemes. */
export function addNotationSignOptions(command: Command): void {
  const add = (flags: string, description: string, parse?: (value: string, previous: unknown) => unknown): void => {
    const option = new Option(flags, description).helpGroup(NOTATION);
    command.addOption(parse === undefined ? option : option.argParser(parse));
  };
  command.addOption(new Option('--signature-format <form>', 'form of the envelope').choices(['jws', 'cose']).helpGroup(NOTATION));
  add('-e, --expiry <duration>', 'the signature expires after this time (24h; default: never)', (v) => parseDuration(v, '--expiry'));
  add('-m, --user-metadata <key=value>', 'pair that is signed; repeats', collect);
  add('--timestamp-url <url>', 'RFC 3161 timestamp authority that stamps the signature, with --timestamp-root-cert');
  add('--timestamp-root-cert <file>', 'root certificate that its timestamps have to lead to');
  add('--plugin <name>', 'sign by this plugin, with --id, without it being in signingkeys.json');
  add('--id <id>', "the key's name in the plugin's own words");
  add('--plugin-config <key=value>', 'passed on to the plugin; repeats', collect);
  add('--plugin-digest <name=sha256:hex>', 'a plugin that may run, and the digest of its executable; repeats', collect);
  add('--plugin-pins <file>', 'the same in a file: a name and a digest on each line; repeats', collect);
  command.addOption(
    new Option(
      '--signing-scheme <scheme>',
      'who vouches for the time: nobody or a timestamp (x509, the default), or the signer (signing-authority)',
    )
      .choices(['x509', 'signing-authority'])
      .helpGroup(NOTATION),
  );
  add('--force-referrers-tag', "notation's option: only =false; a registry without the referrers API gets the tag by itself");
}

/** notation's flags of `blob sign` beyond those of `sign`. */
export function addNotationBlobOptions(command: Command): void {
  addNotationSignOptions(command);
  const add = (flags: string, description: string): void => void command.addOption(new Option(flags, description).helpGroup(NOTATION));
  add('--media-type <type>', 'what the file is (default: application/octet-stream)');
  add('--signature-directory <folder>', 'where FILE.jws.sig or FILE.cose.sig is written (default: beside the file)');
}

/** Whether `--format` asks for the Notary Project's form. */
export function asksNotation({ options }: Pick<Call, 'options'>): boolean {
  return options.has('format') && NOTATION_FORMATS.includes(options.text('format') ?? '');
}

/**
 * Refuses flags that would be without effect: notation's without `--format notation`, Sigstore's with it. Every command that signs asks this first.
 * Throws `usage-invalid`, `unsupported`.
 */
export function checkNotationSignFlags({ options }: Pick<Call, 'options'>): void {
  const given = (names: readonly string[]): string | undefined => names.find((n) => options.has(n) && options.given(n));
  if (!asksNotation({ options })) {
    const lonely = given(OWN);
    if (lonely === undefined) return;
    throw new AssayError('usage-invalid', `--${lonely} is about Notary Project signatures, and none is asked for`, {
      hint: '--format notation, or --format notation-cose',
    });
  }
  // A variable that is set for cosign's signatures is no request.
  const foreign = SIGSTORE.find((n) => options.has(n) && options.named(n));
  if (foreign !== undefined)
    throw new AssayError('usage-invalid', `--${foreign} cannot be used with --format ${options.text('format')}`, {
      hint: foreign.startsWith('timestamp')
        ? '--timestamp-url and --timestamp-root-cert'
        : 'it is about Sigstore, and a Notary Project signature uses none of it',
    });
  if (options.has('force-referrers-tag') && options.flag('force-referrers-tag'))
    throw new AssayError('unsupported', 'a registry with the referrers API lists signatures itself: no tag is written beside it', {
      hint: 'leave out --force-referrers-tag; where there is no referrers API the tag is written',
    });
}

/** The form of envelopes that is asked for: by `--format` and `--signature-format`, else by notation's `config.json`, else JWS. Throws `usage-invalid`. */
export function notationFormOf({ options }: Pick<Call, 'options'>, usual: 'jws' | 'cose' | undefined): NotationForm {
  const asked = options.text('signature-format');
  const cose = options.text('format') === 'notation-cose';
  if (cose && asked === 'jws')
    throw new AssayError('usage-invalid', '--format notation-cose and --signature-format jws contradict each other');
  return cose || (asked ?? usual) === 'cose' ? 'notation-cose' : 'notation-jws';
}

/** `--expiry` in whole seconds. Throws `usage-invalid`. */
export function expiryOf({ options }: Pick<Call, 'options'>): number | undefined {
  const ms = options.number('expiry');
  if (ms === undefined) return undefined;
  if (ms < 1000 || ms % 1000 !== 0)
    throw new AssayError('usage-invalid', '--expiry counts in whole seconds, at least one', { hint: 'as 24h, 30m, 90s' });
  return ms / 1000;
}
