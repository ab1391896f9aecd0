/** A command of another tool that Assay has not got under that name. */
export interface Elsewhere {
  readonly why: string;
  /** What to use instead. */
  readonly use?: string;
}

const securityKeys: Elsewhere = {
  why: 'security keys are not spoken to by PIV',
  use: '--key pkcs11:… with the PKCS #11 module of its vendor, whose tools set it up',
};
const tokens: Elsewhere = {
  why: 'tokens are listed by the tools that set them up',
  use: 'pkcs11-tool of OpenSC, or p11tool --list-all-urls',
};
const notation: Elsewhere = {
  why: "Notation's stores, keys and plugins are not edited here",
  use: 'notation, whose files Assay reads as they are',
};

/**
 * cosign's, notation's, slsa-verifier's, oras' and crane's commands that are not Assay's, with what to use instead, so that nobody has to guess.
 * `docs/reference/compatibility.md` says the same.
 */
export const ELSEWHERE: ReadonlyMap<string, Elsewhere> = new Map<string, Elsewhere>([
  ['cp', { why: 'it has another name here', use: 'assay copy' }],
  ['upload', { why: 'it has another name here', use: 'assay push' }],
  ['piv-tool', securityKeys],
  ['pkcs11-tool', tokens],
  ['auth', { why: 'it has another name here', use: 'assay login, assay logout' }],
  ['init', { why: 'it has another name here', use: 'assay trust init' }],
  ['dockerfile', { why: 'it is an option here', use: 'assay verify --dockerfile FILE' }],
  ['env', { why: 'there is no such command', use: 'assay COMMAND --help names the variables that count' }],
  ['discover', { why: 'it has another name here', use: 'assay tree' }],
  ['list', { why: 'it has another name here', use: 'assay tree' }],
  ['resolve', { why: 'it has another name here', use: 'assay digest' }],
  ['manifest verify', { why: 'it is an option here', use: 'assay verify --manifest FILE' }],
  ['blob sign', { why: 'it has another name here', use: 'assay sign-blob --format notation FILE' }],
  ['blob verify', { why: 'it has another name here', use: 'assay verify-blob --trust-policy FILE --signature FILE FILE' }],
  ['blob inspect', { why: 'it has another name here', use: 'assay verify-blob --output json' }],
  ['blob policy', notation],
  ['verify-artifact', { why: 'it has another name here', use: 'assay slsa verify --provenance-path FILE FILE' }],
  ['verify-image', { why: 'it has another name here', use: 'assay slsa verify IMAGE' }],
  ['verify-npm-package', { why: 'it has another name here', use: 'assay slsa verify --attestations-path FILE PACKAGE' }],
  ['verify-github-attestation', { why: 'it has another name here', use: 'assay slsa verify --attestation-path FILE ARTIFACT' }],
  ['verify-vsa', { why: 'it has another name here', use: 'assay slsa verify --vsa FILE' }],
  ['cert', notation],
  ['certificate', notation],
  ['key', notation],
  ['plugin', notation],
  ['policy show', { why: 'Notation configuration is not edited here', use: 'assay verify --trust-policy FILE reads it' }],
  ['policy import', { why: 'Notation configuration is not edited here', use: 'copy the file to where --trust-policy names it' }],
  ['policy init', { why: 'policies are files here', use: 'assay policy check FILE' }],
]);
