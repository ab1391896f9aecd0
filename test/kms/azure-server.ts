/** Azure Key Vault and its directory on this machine, over TLS: client credentials are checked, and each token is good for this vault only. */
import { createPublicKey, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ecdsaToRaw, importPublicKey } from '../../src/crypto/index.ts';
import { certifiedFor } from './certified.ts';
import { type ServiceKey, type ServiceKeyKind, serviceKey, signDigest } from './key-store.ts';
import { type KeyServer, serveKeys } from './served.ts';

export const TENANT = '11111111-2222-4333-8444-555555555555';
export const CLIENT = '66666666-7777-4888-8999-aaaaaaaaaaaa';
export const CLIENT_SECRET = 'only-the-directory-knows~this';

/** A running vault. */
export interface AzureServer extends KeyServer {
  readonly url: string;
  /** The authority that both names are certified by, PEM. */
  readonly ca: string;
}

/** Names of the vault and the directory; both are this machine. */
export const VAULT = 'acme.vault.test';
export const DIRECTORY = 'login.test';

const VERSION = '0123456789abcdef0123456789abcdef';

/** Starts it with keys by name. */
export async function startAzureVault(keys: ReadonlyMap<string, ServiceKey>): Promise<AzureServer> {
  const held = new Map(keys);
  const tokens = new Map<string, string>();
  const tls = certifiedFor([{ dns: VAULT }, { dns: DIRECTORY }]);
  const server = await serveKeys((request, bytes) => {
    const isVault = String(request.headers.host).replace(/:\d+$/, '') === VAULT;
    const [call, status, body, headers = {}] = isVault ? vault(request, bytes) : directory(request, bytes);
    return { call, status, body, headers, plain: !isVault };
  }, tls);
  const { port } = server;
  const origin = `https://${DIRECTORY}:${port}`;
  const vaultUrl = `https://${VAULT}:${port}`;

  function directory(request: IncomingMessage, body: Buffer): Answer {
    if (request.url?.includes('/.well-known/openid-configuration'))
      return [
        'discovery',
        200,
        {
          issuer: `${origin}/${TENANT}/v2.0`,
          authorization_endpoint: `${origin}/${TENANT}/oauth2/v2.0/authorize`,
          token_endpoint: `${origin}/${TENANT}/oauth2/v2.0/token`,
          jwks_uri: `${origin}/${TENANT}/discovery/v2.0/keys`,
        },
      ];
    const form = new URLSearchParams(body.toString());
    const good =
      form.get('client_id') === CLIENT && form.get('client_secret') === CLIENT_SECRET && form.get('grant_type') === 'client_credentials';
    if (!good) return ['token', 401, { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret provided.' }];
    const access_token = randomUUID();
    tokens.set(access_token, form.get('scope') ?? '');
    return ['token', 200, { access_token, token_type: 'Bearer', expires_in: 3600 }];
  }

  function vault(request: IncomingMessage, body: Buffer): Answer {
    const scope = tokens.get((request.headers.authorization ?? '').replace('Bearer ', ''));
    const challenge = `Bearer authorization="${origin}/${TENANT}", resource="https://vault.test"`;
    if (scope !== 'https://vault.test/.default')
      return ['refused', 401, { error: { code: 'Unauthorized' } }, { 'WWW-Authenticate': challenge }];
    const [, name = '', version, action] =
      /^\/keys\/([A-Za-z0-9-]+)(?:\/([0-9a-f]{32}))?(?:\/(sign|create))?/.exec(request.url ?? '') ?? [];
    const asked = body.length === 0 ? {} : (JSON.parse(body.toString()) as Record<string, string>);
    if (request.url?.startsWith(`/keys/${name}/create`)) {
      held.set(name, serviceKey(`p${asked.crv?.slice(2)}` as ServiceKeyKind, name));
      return ['create', 200, bundle(name, held.get(name) as ServiceKey)];
    }
    const key = held.get(name);
    if (key === undefined) return ['get', 404, { error: { code: 'KeyNotFound', message: `A key with (name/id) ${name} was not found` } }];
    if (action !== 'sign') return ['get', 200, bundle(name, key)];
    if (version !== VERSION) return ['sign', 400, { error: { code: 'BadParameter' } }];
    return sign(key, asked, `${vaultUrl}/keys/${name}/${VERSION}`);
  }

  function bundle(name: string, key: ServiceKey): Record<string, unknown> {
    const { kty, n, e, x, y, crv } = createPublicKey(key.privateKey).export({ format: 'jwk' });
    const kid = `${vaultUrl}/keys/${name}/${VERSION}`;
    return { key: { kid, kty, n, e, x, y, crv, key_ops: ['sign', 'verify'] }, attributes: { enabled: true } };
  }

  return Object.assign(server, { url: vaultUrl, ca: tls.ca });
}

type Answer = [call: string, status: number, body: Record<string, unknown>, headers?: Record<string, string>];

function sign(key: ServiceKey, { alg = '', value = '' }: Record<string, string>, kid: string): Answer {
  const digest = Buffer.from(value, 'base64url');
  const bits = alg.slice(2);
  if (digest.length !== Number(bits) / 8)
    return ['sign', 400, { error: { code: 'BadParameter', message: 'the digest has a wrong length' } }];
  if ((alg.startsWith('ES') ? 'p' : 'r') !== key.kind[0])
    return ['sign', 400, { error: { code: 'BadParameter', message: 'wrong algorithm' } }];
  const made = signDigest(key, digest, `sha${bits}` as 'sha256', alg.startsWith('PS') ? 'pss' : 'pkcs1');
  const curve = importPublicKey(key.spki).curve;
  return ['sign', 200, { kid, value: (curve === undefined ? made : ecdsaToRaw(made, curve)).toString('base64url') }];
}
