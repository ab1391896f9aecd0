import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay signing-config create`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'signing-config create is being written');
  },
};
