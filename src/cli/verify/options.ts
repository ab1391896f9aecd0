import { type Command, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import { refuseSecurityKeys } from '../keys/options.ts';
import { collect, collectCsv } from '../options/common.ts';
import { addNotedOption } from '../options/noted.ts';
import { refuseOption } from '../options/refused.ts';

const WHO = 'Who has to have signed:';
const TRUST = 'What is trusted:';
const CHECKS = 'Checks:';
const NOTATION = 'Notary Project signatures:';
const POLICY = 'Policies:';

/** cosign's options of every command that verifies, by cosign's names, and Assay's own. */
export function addVerifyOptions(command: Command): void {
  const add = (heading: string, flags: string, description: string, parse?: (value: string, previous: unknown) => unknown): void => {
    const option = new Option(flags, description).helpGroup(heading);
    command.addOption(parse === undefined ? option : option.argParser(parse));
  };
  add(WHO, '--key <key>', 'public key: a PEM file, an https URL or env://VARIABLE; repeats', collect);
  add(WHO, '--certificate-identity <subject>', 'the exact subject of the certificate; repeats', collect);
  add(WHO, '--certificate-identity-regexp <expression>', 'the same by regular expression, anchored at the start; repeats', collect);
  add(WHO, '--certificate-oidc-issuer <url>', 'the exact issuer; one serves all subjects, several pair with them by position', collect);
  add(WHO, '--certificate-oidc-issuer-regexp <expression>', 'the same by regular expression, anchored at the start; repeats', collect);
  add(WHO, '--threshold <n>', 'how many distinct keys or identities have to have signed (default 1)', positive);
  for (const [name, what] of [
    ['name', 'name of the workflow'],
    ['ref', 'git ref that the workflow ran on'],
    ['repository', 'repository that the workflow belongs to'],
    ['sha', 'commit that the workflow ran on'],
    ['trigger', 'event that started the workflow'],
  ] as const) {
    add(WHO, `--certificate-github-workflow-${name} <text>`, `${what}, as the certificate says`);
  }
  add(TRUST, '--trusted-root <file>', 'trusted_root.json (default: the public good instance, kept current by TUF)');
  add(TRUST, '--ca-roots <file>', 'PEM of the certificate authorities that are trusted instead');
  add(TRUST, '--ca-intermediates <file>', 'PEM of intermediates, with --ca-roots');
  add(TRUST, '--certificate-chain <file>', 'PEM of a chain that ends in the trusted root, instead of --ca-roots');
  add(TRUST, '--timestamp-certificate-chain <file>', "PEM of a timestamp authority's chain: leaf (optional), intermediates, root");
  add(TRUST, '--max-trust-age <duration>', 'trust material older than this makes the answer inconclusive');
  add(CHECKS, '-a, --annotations <key=value>', 'pair that the signature has to state; repeats, or several with commas', collectCsv);
  add(CHECKS, '--use-signed-timestamps', 'require an RFC 3161 timestamp');
  add(CHECKS, '--allow-certificate-chain', 'accept intermediates that come with the evidence, in bundles too');
  add(CHECKS, '--insecure-ignore-tlog', 'do not require a transparency log entry');
  add(CHECKS, '--insecure-ignore-sct', "do not require a certificate transparency log's promise");
  add(CHECKS, '--private-infrastructure', "cosign's other name of --insecure-ignore-tlog");
  add(CHECKS, '--check-claims', 'check what the signature is about; --check-claims=false weakens that');
  command.setOptionValueWithSource('checkClaims', true, 'default');
  command.addOption(new Option('--compat <tool>', 'print and exit as another tool does').choices(['cosign']));
  for (const flag of ['--new-bundle-format', '--experimental-oci11'])
    addNotedOption(command, new Option(flag), 'every form is always read');
  addNotedOption(command, new Option('--max-workers <n>'), "Assay's bounds are its own");
  refuseSecurityKeys(command);
  refuseOption(command, '--rekor-url <url>', {
    reason: 'what is absent is never searched for online',
    hint: 'a log is trusted by --trusted-root',
  });
  refuseOption(command, '--sct <file>', { reason: 'detached SCTs are not read; certificates embed theirs' });
  refuseOption(command, '--signature-digest-algorithm <name>', {
    reason: 'the hash follows from the key; those that cosign writes are all tried',
  });
}

/** Options of `verify` that name policies. */
export function addPolicyOptions(command: Command): void {
  const add = (flags: string, description: string): void => {
    command.addOption(new Option(flags, description).helpGroup(POLICY).argParser(collect));
  };
  add(
    '--policy <file>',
    'policies that have to be met: ImagePolicy, ClusterImagePolicy, Notation trust policy, containers policy.json; repeats',
  );
  command.addOption(new Option('--resource <file>', 'the Kubernetes object that the images stand in, for --policy').helpGroup(POLICY));
  command.addOption(
    new Option('--unsafe-no-match <verdict>', 'what happens to an image that no policy is about (default: denied)')
      .choices(['warn', 'allow'])
      .helpGroup(POLICY),
  );
}

/** Options of commands that verify Notary Project signatures by a trust policy: notation's by its names, and Assay's own. */
export function addNotationOptions(command: Command): void {
  const policy = "Notation's trust policy (default, when a trust store is given: the one in Notation's own folder)";
  command.addOption(new Option('--trust-policy <file>', policy).helpGroup(NOTATION));
  addNotationSources(command);
  const metadata = 'pair that the signature has to state; repeats';
  command.addOption(new Option('-m, --user-metadata <key=value>', metadata).argParser(collect).helpGroup(NOTATION));
}

/** What Notary Project signatures are verified with, whichever policy asks for them. */
export function addNotationSources(command: Command): void {
  const add = (flags: string, description: string): void => {
    command.addOption(new Option(flags, description).argParser(collect).helpGroup(NOTATION));
  };
  addTrustStoreOption(command);
  add('--plugin-digest <name=sha256:hex>', 'a verification plugin that may run, and the digest of its executable; repeats');
  add('--plugin-pins <file>', 'the same in a file: a name and a digest on each line; repeats');
  add('--plugin-config <key=value>', 'passed on to verification plugins; repeats');
  add('--revocation-dir <folder>', 'revocation lists (*.crl) and OCSP answers (*.ocsp) that are at hand; repeats');
}

/** `--trust-store` of commands that compile policies. */
export function addTrustStoreOption(command: Command): void {
  const store = "folder with x509/{ca,signingAuthority,tsa}/NAME/* (default: truststore in Notation's own folder)";
  command.addOption(new Option('--trust-store <folder>', store).helpGroup(NOTATION));
}

/** cosign's options of commands about files. */
export function addDetachedOptions(command: Command): void {
  command.addOption(new Option('--bundle <file>', "Sigstore bundle, or cosign 1 and 2's bundle file"));
  command.addOption(new Option('--signature <file>', 'detached signature (base64 or raw), or DSSE envelope'));
  command.addOption(new Option('--certificate <file>', "the signer's certificate, PEM or base64 of it, with --signature"));
  command.addOption(new Option('--rfc3161-timestamp <file>', 'RFC 3161 response (DER), with --signature'));
}

function positive(text: string): number {
  const n = Number(text);
  if (Number.isInteger(n) && n >= 1 && n <= 1000) return n;
  throw new AssayError('usage-invalid', `--threshold is a number from 1 to 1000, not "${text.slice(0, 40)}"`);
}
