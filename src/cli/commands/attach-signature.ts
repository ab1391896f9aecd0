import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';

/** `assay attach signature`. */
export const command: CommandModule = {
  configure() {},
  execute() {
    throw new AssayError('internal', 'attach signature is being written');
  },
};
