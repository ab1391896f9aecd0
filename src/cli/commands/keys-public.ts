import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay keys public`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'keys public is being written');
  },
};
