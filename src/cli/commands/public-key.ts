import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay public-key`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'public-key is being written');
  },
};
