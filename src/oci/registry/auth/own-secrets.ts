import type { Environment } from '../http/proxy.ts';

/** Variables that hold secrets meant for Assay alone. */
const OWN: ReadonlySet<string> = new Set([
  'COSIGN_PASSWORD',
  'COSIGN_PKCS11_PIN',
  'SIGSTORE_ID_TOKEN',
  'COSIGN_REGISTRY_PASSWORD',
  'COSIGN_REGISTRY_TOKEN',
  'COSIGN_IDENTITY_TOKEN',
]);

/** The environment that programs beside Assay are started with (credential helpers, key plugins, a browser): whatever they need of their own, and none of the secrets that were given to Assay. */
export function withoutOwnSecrets(env: Environment): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([name, value]) => (value === undefined || OWN.has(name) ? [] : [[name, value]])));
}
