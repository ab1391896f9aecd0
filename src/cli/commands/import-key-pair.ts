import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay import-key-pair`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'import-key-pair is being written');
  },
};
