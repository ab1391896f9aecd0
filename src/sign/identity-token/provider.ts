import type { ServiceClient } from '../../trust/service-client/client.ts';

/** Where a provider looks for a token: everything that it may touch. */
export interface ProviderPlace {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly client: ServiceClient;
  readonly now: () => Date;
  /** A small file as text; `undefined` when there is none. Throws `file-unreadable`, `limit`. */
  readonly readFile: (path: string) => Promise<string | undefined>;
  /** Whether something has this path: a socket is no file. */
  readonly exists: (path: string) => Promise<boolean>;
  /** Base address of Google's service for impersonation; default Google's own. */
  readonly googleCredentials?: string;
  /** Where a pod's service account is mounted; default Kubernetes' own. */
  readonly serviceAccountFolder?: string;
}

/** Somebody in the environment who gives out identity tokens. */
export interface TokenProvider {
  /** cosign's name for `--oidc-provider`. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  /** Why it gives no token here; `undefined` when it does. */
  missing(place: ProviderPlace, audience: string): Promise<string | undefined>;
  /** A token for an audience, as the provider gives it out. Throws `service-unavailable`, `service-refused`, `file-unreadable`. */
  token(place: ProviderPlace, audience: string, signal?: AbortSignal): Promise<string>;
}

/** A variable that is set and not empty. */
export function variable(place: Pick<ProviderPlace, 'env'>, name: string): string | undefined {
  return place.env[name] || undefined;
}
