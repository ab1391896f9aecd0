/** The only file that names Azure's libraries; loaded when an `azurekms://` reference is used. */
export { DefaultAzureCredential } from '@azure/identity';
export { CryptographyClient, KeyClient } from '@azure/keyvault-keys';
