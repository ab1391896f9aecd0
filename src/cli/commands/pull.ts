import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay pull`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'pull is being written');
  },
};
