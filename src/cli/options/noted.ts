import { type Command, Option } from 'commander';

const notes = new WeakMap<Option, string>();

/** Adds a flag of another tool that asks for what Assay always does. Using it says so on stderr; a flag that changes nothing is not passed over in silence. */
export function addNotedOption(command: Command, option: Option, note: string): void {
  notes.set(option, note);
  command.addOption(option);
}

/** What using a flag has to say; `undefined` for flags that do something. */
export function noteOf(option: Option): string | undefined {
  return notes.get(option);
}

/** `--experimental-oci11`: that form is always read. */
export function addOci11Option(command: Command): void {
  addNotedOption(
    command,
    new Option('--experimental-oci11', "cosign's option; the form is always read").hideHelp(),
    'the OCI 1.1 form is always read',
  );
}
