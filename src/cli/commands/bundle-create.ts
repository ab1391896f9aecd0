import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay bundle create`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'bundle create is being written');
  },
};
