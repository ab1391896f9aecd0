import { type Command, Option } from 'commander';
import { NETWORK_VARIABLES } from '../options/common.ts';
import { refuseOption } from '../options/refused.ts';

/** The forms of a reference to a key, for help texts. */
export const KEY_REFERENCES = `
Keys:
  FILE, env://VARIABLE, k8s://NAMESPACE/NAME, awskms://…, gcpkms://…, azurekms://…, hashivault://…,
  pkcs11:…, and NAME://… with the program sigstore-kms-NAME`;

/** The same, below the environment of commands that talk to a registry. */
export const KEY_VARIABLES = `  COSIGN_PASSWORD                     password of an encrypted private key; may be empty
  SOURCE_DATE_EPOCH                   when the evidence says that it was made`;

/** Environment of commands that open private keys and ask nobody, for help texts. */
export const KEY_ENVIRONMENT = `
Environment:
  COSIGN_<FLAG>       a flag that is not given, as COSIGN_KEY
  COSIGN_PASSWORD     password of an encrypted private key; may be empty`;

/** The same of commands that may ask services, and no registry. */
export const KEY_SERVICE_ENVIRONMENT = `${KEY_ENVIRONMENT}
  ${NETWORK_VARIABLES}`;

/** `--password-file`, of every command that opens private keys. A password is never an argument: arguments are seen by everybody. */
export function addPasswordOption(command: Command): void {
  command.addOption(
    new Option(
      '--password-file <file>',
      'file with the password of an encrypted private key ("-" for stdin); else COSIGN_PASSWORD, else asked for',
    ),
  );
}

/** cosign's options for hardware tokens by PIV. */
export function refuseSecurityKeys(command: Command): void {
  const hint = 'most of them speak PKCS#11: --key pkcs11:…';
  refuseOption(command, '--sk', { reason: 'security keys are not spoken to by PIV', hint });
  refuseOption(command, '--slot <slot>', { reason: 'security keys are not spoken to by PIV', hint });
}
