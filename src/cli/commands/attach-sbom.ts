import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay attach sbom`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'attach sbom is being written');
  },
};
