import type { JsonObject } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { claimsOf } from '../../sign/identity-token/claims.ts';
import { pathExists, readSecretFile } from '../../sign/identity-token/files.ts';
import { githubActionsProvider } from '../../sign/identity-token/github-actions.ts';
import type { ProviderPlace } from '../../sign/identity-token/provider.ts';
import { SIGSTORE_AUDIENCE } from '../../sign/identity-token/token.ts';
import type { Call } from '../command.ts';
import { serviceClientOf } from '../sign/client.ts';
import { identityTokenOf } from '../sign/identity-flags.ts';
import { lenient } from '../sign/lenient.ts';

/**
 * The claims, unverified, of the identity token of the job of GitHub Actions that this runs in: the one that is given to sign with, else one that is asked for. `undefined` elsewhere, and where the
 * job may get none or none may be asked for. Throws what asking for a token throws.
 */
export async function jobClaims(call: Call): Promise<JsonObject | undefined> {
  const { io, signal } = call;
  const options = lenient(call.options);
  if (io.env.GITHUB_ACTIONS !== 'true') return undefined;
  if (options.text('identity-token') !== undefined) return claimsOf((await identityTokenOf(call)).raw, '--identity-token');
  if (options.flag('offline') || options.flag('oidc-disable-ambient-providers')) return undefined;
  const client = serviceClientOf(call);
  try {
    const place: ProviderPlace = { env: io.env, client, now: io.now, readFile: readSecretFile, exists: pathExists };
    const audience = options.text('oidc-client-id') ?? SIGSTORE_AUDIENCE;
    if ((await githubActionsProvider.missing(place, audience)) !== undefined) return undefined;
    return claimsOf((await githubActionsProvider.token(place, audience, signal)).trim(), githubActionsProvider.title);
  } catch (error) {
    if (!(error instanceof AssayError) || error.hint !== undefined || error.code === 'cancelled') throw error;
    throw new AssayError(error.code, error.message, {
      cause: error.cause,
      retryable: error.retryable,
      hint: "the job's identity token says which workflow builds; --builder-id URI says it in its place",
    });
  } finally {
    await client.close();
  }
}
