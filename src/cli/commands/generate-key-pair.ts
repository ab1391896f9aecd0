import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay generate-key-pair`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'generate-key-pair is being written');
  },
};
