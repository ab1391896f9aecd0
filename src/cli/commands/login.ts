import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay login`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'login is being written');
  },
};
