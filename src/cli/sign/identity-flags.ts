import { type Command, Option } from 'commander';
import type { IdentityToken } from '../../sign/services.ts';
import type { Call } from '../command.ts';

const HEADING = 'Identity options:';

/** The issuer of the public good instance. */
export const PUBLIC_ISSUER = 'https://oauth2.sigstore.dev/auth';

/** cosign's options about who signs without a key. */
export function addIdentityOptions(command: Command): void {
  const add = (flags: string, description: string): Option => {
    const option = new Option(flags, description).helpGroup(HEADING);
    command.addOption(option);
    return option;
  };
  add('--identity-token <token>', 'identity token: a file, env://VARIABLE, or the token itself');
  add('--oidc-issuer <url>', `who signs people in (the signing config's, else ${PUBLIC_ISSUER})`);
  add('--oidc-client-id <id>', 'client, and audience of the token (sigstore)');
  add('--oidc-client-secret-file <file>', "file with the client's secret");
  add('--oidc-redirect-url <url>', 'address of this machine that the browser comes back to');
  add('--oidc-provider <name>', 'provider of tokens to ask, and no other: github-actions, spiffe, …');
  add('--oidc-disable-ambient-providers', 'ask no provider of the environment');
  add('--fulcio-auth-flow <flow>', 'how to sign in').choices(FLOWS);
  add('--fulcio-url <url>', "certificate service (the signing config's)");
  add('--insecure-skip-verify', "do not verify the certificate's promise of a certificate transparency log");
}

const FLOWS = ['normal', 'device', 'token', 'client_credentials'];

/** Whom a token is asked from, and for. */
export interface TokenSource {
  /** The issuer that the signing configuration names; `--oidc-issuer` wins. */
  readonly issuer?: string;
  /** The audience that the certificate service expects; `--oidc-client-id` wins. */
  readonly audience?: string;
}

/**
 * The identity token that the options and the environment give: `--identity-token`, else, unless a flow is asked for that signs in, the provider that is named or the first that
 * is there, else, at a terminal or when such a flow is asked for, an issuer. Throws `token-missing` naming all that was looked at, `token-invalid`, `usage-invalid`, and what
 * services throw.
 */
export async function identityTokenOf(call: Call, source: TokenSource = {}): Promise<IdentityToken> {
  const { findIdentityToken } = await import('./identity-token.ts');
  return findIdentityToken(call, source);
}
