import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  Configuration,
  type CustomFetch,
  calculatePKCECodeChallenge,
  clientCredentialsGrant,
  customFetch,
  discovery,
  initiateDeviceAuthorization,
  None,
  pollDeviceAuthorizationGrant,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type ServerMetadata,
} from 'openid-client';
import { AssayError } from '../../../errors.ts';
import { isLoopback } from '../../../oci/registry/http/address.ts';
import { parseUrl, printableText } from '../../../oci/registry/http/message.ts';
import type { IdentityToken } from '../../services.ts';
import { parseIdentityToken } from '../token.ts';
import { awaitCallback } from './callback.ts';
import type { BrowserFlowOptions, FlowOptions, PersonFlowOptions } from './flow.ts';
import { bridgeTo } from './http-bridge.ts';
import { understood } from './openid-errors.ts';

/** What Fulcio needs of a token: who it is, with an address. */
const SCOPE = 'openid email';

/**
 * A token by the browser (OAuth 2.0 for Native Apps, RFC 8252): authorization code with PKCE, back to a port of this machine, state and nonce checked.
 * Throws `service-unavailable`, `service-refused` (the person or the issuer said no), `service-lied`, `token-invalid`, `usage-invalid`, `cancelled`.
 */
export function browserToken(options: BrowserFlowOptions): Promise<IdentityToken> {
  return guarded(options, 'the browser', async (config) => {
    const [pkceCodeVerifier, expectedState, expectedNonce] = [randomPKCECodeVerifier(), randomState(), randomNonce()];
    const codeChallenge = await calculatePKCECodeChallenge(pkceCodeVerifier);
    const came = await awaitCallback(options, expectedState, (redirectUrl) =>
      checkedPage(
        buildAuthorizationUrl(config, {
          redirect_uri: redirectUrl,
          scope: SCOPE,
          code_challenge: codeChallenge,
          code_challenge_method: 'S256',
          state: expectedState,
          nonce: expectedNonce,
        }).href,
      ),
    );
    const answer = await authorizationCodeGrant(config, came, { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true });
    return answer.id_token;
  });
}

/**
 * A token by a code that a person enters on another machine (RFC 8628). Throws as `browserToken`.
 */
export function deviceToken(options: PersonFlowOptions): Promise<IdentityToken> {
  return guarded(options, 'a device code', async (config) => {
    if (config.serverMetadata().device_authorization_endpoint === undefined)
      throw new AssayError('unsupported', `${options.issuer} offers no device codes`, {
        hint: '--fulcio-auth-flow normal opens a browser',
      });
    const verifier = randomPKCECodeVerifier();
    const challenge = { code_challenge: await calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256' };
    const started = await initiateDeviceAuthorization(config, { scope: SCOPE, ...challenge });
    options.say(`Open ${checkedPage(started.verification_uri_complete ?? started.verification_uri)}`);
    options.say(`and check or enter the code ${printableText(started.user_code, 50)} (valid for ${started.expires_in} s)`);
    const { signal } = options;
    const answer = await pollDeviceAuthorizationGrant(
      config,
      started,
      { scope: SCOPE, code_verifier: verifier },
      signal === undefined ? {} : { signal },
    );
    return answer.id_token;
  });
}

/** A token for a client with a secret of its own (cosign's `client_credentials`; RFC 6749 §4.4 with an identity token in the answer). Throws as `browserToken`. */
export function clientCredentialsToken(options: FlowOptions): Promise<IdentityToken> {
  return guarded(options, 'client credentials', async (config) => (await clientCredentialsGrant(config, { scope: SCOPE })).id_token);
}

async function guarded(
  options: FlowOptions,
  by: string,
  work: (config: Configuration) => Promise<string | undefined>,
): Promise<IdentityToken> {
  const { issuer, clientId, now } = options;
  const raw = await understood(options, async () => work(await configure(options)));
  if (raw === undefined) throw new AssayError('service-refused', `${issuer} answers without an identity token`);
  return parseIdentityToken(raw, `${by}, from ${issuer}`, { now: now(), audience: clientId });
}

async function configure(options: FlowOptions): Promise<Configuration> {
  const { clientId, clientSecret } = options;
  const issuer = parseUrl(options.issuer);
  const plain = issuer?.protocol === 'http:' && isLoopback(issuer.hostname);
  if (issuer === undefined || (issuer.protocol !== 'https:' && !plain))
    throw new AssayError('usage-invalid', 'the issuer of identity tokens is named by its https address');
  const fetch = bridgeTo(options) as CustomFetch;
  // The library marks this as deprecated to make it stand out; it is for loopback only.
  const execute = plain ? [allowInsecureRequests] : [];
  const found = await discovery(issuer, clientId, undefined, None(), { [customFetch]: fetch, execute });
  if (clientSecret === undefined) return found;
  const server = found.serverMetadata();
  const config = new Configuration(server, clientId, clientSecret, authenticationFor(server, clientSecret));
  config[customFetch] = fetch;
  if (plain) allowInsecureRequests(config);
  return config;
}

// In the body where the server takes it, as cosign sends it; `client_secret_basic` is what a server that says nothing takes (RFC 8414 §2).
function authenticationFor(server: ServerMetadata, secret: string): ClientAuth {
  const methods = server.token_endpoint_auth_methods_supported;
  return methods?.includes('client_secret_basic') === true && !methods.includes('client_secret_post')
    ? ClientSecretBasic(secret)
    : ClientSecretPost(secret);
}

/** An address that a person is sent to. The issuer names it: nothing but a page is opened. */
function checkedPage(text: string): string {
  const url = parseUrl(text);
  if (url === undefined || (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))))
    throw new AssayError('service-lied', `the issuer sends to ${printableText(text, 100)}, which is no https address`);
  return url.href;
}
