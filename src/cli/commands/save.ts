import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay save`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'save is being written');
  },
};
