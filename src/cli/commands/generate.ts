import { Argument } from 'commander';
import type { CommandModule } from '../command.ts';
import { addPlatformOption, addRegistryOptions } from '../options/registry.ts';
import { addAnnotationsOption } from '../sign/options.ts';

/** `assay generate IMAGE`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('IMAGE', 'the image'));
    addAnnotationsOption(command);
    addPlatformOption(command);
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      `
Prints cosign's simple signing payload, byte for byte and without a line feed: for signing it elsewhere.

Exit codes: 0 printed, 1 the image is not there, 2 misuse, 3 the registry did not answer, 4 internal error.

Examples:
  assay generate registry.example/app:v1 > payload
  openssl dgst -sha256 -sign key.pem payload | base64 > payload.sig
  assay attach signature --payload payload --signature payload.sig registry.example/app:v1`,
    );
  },
  async execute(call) {
    const [{ openImage }, { nameOf }, { simpleSigningPayload }, { pairsOf }] = await Promise.all([
      import('../image.ts'),
      import('../sign/targets.ts'),
      import('../../sign/index.ts'),
      import('../verify/demands.ts'),
    ]);
    const image = await openImage(call.args[0] ?? '', call.options, call);
    const payload = simpleSigningPayload({
      dockerReference: nameOf(image.reference, image.repository),
      digest: image.digest,
      annotations: pairsOf(call.options.list('annotations'), '-a'),
    });
    const { isStructured } = await import('../output/output.ts');
    if (isStructured(call.out.format))
      await call.out.result({
        schema: 'assay/generate/v1',
        digest: image.digest,
        payload: Buffer.from(payload).toString('utf8'),
        warnings: call.out.warnings,
        errors: [],
      });
    else call.out.print(payload);
    return 0;
  },
};
