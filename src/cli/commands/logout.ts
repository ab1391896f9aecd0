import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay logout`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'logout is being written');
  },
};
