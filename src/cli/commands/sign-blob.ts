import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay sign-blob`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'sign-blob is being written');
  },
};
