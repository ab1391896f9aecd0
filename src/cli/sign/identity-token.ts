import { resolve } from 'node:path';
import { AssayError } from '../../errors.ts';
import { ambientToken, type LookedAt, namedToken } from '../../sign/identity-token/ambient.ts';
import { beginsLikeToken, looksLikeToken } from '../../sign/identity-token/claims.ts';
import { pathExists, readSecretFile } from '../../sign/identity-token/files.ts';
import type { BrowserFlowOptions } from '../../sign/identity-token/interactive/flow.ts';
import type { ProviderPlace } from '../../sign/identity-token/provider.ts';
import { parseIdentityToken, SIGSTORE_AUDIENCE } from '../../sign/identity-token/token.ts';
import type { IdentityToken } from '../../sign/services.ts';
import type { Call } from '../command.ts';
import { printable } from '../text/printable.ts';
import { serviceClientOf } from './client.ts';
import { PUBLIC_ISSUER, type TokenSource } from './identity-flags.ts';

/** The work of `identityTokenOf`, loaded when a token is needed. Throws as that. */
export async function findIdentityToken(call: Call, source: TokenSource): Promise<IdentityToken> {
  const { options, io, signal } = call;
  const audience = options.text('oidc-client-id') ?? source.audience ?? SIGSTORE_AUDIENCE;
  const given = options.text('identity-token');
  if (given !== undefined) return parseIdentityToken(await givenToken(given, call), '--identity-token', { now: io.now(), audience });
  const flow = options.text('fulcio-auth-flow');
  // Whoever asks to be signed in is not to get the identity of the machine that this happens to run on.
  const signsIn = flow !== undefined && flow !== 'token';
  const provider = options.text('oidc-provider');
  if (signsIn && provider !== undefined)
    throw new AssayError('usage-invalid', `--oidc-provider and --fulcio-auth-flow ${flow} exclude each other`, {
      hint: '--fulcio-auth-flow token takes the token of a provider',
    });
  const client = serviceClientOf(call);
  try {
    const place: ProviderPlace = { env: io.env, client, now: io.now, readFile: readSecretFile, exists: pathExists };
    if (!signsIn) {
      const found = await fromEnvironment(call, place, audience);
      if (found.token !== undefined) return found.token;
      if (flow === 'token' || !io.isTTY.stderr) throw missing(found.lookedAt, flow === 'token');
    }
    return await fromIssuer(call, flow ?? 'normal', {
      issuer: options.text('oidc-issuer') ?? source.issuer ?? PUBLIC_ISSUER,
      clientId: audience,
      client,
      now: io.now,
      signal,
    });
  } finally {
    await client.close();
  }
}

type Found = { readonly token: IdentityToken } | { readonly token: undefined; readonly lookedAt: readonly LookedAt[] };

async function fromEnvironment({ options, signal }: Call, place: ProviderPlace, audience: string): Promise<Found> {
  const name = options.text('oidc-provider');
  const off = options.flag('oidc-disable-ambient-providers');
  if (off && name !== undefined)
    throw new AssayError('usage-invalid', '--oidc-provider and --oidc-disable-ambient-providers exclude each other');
  if (off)
    return { token: undefined, lookedAt: [{ provider: 'the environment', because: '--oidc-disable-ambient-providers forbids to look' }] };
  const wish = { audience, signal };
  return name === undefined ? ambientToken(place, wish) : { token: await namedToken(name, place, wish) };
}

async function fromIssuer(
  call: Call,
  flow: string,
  plain: Pick<BrowserFlowOptions, 'issuer' | 'clientId' | 'client' | 'now' | 'signal'>,
): Promise<IdentityToken> {
  const { options, io } = call;
  const secret = await clientSecretOf(call);
  const base = { ...plain, ...(secret === undefined ? {} : { clientSecret: secret }) };
  const { browserToken, clientCredentialsToken, deviceToken } = await import('../../sign/identity-token/interactive/openid.ts');
  if (flow === 'client_credentials') {
    if (secret === undefined)
      throw new AssayError('usage-invalid', '--fulcio-auth-flow client_credentials needs an --oidc-client-secret-file');
    return clientCredentialsToken(base);
  }
  const say = (line: string): void =>
    void io.stderr.write(
      `${line
        .split('\n')
        .map((l) => printable(l, 4000))
        .join('\n')}\n`,
    );
  if (flow === 'device') return deviceToken({ ...base, say });
  const { openBrowser } = await import('../../sign/identity-token/interactive/open-browser.ts');
  const redirectUrl = options.text('oidc-redirect-url');
  return browserToken({
    ...base,
    say,
    openBrowser: (url) => openBrowser(url, io.env),
    ...(redirectUrl === undefined ? {} : { redirectUrl }),
  });
}

async function givenToken(given: string, { io }: Call): Promise<string> {
  // A token may have the end of the line that it was read from.
  const text = given.trim();
  if (looksLikeToken(text)) return text;
  if (text === '')
    throw new AssayError('token-missing', '--identity-token is empty', { hint: 'a variable that is not set may stand in its place' });
  const name = /^env:\/\/(.+)$/.exec(given)?.[1];
  if (name !== undefined) {
    const value = io.env[name];
    if (value === undefined || value === '') throw new AssayError('token-missing', `--identity-token: the variable ${name} is not set`);
    return value;
  }
  const content = await readSecretFile(resolve(io.cwd, given));
  if (content !== undefined) return content;
  // What is no file may be a token that was cut off: it is not repeated.
  const shown = beginsLikeToken(text) || given.length > 200 ? '' : ` ${given}`;
  throw new AssayError('token-invalid', `--identity-token${shown} is neither a token nor a file`);
}

async function clientSecretOf({ options, io }: Call): Promise<string | undefined> {
  const file = options.text('oidc-client-secret-file');
  if (file === undefined) return undefined;
  const text = (await readSecretFile(resolve(io.cwd, file)))?.trim();
  if (text === undefined || text === '') throw new AssayError('file-unreadable', `--oidc-client-secret-file ${file} holds no secret`);
  return text;
}

function missing(lookedAt: readonly LookedAt[], tokenOnly: boolean): AssayError {
  const all = lookedAt.map(({ provider, because }) => `${provider}: ${because}`).join('; ');
  const why = tokenOnly ? '--fulcio-auth-flow token signs in nobody' : 'no terminal to sign in at';
  return new AssayError('token-missing', `there is no identity token to sign with, and ${why}`, {
    hint: `give one with --identity-token, ask for --fulcio-auth-flow device, or sign with a --key. Looked at ${all}`,
  });
}
