import type { Command, Option } from 'commander';
import { AssayError, messageOf } from '../errors.ts';
import { parseBoolean } from './argv.ts';
import { refusalOf } from './options/refused.ts';
import { isBoolean, nameOf } from './values.ts';

/** Variables of cosign's that are no flag, though a flag may have the name. */
const RESERVED: ReadonlySet<string> = new Set([
  'COSIGN_PASSWORD',
  'COSIGN_REPOSITORY',
  'COSIGN_EXPERIMENTAL',
  'COSIGN_DOCKER_MEDIA_TYPES',
  'COSIGN_PKCS11_PIN',
  'COSIGN_PKCS11_MODULE_PATH',
  'COSIGN_PKCS11_IGNORE_CERTIFICATE',
  'COSIGN_MAX_ATTACHMENT_SIZE',
]);

/** The variable that stands for a flag, as cosign has it: `--insecure-ignore-tlog` → `COSIGN_INSECURE_IGNORE_TLOG`. */
export function variableOf(flag: string): string {
  return `COSIGN_${flag.replaceAll('-', '_').toUpperCase()}`;
}

/** Gives the flags that were not on the command line the values of their variables. Throws `usage-invalid` for a value that is none. */
export function applyEnvironment(command: Command, env: Readonly<Record<string, string | undefined>>): void {
  for (const option of command.options) {
    const variable = variableOf(nameOf(option));
    const value = env[variable];
    const attribute = option.attributeName();
    const source = command.getOptionValueSource(attribute);
    if (value === undefined || value === '' || isForeign(option, variable) || (source !== undefined && source !== 'default')) continue;
    if (isBoolean(option)) {
      const on = parseBoolean(value, variable);
      // A refused flag refuses its variable too.
      if (on) option.parseArg?.(value, undefined);
      command.setOptionValueWithSource(attribute, on, 'env');
    } else {
      command.setOptionValueWithSource(attribute, parsed(option, value, variable), 'env');
    }
  }
}

function isForeign(option: Option, variable: string): boolean {
  return RESERVED.has(variable) || refusalOf(option)?.flagOnly === true;
}

function parsed(option: Option, value: string, variable: string): unknown {
  if (option.parseArg === undefined) return value;
  try {
    return option.parseArg(value, undefined);
  } catch (cause) {
    if (cause instanceof AssayError) throw cause;
    throw new AssayError('usage-invalid', `${variable}: ${messageOf(cause)}`, { cause });
  }
}
