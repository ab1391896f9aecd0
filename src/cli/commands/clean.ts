import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay clean`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'clean is being written');
  },
};
