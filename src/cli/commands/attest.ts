import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay attest`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'attest is being written');
  },
};
