import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay repair`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'repair is being written');
  },
};
