import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay generate`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'generate is being written');
  },
};
