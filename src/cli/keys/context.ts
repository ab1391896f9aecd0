import { AssayError } from '../../errors.ts';
import type { KeyContext } from '../../trust/keys/index.ts';
import type { Call } from '../command.ts';
import { readInput } from '../verify/files.ts';

/** What opening keys may touch when a command does it: its files, environment, terminal and deadline. */
export function keyContextOf(call: Call): KeyContext {
  const { io, options, signal } = call;
  return {
    env: io.env,
    home: io.home,
    async readFile(path) {
      if (path === '-' && options.has('password-file') && options.text('password-file') === '-')
        throw new AssayError('usage-invalid', 'key and password cannot both come from stdin');
      return readInput(path, 'key', io);
    },
    password: async (name, attempt) => (await asking()).passwordOf(name, attempt, call),
    pin: async (token) => (await asking()).pinOf(token, call),
    offline: options.has('offline') && options.flag('offline'),
    signal,
  };
}

/** The same for making a key, whose password is a new one. */
export function newKeyContextOf(call: Call): KeyContext {
  return {
    ...keyContextOf(call),
    password: async (name, attempt) => (attempt === 0 ? (await asking()).newPassword(name, call) : undefined),
  };
}

// Public keys have no password.
function asking(): Promise<typeof import('./password.ts')> {
  return import('./password.ts');
}
