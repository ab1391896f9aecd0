import { updateTrust } from '../../trust/tuf/index.ts';
import type { CommandModule } from '../command.ts';
import { printState, stateJson } from './trust-state.ts';

/** `assay trust update`: refreshes the trust root now, whether its metadata has expired or not. */
export const command: CommandModule = {
  configure(command) {
    command.addHelpText(
      'after',
      '\nVerification refreshes by itself, once whenever the cached metadata has expired.\n\nExamples:\n  assay trust update',
    );
  },
  async execute({ out, io, signal }) {
    const state = await updateTrust({ place: io, now: io.now().getTime(), signal });
    for (const { code, message } of state.warnings) out.warn(code, message);
    if (out.format === 'text') printState(out, state, state.changed ? 'updated' : 'up to date');
    else await out.result({ schema: 'assay/trust-update/v1', ...stateJson(state), warnings: out.warnings, errors: [] });
    return 0;
  },
};
