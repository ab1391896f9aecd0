import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay copy`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'copy is being written');
  },
};
