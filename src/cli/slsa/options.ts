import { type Command, Option } from 'commander';
import { collect } from '../options/common.ts';

const BUILD = 'What is expected of the build:';
const PACKAGE = 'npm packages:';
const SUMMARY = 'Verification summaries:';
const TRUST = 'What is trusted:';

/** slsa-verifier's options, by its names, and Assay's own. */
export function addSlsaOptions(command: Command): void {
  const add = (heading: string, flags: string, description: string, repeats = false): void => {
    const option = new Option(flags, description).helpGroup(heading);
    command.addOption(repeats ? option.argParser(collect) : option);
  };
  add(BUILD, '--source-uri <uri>', 'the source repository, as github.com/OWNER/REPOSITORY');
  add(BUILD, '--source-branch <branch>', 'the branch that was built');
  add(BUILD, '--source-tag <tag>', 'the tag that was built');
  add(BUILD, '--source-versioned-tag <version>', 'the version of the tag, or the beginning of one: v1, v1.2');
  add(BUILD, '--builder-id <id>', 'the builder, with or without @VERSION (default: those of slsa-github-generator)');
  add(BUILD, '--build-workflow-input <key=value>', 'an input of a workflow that was started by hand; repeats', true);
  add(BUILD, '--provenance-path <file>', 'the provenance: Sigstore bundles, envelopes, or the summary of Google Cloud Build');
  add(BUILD, '--provenance-repository <repository>', "where the provenance of images is stored instead of the image's own repository");
  add(BUILD, '--attestation-path <file>', 'as --provenance-path, for GitHub attestations');
  add(BUILD, '--print-provenance', 'print the verified statement');
  add(BUILD, '--print-attestation', 'as --print-provenance');
  add(PACKAGE, '--attestations-path <file>', "the attestations of npm's registry: provenance and publication");
  add(PACKAGE, '--package-name <name>', 'name of the package');
  add(PACKAGE, '--package-version <version>', 'version of the package');
  add(SUMMARY, '--vsa <file>', 'a verification summary (VSA), in place of provenance');
  add(SUMMARY, '--subject-digest <algorithm:value>', 'a digest that it has to be about; repeats', true);
  add(SUMMARY, '--verifier-id <id>', 'who has verified');
  add(SUMMARY, '--resource-uri <uri>', 'what was verified');
  add(SUMMARY, '--verified-level <level>', 'a level that was reached, as SLSA_BUILD_LEVEL_2; repeats', true);
  add(SUMMARY, '--public-key-path <file>', "the verifier's public key (PEM)");
  add(SUMMARY, '--public-key-id <id>', 'the name that the signature gives the key');
  add(SUMMARY, '--key <file>', 'as --public-key-path');
  add(TRUST, '--trusted-root <file>', 'trusted_root.json (default: the public good instance)');
  add(TRUST, '--max-trust-age <duration>', 'trust material older than this makes the answer inconclusive');
  add(TRUST, '--gcb-key <[name=]file>', 'a public key of Google Cloud Build in place of those that Assay knows; repeats', true);
}
