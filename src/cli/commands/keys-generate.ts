import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay keys generate`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'keys generate is being written');
  },
};
