import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay attach attestation`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'attach attestation is being written');
  },
};
