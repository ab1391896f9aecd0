import { type Command, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import type { Call } from '../command.ts';
import { isStructured } from '../output/output.ts';

const HEADING = 'Verification summary (VSA):';

/** Options of commands that verify images: a signed summary of their own verdict. */
export function addSummaryOptions(command: Command): void {
  const add = (flags: string, description: string): void => {
    command.addOption(new Option(flags, description).helpGroup(HEADING));
  };
  add('--emit-vsa <file>', 'sign a SLSA verification summary of the verdict, and write its bundle here; - for stdout');
  add('--attach-vsa', 'sign a SLSA verification summary of the verdict, and store it with the image');
  add('--vsa-verifier-id <uri>', 'who verifies: the name that consumers know this verifier by');
  add('--vsa-resource-uri <uri>', 'what was verified (default: oci://REGISTRY/REPOSITORY)');
  add('--vsa-policy-uri <uri>', 'what the policy is called (default: urn:assay:policy, or urn:assay:requirement for flags)');
  add('--vsa-key <key>', "the verifier's private key, as --key of assay sign; without: keyless");
  add('--vsa-signing-config <file>', 'signing_config.json of the services that log and stamp (with --vsa-key by default none)');
  add('--vsa-identity-token <token>', 'identity token to sign with: a file, env://VARIABLE, or the token itself');
  add('--vsa-password-file <file>', 'file with the password of the encrypted private key; else COSIGN_PASSWORD, else asked for');
  add('-y, --yes', 'agree to what a keyless summary makes public, without being asked');
}

const ABOUT_SUMMARIES = [
  ...['vsa-verifier-id', 'vsa-resource-uri', 'vsa-policy-uri', 'vsa-key', 'vsa-signing-config', 'vsa-identity-token', 'vsa-password-file'],
  'yes',
];

/** What the flags ask for. */
export interface SummaryWanted {
  readonly file: string | undefined;
  readonly attach: boolean;
  readonly verifier: string;
  readonly resource: string | undefined;
  readonly policyUri: string | undefined;
}

/** What the flags ask for, and `undefined` where no summary is wanted. Throws `usage-invalid` before anything is verified. */
export function summaryWanted({ options, out }: Call): SummaryWanted | undefined {
  const file = options.text('emit-vsa');
  const attach = options.flag('attach-vsa');
  if (file === undefined && !attach) {
    // A variable may be set for other commands, as COSIGN_YES is.
    const lonely = ABOUT_SUMMARIES.find((name) => options.named(name));
    if (lonely === undefined) return undefined;
    throw new AssayError('usage-invalid', `--${lonely} is about verification summaries, and none is wanted`, {
      hint: '--emit-vsa FILE, or --attach-vsa',
    });
  }
  const verifier = options.text('vsa-verifier-id');
  if (verifier === undefined)
    throw new AssayError('usage-invalid', 'a verification summary names its verifier: --vsa-verifier-id is missing', {
      hint: '--vsa-verifier-id https://verifier.example, which consumers compare',
    });
  if (options.has('check-claims') && !options.flag('check-claims'))
    throw new AssayError(
      'usage-invalid',
      '--check-claims=false leaves open what the evidence is about, and a verification summary says it',
    );
  if (options.given('vsa-key') && options.given('vsa-identity-token'))
    throw new AssayError('usage-invalid', '--vsa-key and --vsa-identity-token exclude each other');
  if (file === '-' && (isStructured(out.format) || options.given('compat')))
    throw new AssayError('usage-invalid', '--emit-vsa - prints to stdout, where the answer goes', { hint: '--emit-vsa FILE' });
  for (const flag of ['vsa-verifier-id', 'vsa-resource-uri', 'vsa-policy-uri']) {
    const uri = options.text(flag);
    if (uri !== undefined && !/^[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+$/.test(uri))
      throw new AssayError('usage-invalid', `--${flag} is no URI: "${uri.slice(0, 200)}"`);
  }
  return { file, attach, verifier, resource: options.text('vsa-resource-uri'), policyUri: options.text('vsa-policy-uri') };
}
