import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay load`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'load is being written');
  },
};
