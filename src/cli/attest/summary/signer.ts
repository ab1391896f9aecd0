import type { AssayError } from '../../../errors.ts';
import type { Call } from '../../command.ts';
import { type Signing, signingOf } from '../../sign/signing.ts';
import type { Values } from '../../values.ts';

/** What the flags of summaries are called where things are signed. */
const NAMES = new Map([
  ['key', 'vsa-key'],
  ['signing-config', 'vsa-signing-config'],
  ['identity-token', 'vsa-identity-token'],
  ['password-file', 'vsa-password-file'],
]);

/** Flags of commands that verify that mean the same for signing; a `--key` or an identity there is of somebody else. */
const SHARED = new Set(['trusted-root', 'timestamp-certificate-chain', 'max-trust-age', 'offline', 'yes']);

/** Opens what summaries are signed with. Throws as `signingOf`. */
export function summarySigning(call: Call): Promise<Signing> {
  return signingOf({ ...call, options: signingValues(call.options) });
}

/** A key of the verifier's own needs no services; without it there are those of a signing configuration. */
function signingValues(options: Values): Values {
  const logged = !options.given('vsa-key') || options.given('vsa-signing-config');
  const nameOf = (name: string): string | undefined => NAMES.get(name) ?? (SHARED.has(name) && options.has(name) ? name : undefined);
  const read = <T>(name: string, of: (known: string) => T, otherwise: T): T => {
    const known = nameOf(name);
    return known === undefined ? otherwise : of(known);
  };
  return {
    has: (name) => name === 'tlog-upload' || nameOf(name) !== undefined,
    flag: (name) => (name === 'tlog-upload' ? logged : read(name, options.flag, false)),
    text: (name) => read(name, options.text, undefined),
    list: (name) => read(name, options.list, []),
    number: (name) => read(name, options.number, undefined),
    given: (name) => (name === 'tlog-upload' ? !logged : read(name, options.given, false)),
    named: (name) => (name === 'tlog-upload' ? !logged : read(name, options.named, false)),
  };
}

/** Which errors are the whole run's: what was asked wrongly, and what Assay does wrongly. */
export function endsTheRun(error: AssayError): boolean {
  return error.group === 'misuse' || error.code === 'internal';
}
