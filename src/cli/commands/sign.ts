import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay sign`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'sign is being written');
  },
};
