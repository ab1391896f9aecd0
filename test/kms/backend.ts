/** What tests of key services share. */
import { afterEach } from 'vitest';
import type { KeyContext } from '../../src/trust/keys/index.ts';

/** A context in which nothing but the variables of the process is at hand. */
export const context: KeyContext = {
  env: process.env,
  home: '/nowhere',
  readFile: () => Promise.reject(new Error('no file is read')),
  password: () => Promise.resolve(undefined),
  offline: false,
};

/** Sets variables of this process for one test: vendors' libraries read them there. */
export function withVariables(): (variables: Readonly<Record<string, string | undefined>>) => void {
  const before = new Map<string, string | undefined>();
  afterEach(() => {
    for (const [name, value] of before) set(name, value);
    before.clear();
  });
  return (variables) => {
    for (const [name, value] of Object.entries(variables)) {
      if (!before.has(name)) before.set(name, process.env[name]);
      set(name, value);
    }
  };
}

function set(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
