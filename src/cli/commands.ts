import type { CommandModule } from './command.ts';

/** A command in the table. */
export interface CommandEntry {
  /** One line for `assay --help`. */
  readonly summary: string;
  /** The heading that it stands under. */
  readonly group: 'Verify' | 'Policies' | 'Look' | 'Raw reads' | 'Trust' | 'This tool';
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
