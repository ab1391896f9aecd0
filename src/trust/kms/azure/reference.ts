import { AssayError } from '../../../errors.ts';

/** A key of Azure Key Vault, as its reference names it. */
export interface AzureReference {
  readonly vaultUrl: string;
  readonly name: string;
  /** The newest one where none is named. */
  readonly version: string | undefined;
}

/** Reads `azurekms://VAULT_HOST/KEY[/VERSION]`, as cosign has it (sigstore, pkg/signature/kms/azure). Throws `key-invalid`. */
export function parseAzureReference(reference: string): AzureReference {
  const [, host, name, version] =
    /^azurekms:\/\/([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*(?::\d{1,5})?)\/([A-Za-z0-9-]{1,127})(?:\/([0-9a-f]{32}))?$/.exec(reference) ?? [];
  if (host === undefined || name === undefined)
    throw new AssayError('key-invalid', `${reference.slice(0, 200)} is no key of Azure Key Vault`, {
      hint: 'azurekms://VAULT.vault.azure.net/KEY, with /VERSION if need be',
    });
  // As the vault writes its own address: hosts are the same in any case of letters, and the port of https is left out.
  return { vaultUrl: new URL(`https://${host}`).origin, name, version };
}
