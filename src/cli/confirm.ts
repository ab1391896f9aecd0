import { AssayError } from '../errors.ts';
import type { Call } from './command.ts';

/** How a question is answered beforehand. */
export interface ConfirmOptions {
  /** The answer was given on the command line. */
  readonly yes: boolean;
  /** The flag that gives it, for the error; default `--yes`. */
  readonly flag?: string;
}

/** Throws `confirmation-missing` when a question that will be asked cannot be: before anything is tried. */
export async function mustBeAbleToConfirm({ io }: Pick<Call, 'io'>, { yes, flag = '--yes' }: ConfirmOptions): Promise<void> {
  if (yes || (await io.terminal?.()) !== undefined) return;
  throw new AssayError('confirmation-missing', 'this has to be confirmed, and there is no terminal to ask at', {
    hint: `${flag} confirms it beforehand`,
  });
}

/**
 * Asks a question at the terminal that `y` or `yes` answers with yes, and anything else, the end of the input too, with no. Throws
 * `confirmation-missing` without a terminal, `cancelled` on Ctrl-C.
 */
export async function confirmed(call: Pick<Call, 'io' | 'out' | 'signal'>, question: string, options: ConfirmOptions): Promise<boolean> {
  if (options.yes) return true;
  await mustBeAbleToConfirm(call, options);
  call.out.progress(undefined);
  const terminal = await call.io.terminal?.();
  const line = await terminal?.line(`${question} [y/N] `, call.signal);
  return /^\s*y(?:es)?\s*$/i.test(line ?? '');
}
