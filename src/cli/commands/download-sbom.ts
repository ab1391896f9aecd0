import { Argument } from 'commander';
import { LIMITS } from '../../limits.ts';
import { sbomForm } from '../attached/sbom.ts';
import type { CommandModule } from '../command.ts';
import { download, type Piece } from '../download/collect.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';

/** `assay download sbom IMAGE`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      '\nPrints the attached documents as they are: nobody signed them by themselves. SBOM attestations are had by\nassay download attestation --predicate-type spdx.\n\nExamples:\n  assay download sbom registry.example/app:v1 | jq .packages',
    );
  },
  execute(call) {
    return download(call, 'SBOM', async (artifact) => {
      const pieces: Piece[] = [];
      for (const layer of artifact.layers) {
        if (sbomForm(layer.mediaType) === undefined && artifact.kind !== 'sbom') continue;
        if (artifact.format !== 'sbom' && !artifact.found.includes('tag')) continue;
        const line = await artifact.store.read(layer, { signal: call.signal, maxBytes: LIMITS.evidenceBytes });
        const { digest: manifest, found, tag } = artifact;
        pieces.push({
          line,
          json: {
            format: 'sbom',
            manifest,
            found,
            tag,
            mediaType: layer.mediaType,
            digest: layer.digest,
            size: layer.size,
            content: Buffer.from(line).toString('utf8'),
          },
        });
      }
      if (pieces.length > 0) call.out.warn('unverified', 'this SBOM is not signed by itself: nothing says that it is true');
      return pieces;
    });
  },
};
