import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay bundle upgrade`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'bundle upgrade is being written');
  },
};
