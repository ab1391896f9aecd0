import { Argument } from 'commander';
import type { CommandModule } from '../command.ts';
import { addRegistryOptions } from '../options/registry.ts';
import { addSlsaOptions } from '../slsa/options.ts';

/** `assay slsa verify IMAGE|FILE…`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('[IMAGE|FILE...]', 'the images, or the files or sha256:HEX with --provenance-path'));
    addSlsaOptions(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
What is read: provenance of slsa-github-generator (generic, container, Go, container-based, and builders of others by its delegator), of GitHub's
attestations, of npm's registry and of Google Cloud Build, and verification summaries. Files are verified without any connection.

Exit codes: 0 verified, 1 not verified, 2 misuse, 3 could not find out, 4 internal error.

Examples:
  assay slsa verify --source-uri github.com/acme/app --source-tag v1.2.3 registry.example/app@sha256:…
  assay slsa verify --provenance-path app.intoto.build.slsa --source-uri github.com/acme/app app-linux-amd64
  assay slsa verify --attestation-path bundle.jsonl --source-uri github.com/acme/app \\
    --builder-id https://github.com/acme/builder/.github/workflows/build.yml@refs/heads/main app.tar.gz
  assay slsa verify --attestations-path attestations.json --builder-id https://github.com/actions/runner/github-hosted \\
    --source-uri github.com/acme/package --package-name @acme/package --package-version 1.2.3 package.tgz
  assay slsa verify --provenance-path summary.json --source-uri github.com/acme/app us-docker.pkg.dev/acme/app@sha256:…
  assay slsa verify --vsa vsa.jsonl --verifier-id https://verifier.example --resource-uri image://app --verified-level SLSA_BUILD_LEVEL_3 \\
    --public-key-path verifier.pem --subject-digest sha256:…`,
    );
  },
  async execute(call) {
    const { verifySlsa } = await import('../slsa/verify.ts');
    const { answerSlsa } = await import('../slsa/answer.ts');
    return answerSlsa(await verifySlsa(call), call);
  },
};
