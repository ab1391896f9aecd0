import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay keys import`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'keys import is being written');
  },
};
