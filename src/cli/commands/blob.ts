import { Argument } from 'commander';
import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';
import { addRegistryOptions } from '../options/registry.ts';
import { readBlob } from '../read-blob.ts';

/** `assay blob REPO@DIGEST`, as `crane blob`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('REPO@DIGEST', 'the blob'));
    addRegistryOptions(command);
    command.addHelpText(
      'after',
      '\nNothing is printed before the whole content has the digest.\n\nExamples:\n  assay blob registry.example/app@sha256:4c1d… > layer.tar.gz',
    );
  },
  async execute({ args, options, out, io, signal }) {
    const text = args[0] ?? '';
    const bytes = await readBlob(text, options, io, signal);
    if (out.format !== 'text') {
      await out.result({
        schema: 'assay/blob/v1',
        reference: text,
        digest: text.slice(text.lastIndexOf('@') + 1),
        size: bytes.length,
        base64: bytes,
        warnings: out.warnings,
        errors: [],
      });
      return 0;
    }
    if (io.isTTY.stdout && bytes.includes(0))
      throw new AssayError('usage-invalid', 'the blob is binary and stdout is a terminal', {
        hint: 'send it to a file: assay blob … > FILE',
      });
    out.print(bytes);
    return 0;
  },
};
