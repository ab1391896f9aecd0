import { type Command, Option } from 'commander';
import { AssayError } from '../../errors.ts';

/** A flag that is known and refused: using it is an error with the reason, never a flag that is accepted and ignored. */
export interface Refusal {
  readonly reason: string;
  readonly hint?: string;
  /** A variable of this name is another tool's, or another command's, and says nothing here. */
  readonly flagOnly?: true;
}

const refusals = new WeakMap<Option, Refusal>();

/** Makes a command refuse a flag of another tool with a reason. It is not shown in the help. */
export function refuseOption(command: Command, flags: string, refusal: Refusal): void {
  const option = new Option(flags, refusal.reason).hideHelp();
  const fail = (): never => {
    throw new AssayError(
      'unsupported',
      `${option.long ?? flags} is refused: ${refusal.reason}`,
      refusal.hint === undefined ? {} : { hint: refusal.hint },
    );
  };
  command.addOption(option.argParser(fail));
  refusals.set(option, refusal);
}

/** Why a flag is refused; `undefined` for one that is not. */
export function refusalOf(option: Option): Refusal | undefined {
  return refusals.get(option);
}
