import { Argument, Option } from 'commander';
import { AssayError } from '../../errors.ts';
import { evidenceTag } from '../../oci/tags.ts';
import type { CommandModule } from '../command.ts';
import { openImage } from '../image.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';
import { craneRepository } from '../options/repository.ts';

const SUFFIXES = new Map([
  ['signature', 'sig'],
  ['attestation', 'att'],
  ['sbom', 'sbom'],
] as const);

/** `assay triangulate IMAGE`, as `cosign triangulate`: where the tag scheme stores evidence, whether there is any or not. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    command.addOption(new Option('--type <type>', 'of what').choices(['signature', 'attestation', 'sbom', 'digest']).default('signature'));
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      '\nReferrers have no tag: assay tree shows them.\n\nExamples:\n  assay triangulate registry.example/app:v1\n  assay triangulate --type attestation registry.example/app:v1',
    );
  },
  async execute({ args, options, out, io, signal }) {
    const image = await openImage(args[0] ?? '', options, { io, out, signal });
    const type = options.text('type') ?? 'signature';
    const suffix = SUFFIXES.get(type as 'signature');
    const place =
      suffix === undefined
        ? `${craneRepository(image.repository)}@${image.digest}`
        : tagged(image.evidenceRepository, image.digest, suffix, options.text('attachment-tag-prefix'));
    if (out.format === 'text') out.print(`${place}\n`);
    else await out.result({ schema: 'assay/triangulate/v1', reference: image.text, type, place, warnings: out.warnings, errors: [] });
    return 0;
  },
};

function tagged(
  repository: string,
  digest: Parameters<typeof evidenceTag>[0],
  suffix: 'sig' | 'att' | 'sbom',
  prefix: string | undefined,
): string {
  const tag = evidenceTag(digest, suffix, prefix ?? '');
  if (tag === undefined)
    throw new AssayError('unsupported', `cosign's tag scheme has no tag for ${digest}: it would be longer than 128 characters`);
  return `${craneRepository(repository)}:${tag}`;
}
