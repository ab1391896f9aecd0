import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay push`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'push is being written');
  },
};
