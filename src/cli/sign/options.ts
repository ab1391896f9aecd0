import { type Command, Option } from 'commander';
import { addSettleOption } from '../attach/settle.ts';
import { addPasswordOption, refuseSecurityKeys } from '../keys/options.ts';
import { collectCommas, collectCsv } from '../options/common.ts';
import { refuseOption } from '../options/refused.ts';

const WHO = 'Who signs:';
const CHECKS = 'Self-verification:';
const FORM = 'Form:';

/** Who signs, and by what the result is verified before anybody gets it: of every command that signs. */
export function addSignerOptions(command: Command): void {
  const add = (heading: string, flags: string, description: string): void => {
    command.addOption(new Option(flags, description).helpGroup(heading));
  };
  add(WHO, '--key <key>', 'private key: a file, env://VARIABLE, or one in a key service or on a token; without: keyless');
  add(WHO, '--certificate <file>', "the key's certificate of somebody's authority, PEM");
  add(WHO, '--certificate-chain <file>', 'PEM of the intermediates and the root that the certificate stands on');
  add(WHO, '--issue-certificate', 'have the certificate service certify the key of --key');
  addPasswordOption(command);
  command.addOption(new Option('-y, --yes', 'agree to what becomes public, without being asked'));
  refuseSecurityKeys(command);
  add(CHECKS, '--trusted-root <file>', 'trusted_root.json of the services that are used (default: the public good instance)');
  add(CHECKS, '--timestamp-certificate-chain <file>', "PEM of a timestamp authority's chain, for one that no trusted root names");
  add(CHECKS, '--unsafe-skip-self-verification', 'publish what was signed without having verified it');
}

/** cosign's options of `sign` and `attest` about where evidence goes, and Assay's own. */
export function addImageOptions(command: Command, what: string): void {
  command.addOption(
    new Option('--format <form>', `how the ${what} is made and stored`)
      .choices(what === 'signature' ? ['bundle', 'cosign-tag', 'notation', 'notation-cose'] : ['bundle', 'cosign-tag'])
      .helpGroup(FORM),
  );
  command.addOption(new Option('--force', `add another ${what} where this signer has made the same`));
  command.addOption(new Option('-r, --recursive', 'of an index also every image in it'));
  command.addOption(new Option('--bundle <file>', 'write the evidence to a file as well'));
  addSettleOption(command);
  command.addOption(
    new Option('--record-creation-timestamp', "cosign's tags: say when they were made (default: the zero time)").helpGroup(FORM),
  );
}

/** `-a` of commands that state pairs. */
export function addAnnotationsOption(command: Command): void {
  command.addOption(
    new Option('-a, --annotations <key=value>', 'pair that the signature states; repeats, or several with commas').argParser(collectCsv),
  );
}

/** Options of `sign` alone. */
export function addPayloadOptions(command: Command): void {
  addAnnotationsOption(command);
  command.addOption(new Option('--upload', 'write the signature to the registry; --upload=false does not'));
  command.setOptionValueWithSource('upload', true, 'default');
  for (const [flags, description] of [
    ['--output-signature <file>', 'write the signature to a file, base64'],
    ['--output-payload <file>', 'write the signed payload to a file'],
    ['--output-certificate <file>', 'write the certificate to a file (of a bare key: the public key), PEM'],
  ] as const)
    command.addOption(new Option(flags, description));
  command.addOption(
    new Option('--payload <file>', 'sign this payload (assay generate prints one) with --format cosign-tag').helpGroup(FORM),
  );
  command.addOption(
    new Option('--sign-container-identity <name>', 'what the payload calls the image, with --format cosign-tag; repeats')
      .argParser(collectCommas)
      .helpGroup(FORM),
  );
  refuseOption(command, '--attachment <name>', {
    reason: 'attached .sbom tags are signed no longer',
    hint: 'assay attest --type spdx signs an SBOM together with what it is about',
  });
}

/** What is stated: cosign's options of `attest` and `attest-blob`. */
export function addPredicateOptions(command: Command): void {
  command.addOption(new Option('--predicate <file>', 'the predicate, - for stdin'));
  command.addOption(
    new Option(
      '--type <type>',
      'predicate type: slsaprovenance, slsaprovenance1, link, spdx, spdxjson, cyclonedx, vuln, openvex, vsa, custom or a URI',
    ).default('custom'),
  );
  command.addOption(new Option('--unsafe-skip-schema', "attest a predicate that is not what its type's published schema says"));
  command.addOption(new Option('--statement <file>', 'a whole in-toto statement that is signed as it is, instead of --predicate'));
}

/** Where `sign-blob` and `attest-blob` write what cosign's old files hold. */
export function addBlobOutputOptions(command: Command, timestampFlag: string): void {
  for (const [flags, description] of [
    ['--bundle <file>', 'write the bundle here (default: FILE.sigstore.json beside the file; - for stdout)'],
    ['--output-signature <file>', 'old form: write the signature here'],
    ['--output-certificate <file>', 'old form: write the certificate here, PEM'],
    [`--${timestampFlag} <file>`, 'old form: write the timestamp here'],
  ] as const)
    command.addOption(new Option(flags, description));
}
