import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay attest-blob`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'attest-blob is being written');
  },
};
