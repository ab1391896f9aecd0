import { type BuildFacts, GITHUB_ISSUER } from './facts.ts';
import { isRelease } from './version.ts';

/** Where the workflows of slsa-github-generator are. */
export const GENERATOR_FOLDER = 'https://github.com/slsa-framework/slsa-github-generator/.github/workflows/';
const RUNNER = 'https://github.com/actions/runner';

/** Workflows of slsa-github-generator that build or attest by themselves: the certificate names them, and they name themselves. */
export const GENERATORS = [
  'generator_generic_slsa3.yml',
  'generator_container_slsa3.yml',
  'builder_go_slsa3.yml',
  'builder_container-based_slsa3.yml',
].map((file) => `${GENERATOR_FOLDER}${file}`);

/** Workflows of slsa-github-generator that sign for a builder of somebody else's, whose id they state truly. */
export const DELEGATORS = ['delegator_generic_slsa3.yml', 'delegator_lowperms-generic_slsa3.yml'].map(
  (file) => `${GENERATOR_FOLDER}${file}`,
);

/** A builder's id without and with its version. */
export interface BuilderId {
  readonly name: string;
  readonly version: string | undefined;
}

/** The parts of `NAME@VERSION`. */
export function splitBuilder(id: string): BuilderId {
  const at = id.lastIndexOf('@');
  return at < 0 ? { name: id, version: undefined } : { name: id.slice(0, at), version: id.slice(at + 1) };
}

/** Whether an id is the one that is asked for: the same name, and the same version where one is asked for (`v1` is `refs/tags/v1`). */
export function isBuilder(found: string, wanted: string): boolean {
  const [a, b] = [splitBuilder(found), splitBuilder(wanted)];
  if (a.name !== b.name) return false;
  return b.version === undefined || a.version === b.version || a.version === `refs/tags/${b.version}`;
}

/** Whether a workflow is one of a list, at a release: `refs/tags/vX.Y.Z`. */
export function isReleaseOf(workflow: string | undefined, names: readonly string[]): boolean {
  if (workflow === undefined) return false;
  const { name, version } = splitBuilder(workflow);
  const tag = version?.startsWith('refs/tags/') ? version.slice('refs/tags/'.length) : undefined;
  return names.includes(name) && tag !== undefined && isRelease(tag);
}

/**
 * Why the builder that is stated cannot be the one that the certificate proves; `undefined` when they agree, or the certificate says nothing of it.
 * A delegator signs for others; GitHub's runner states no workflow.
 */
export function builderConflict({ stated, proven }: BuildFacts): string | undefined {
  if (stated.builder === undefined || proven.signer === undefined || proven.issuer !== GITHUB_ISSUER) return undefined;
  if (stated.builder === proven.signer) return undefined;
  if (isReleaseOf(proven.signer, DELEGATORS)) return undefined;
  if (stated.builder === RUNNER || stated.builder.startsWith(`${RUNNER}/`)) {
    const kind = stated.builder.slice(RUNNER.length + 1);
    return kind === '' || proven.runner === undefined || kind === proven.runner
      ? undefined
      : `the provenance says that a ${kind} runner built it, the certificate says ${proven.runner}`;
  }
  return `the provenance names the builder ${stated.builder}, the certificate the workflow ${proven.signer}`;
}

/**
 * The build level of a builder that Assay knows (slsa.dev/spec/v1.1/levels), as far as the certificate proves who it was; 0 for others.
 * slsa-github-generator isolates signing from the build: 3. Workflows on GitHub's own runners sign what they say themselves: 2.
 */
export function knownLevel({ stated, proven }: BuildFacts): number {
  if (proven.issuer !== GITHUB_ISSUER || stated.builder === undefined) return 0;
  if (isReleaseOf(proven.signer, GENERATORS) && stated.builder === proven.signer) return 3;
  if (isReleaseOf(proven.signer, DELEGATORS)) return stated.builder.startsWith(GENERATOR_FOLDER) ? 3 : 0;
  return proven.runner === 'github-hosted' ? 2 : 0;
}
