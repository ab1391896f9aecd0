import type { CommandModule } from './command.ts';

/** The headings of `assay --help`, in their order. */
export const GROUPS = [
  'Verify',
  'Sign',
  'Attach',
  'Move',
  'Look',
  'Policies',
  'Keys',
  'Bundles',
  'Trust',
  'Registries',
  'Raw reads',
  'This tool',
] as const;

/** A command in the table. */
export interface CommandEntry {
  /** One line for `assay --help`. */
  readonly summary: string;
  /** The heading that it stands under. */
  readonly group: (typeof GROUPS)[number];
  /** The `schema` of its JSON, its errors included. */
  readonly schema: string;
  /** Loads the module. Nothing else of the command is loaded before. */
  readonly load: () => Promise<{ readonly command: CommandModule }>;
}

/** Every command, by its words. A word alone (`download`) is a family when only longer names begin with it. */
export const COMMANDS: ReadonlyMap<string, CommandEntry> = new Map<string, CommandEntry>([
  [
    'verify',
    { summary: 'verify the signatures of images', group: 'Verify', schema: 'assay/verify/v1', load: () => import('./commands/verify.ts') },
  ],
  [
    'verify-attestation',
    {
      summary: 'verify the attestations of images',
      group: 'Verify',
      schema: 'assay/verify/v1',
      load: () => import('./commands/verify-attestation.ts'),
    },
  ],
  [
    'verify-blob',
    {
      summary: 'verify a signature over a file',
      group: 'Verify',
      schema: 'assay/verify/v1',
      load: () => import('./commands/verify-blob.ts'),
    },
  ],
  [
    'verify-blob-attestation',
    {
      summary: 'verify an attestation about a file',
      group: 'Verify',
      schema: 'assay/verify/v1',
      load: () => import('./commands/verify-blob-attestation.ts'),
    },
  ],
  [
    'verify-bundle',
    {
      summary: 'verify whatever a Sigstore bundle holds',
      group: 'Verify',
      schema: 'assay/verify/v1',
      load: () => import('./commands/verify-bundle.ts'),
    },
  ],
  ['sign', { summary: 'sign images', group: 'Sign', schema: 'assay/sign/v1', load: () => import('./commands/sign.ts') }],
  [
    'attest',
    { summary: 'attest something about images', group: 'Sign', schema: 'assay/sign/v1', load: () => import('./commands/attest.ts') },
  ],
  ['sign-blob', { summary: 'sign a file', group: 'Sign', schema: 'assay/sign-blob/v1', load: () => import('./commands/sign-blob.ts') }],
  [
    'attest-blob',
    {
      summary: 'attest something about a file',
      group: 'Sign',
      schema: 'assay/sign-blob/v1',
      load: () => import('./commands/attest-blob.ts'),
    },
  ],
  [
    'attach signature',
    {
      summary: 'attach a signature that was made elsewhere',
      group: 'Attach',
      schema: 'assay/attach/v1',
      load: () => import('./commands/attach-signature.ts'),
    },
  ],
  [
    'attach attestation',
    {
      summary: 'attach an attestation that was made elsewhere',
      group: 'Attach',
      schema: 'assay/attach/v1',
      load: () => import('./commands/attach-attestation.ts'),
    },
  ],
  [
    'attach sbom',
    { summary: 'attach an SBOM, unsigned', group: 'Attach', schema: 'assay/attach/v1', load: () => import('./commands/attach-sbom.ts') },
  ],
  [
    'attach artifact',
    {
      summary: 'attach any files to an image as a referrer',
      group: 'Attach',
      schema: 'assay/attach/v1',
      load: () => import('./commands/attach-artifact.ts'),
    },
  ],
  [
    'clean',
    { summary: 'delete the evidence of an image', group: 'Attach', schema: 'assay/clean/v1', load: () => import('./commands/clean.ts') },
  ],
  [
    'repair',
    {
      summary: 'list evidence again that a tag has lost',
      group: 'Attach',
      schema: 'assay/repair/v1',
      load: () => import('./commands/repair.ts'),
    },
  ],
  [
    'generate',
    {
      summary: 'print the payload that a signature of an image is over',
      group: 'Sign',
      schema: 'assay/generate/v1',
      load: () => import('./commands/generate.ts'),
    },
  ],
  [
    'bundle create',
    {
      summary: 'make a bundle of a signature and its proofs',
      group: 'Bundles',
      schema: 'assay/bundle/v1',
      load: () => import('./commands/bundle-create.ts'),
    },
  ],
  [
    'bundle inspect',
    {
      summary: 'what stands in a bundle, unverified',
      group: 'Bundles',
      schema: 'assay/bundle-inspect/v1',
      load: () => import('./commands/bundle-inspect.ts'),
    },
  ],
  [
    'bundle upgrade',
    {
      summary: 'make a bundle of the newest version of an old one',
      group: 'Bundles',
      schema: 'assay/bundle/v1',
      load: () => import('./commands/bundle-upgrade.ts'),
    },
  ],
  [
    'keys generate',
    { summary: 'make a key pair', group: 'Keys', schema: 'assay/keys/v1', load: () => import('./commands/keys-generate.ts') },
  ],
  [
    'keys import',
    {
      summary: 'encrypt a private key of your own',
      group: 'Keys',
      schema: 'assay/keys/v1',
      load: () => import('./commands/keys-import.ts'),
    },
  ],
  [
    'keys public',
    { summary: 'print the public key of a key', group: 'Keys', schema: 'assay/keys/v1', load: () => import('./commands/keys-public.ts') },
  ],
  [
    'generate-key-pair',
    {
      summary: "cosign's name for keys generate",
      group: 'Keys',
      schema: 'assay/keys/v1',
      load: () => import('./commands/generate-key-pair.ts'),
    },
  ],
  [
    'import-key-pair',
    {
      summary: "cosign's name for keys import",
      group: 'Keys',
      schema: 'assay/keys/v1',
      load: () => import('./commands/import-key-pair.ts'),
    },
  ],
  [
    'public-key',
    { summary: "cosign's name for keys public", group: 'Keys', schema: 'assay/keys/v1', load: () => import('./commands/public-key.ts') },
  ],
  [
    'policy check',
    {
      summary: 'whether policies compile, and what is wrong where',
      group: 'Policies',
      schema: 'assay/policy-check/v1',
      load: () => import('./commands/policy-check.ts'),
    },
  ],
  [
    'policy test',
    {
      summary: 'test policies: images, and what has to be said of them',
      group: 'Policies',
      schema: 'assay/policy-test/v1',
      load: () => import('./commands/policy-test.ts'),
    },
  ],
  [
    'policy explain',
    {
      summary: 'which policies are about an image, what was found, and what would satisfy them',
      group: 'Policies',
      schema: 'assay/policy-explain/v1',
      load: () => import('./commands/policy-explain.ts'),
    },
  ],
  [
    'slsa verify',
    {
      summary: 'verify where images and files were built, and from what source',
      group: 'Verify',
      schema: 'assay/slsa-verify/v1',
      load: () => import('./commands/slsa-verify.ts'),
    },
  ],
  [
    'inspect',
    {
      summary: 'what an image is: configuration, platforms, layers, history',
      group: 'Look',
      schema: 'assay/inspect/v1',
      load: () => import('./commands/inspect.ts'),
    },
  ],
  [
    'tree',
    {
      summary: 'everything that is attached to an image, unverified',
      group: 'Look',
      schema: 'assay/tree/v1',
      load: () => import('./commands/tree.ts'),
    },
  ],
  [
    'download signature',
    {
      summary: 'print the signatures of an image, unverified',
      group: 'Look',
      schema: 'assay/download/v1',
      load: () => import('./commands/download-signature.ts'),
    },
  ],
  [
    'download attestation',
    {
      summary: 'print the attestations of an image, unverified',
      group: 'Look',
      schema: 'assay/download/v1',
      load: () => import('./commands/download-attestation.ts'),
    },
  ],
  [
    'download sbom',
    {
      summary: 'print the attached SBOMs of an image, unverified',
      group: 'Look',
      schema: 'assay/download/v1',
      load: () => import('./commands/download-sbom.ts'),
    },
  ],
  [
    'triangulate',
    {
      summary: "print where cosign's tag scheme stores evidence",
      group: 'Look',
      schema: 'assay/triangulate/v1',
      load: () => import('./commands/triangulate.ts'),
    },
  ],
  ['push', { summary: 'push files as an artifact', group: 'Move', schema: 'assay/push/v1', load: () => import('./commands/push.ts') }],
  ['pull', { summary: 'pull the files of an artifact', group: 'Move', schema: 'assay/pull/v1', load: () => import('./commands/pull.ts') }],
  [
    'copy',
    { summary: 'copy images with all their evidence', group: 'Move', schema: 'assay/copy/v1', load: () => import('./commands/copy.ts') },
  ],
  [
    'save',
    {
      summary: 'copy an image with all its evidence into a layout',
      group: 'Move',
      schema: 'assay/copy/v1',
      load: () => import('./commands/save.ts'),
    },
  ],
  [
    'load',
    {
      summary: 'copy an image with all its evidence out of a layout',
      group: 'Move',
      schema: 'assay/copy/v1',
      load: () => import('./commands/load.ts'),
    },
  ],
  [
    'digest',
    {
      summary: 'print the digest that a reference resolves to',
      group: 'Raw reads',
      schema: 'assay/digest/v1',
      load: () => import('./commands/digest.ts'),
    },
  ],
  ['ls', { summary: 'list the tags of a repository', group: 'Raw reads', schema: 'assay/ls/v1', load: () => import('./commands/ls.ts') }],
  [
    'catalog',
    {
      summary: 'list the repositories of a registry',
      group: 'Raw reads',
      schema: 'assay/catalog/v1',
      load: () => import('./commands/catalog.ts'),
    },
  ],
  [
    'manifest',
    {
      summary: 'print a manifest, byte for byte',
      group: 'Raw reads',
      schema: 'assay/manifest/v1',
      load: () => import('./commands/manifest.ts'),
    },
  ],
  [
    'config',
    {
      summary: "print an image's configuration, byte for byte",
      group: 'Raw reads',
      schema: 'assay/config/v1',
      load: () => import('./commands/config.ts'),
    },
  ],
  [
    'blob',
    { summary: 'print a blob, byte for byte', group: 'Raw reads', schema: 'assay/blob/v1', load: () => import('./commands/blob.ts') },
  ],
  [
    'login',
    {
      summary: 'store credentials of a registry',
      group: 'Registries',
      schema: 'assay/login/v1',
      load: () => import('./commands/login.ts'),
    },
  ],
  [
    'logout',
    {
      summary: 'forget the credentials of a registry',
      group: 'Registries',
      schema: 'assay/logout/v1',
      load: () => import('./commands/logout.ts'),
    },
  ],
  [
    'trust show',
    {
      summary: 'what is trusted, from whom that is known, and since when',
      group: 'Trust',
      schema: 'assay/trust-show/v1',
      load: () => import('./commands/trust-show.ts'),
    },
  ],
  [
    'trust init',
    {
      summary: 'choose the TUF repository that trust comes from',
      group: 'Trust',
      schema: 'assay/trust-init/v1',
      load: () => import('./commands/trust-init.ts'),
    },
  ],
  [
    'trust update',
    {
      summary: 'refresh the trust root now',
      group: 'Trust',
      schema: 'assay/trust-update/v1',
      load: () => import('./commands/trust-update.ts'),
    },
  ],
  [
    'trust trusted-root',
    {
      summary: 'trusted-root create, among the commands about trust',
      group: 'Trust',
      schema: 'assay/trusted-root-create/v1',
      load: () => import('./commands/trust-trusted-root.ts'),
    },
  ],
  [
    'trusted-root create',
    {
      summary: 'make a trusted_root.json for a private instance',
      group: 'Trust',
      schema: 'assay/trusted-root-create/v1',
      load: () => import('./commands/trusted-root-create.ts'),
    },
  ],
  [
    'signing-config create',
    {
      summary: 'make a signing_config.json',
      group: 'Trust',
      schema: 'assay/signing-config/v1',
      load: () => import('./commands/signing-config-create.ts'),
    },
  ],
  [
    'initialize',
    {
      summary: "cosign's name for trust init",
      group: 'Trust',
      schema: 'assay/trust-init/v1',
      load: () => import('./commands/initialize.ts'),
    },
  ],
  [
    'completion',
    {
      summary: 'print a script that completes commands in a shell',
      group: 'This tool',
      schema: 'assay/completion/v1',
      load: () => import('./commands/completion.ts'),
    },
  ],
  [
    'version',
    { summary: 'print the version', group: 'This tool', schema: 'assay/version/v1', load: () => import('./commands/version.ts') },
  ],
]);
