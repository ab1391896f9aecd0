import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay attach artifact`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'attach artifact is being written');
  },
};
