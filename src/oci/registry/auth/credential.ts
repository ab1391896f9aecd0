/** What proves to a registry who asks. */
export type Credential =
  | { readonly kind: 'basic'; readonly username: string; readonly password: string }
  /** An OAuth 2 refresh token that `docker login` stored. */
  | { readonly kind: 'identity-token'; readonly token: string }
  /** A bearer token, used as it is. */
  | { readonly kind: 'registry-token'; readonly token: string };

/** Where credentials come from. */
export interface CredentialSource {
  /**
   * The credentials for a repository of a registry (`docker.io`, `host:port`), or `undefined` when there are none.
   * Throws `credentials-unavailable` when there may be some and they cannot be had.
   */
  find(registry: string, repository: string | undefined): Promise<Credential | undefined>;
}

/** No credentials for anybody. */
export const ANONYMOUS: CredentialSource = { find: () => Promise.resolve(undefined) };

/** The same credentials for one registry, and none for others. */
export function fixedCredentials(registry: string, credential: Credential): CredentialSource {
  return { find: (asked) => Promise.resolve(asked === registry ? credential : undefined) };
}
