/** Google Cloud KMS on this machine: its REST protocol, and OAuth with a service account whose assertion is checked. */
import { createVerify, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { crc32c } from '../../src/trust/kms/gcp/checksum.ts';
import { type ServiceKey, type ServiceKeyKind, serviceKey, signDigest, signMessage } from './key-store.ts';
import { type KeyServer, serveKeys } from './served.ts';

/** A running service, and the credentials of an account that it knows. */
export interface GcpServer extends KeyServer {
  readonly url: string;
  /** The text of a service account's file. */
  readonly account: string;
  /** The same of an account with another key. */
  readonly stranger: string;
}

/** A key: its algorithm, and its versions with their state. */
export interface GcpKeyOptions {
  readonly algorithm: string;
  readonly kind: ServiceKeyKind;
  readonly versions?: readonly ('ENABLED' | 'DISABLED' | 'DESTROYED')[];
}

const RING = 'projects/acme/locations/global/keyRings/signing';

/** Starts it with keys of the ring `projects/acme/locations/global/keyRings/signing`. */
export async function startGcpKms(keys: Readonly<Record<string, GcpKeyOptions>>): Promise<GcpServer> {
  const held = new Map(Object.entries(keys).map(([name, key]) => [`${RING}/cryptoKeys/${name}`, key]));
  const rings = new Set([RING]);
  const [own, other] = [generateKeyPairSync('rsa', { modulusLength: 2048 }), generateKeyPairSync('rsa', { modulusLength: 2048 })];
  const tokens = new Set<string>();
  const server = await serveKeys((request, bytes) => {
    const asked = new URL(request.url ?? '/', 'http://kms');
    const [call, status, body] = asked.pathname === '/token' ? token(bytes) : run(request, asked, bytes);
    return { call, status, body, plain: call === 'token' };
  });
  const url = `http://127.0.0.1:${server.port}`;

  // The claims of a JWT that the account signed and that has not expired.
  function signed(jwt: string): Record<string, unknown> | undefined {
    const [header = '', claims = '', signature = ''] = jwt.split('.');
    const good = createVerify('sha256').update(`${header}.${claims}`).verify(own.publicKey, Buffer.from(signature, 'base64url'));
    if (!good) return undefined;
    const read = JSON.parse(Buffer.from(claims, 'base64url').toString()) as Record<string, unknown>;
    return Number(read.exp) > Date.now() / 1000 && read.iss === 'signer@acme.test' && String(read.scope).includes('cloud')
      ? read
      : undefined;
  }

  // RFC 7523
  function token(body: Buffer): Answer {
    const claims = signed(new URLSearchParams(body.toString()).get('assertion') ?? '');
    if (claims?.aud !== `${url}/token`) return ['token', 400, { error: 'invalid_grant', error_description: 'Invalid JWT Signature.' }];
    const access_token = randomUUID();
    tokens.add(access_token);
    return ['token', 200, { access_token, expires_in: 3600, token_type: 'Bearer' }];
  }

  // Google's libraries show a token that the account signed itself, where they may (AIP-4111).
  function isKnown(authorization: string): boolean {
    const bearer = authorization.replace('Bearer ', '');
    return tokens.has(bearer) || signed(bearer) !== undefined;
  }

  function run(request: IncomingMessage, { pathname, searchParams }: URL, body: Buffer): Answer {
    const name = decodeURIComponent(pathname.replace('/v1/', ''));
    if (!isKnown(request.headers.authorization ?? '')) return ['refused', 401, failure(401, 'no valid token')];
    if (request.method === 'POST' && name.endsWith('/keyRings')) {
      const ring = `${name}/${searchParams.get('keyRingId')}`;
      if (rings.has(ring)) return ['createKeyRing', 409, failure(409, 'exists')];
      rings.add(ring);
      return ['createKeyRing', 200, { name: ring }];
    }
    if (request.method === 'POST' && name.endsWith('/cryptoKeys')) {
      const made = `${name}/${searchParams.get('cryptoKeyId')}`;
      if (held.has(made)) return ['createCryptoKey', 409, failure(409, 'exists')];
      const { versionTemplate } = JSON.parse(body.toString()) as { versionTemplate: { algorithm: string | number } };
      // protobuf's number of EC_SIGN_P384_SHA384
      const wide = versionTemplate.algorithm === 13 || versionTemplate.algorithm === 'EC_SIGN_P384_SHA384';
      held.set(made, wide ? { algorithm: 'EC_SIGN_P384_SHA384', kind: 'p384' } : { algorithm: 'EC_SIGN_P256_SHA256', kind: 'p256' });
      return ['createCryptoKey', 200, { name: made }];
    }
    const [, key = '', number, action] =
      /^(.+?\/cryptoKeys\/[^/]+)\/cryptoKeyVersions(?:\/(\d+)(?:\/(publicKey)|:(asymmetricSign))?)?$/.exec(name) ?? [];
    const options = held.get(key);
    if (options === undefined) return ['get', 404, failure(404, `${name} not found`)];
    const versions = options.versions ?? ['ENABLED'];
    if (number === undefined) {
      const all = versions.map((s, i) => ({ name: `${key}/cryptoKeyVersions/${i + 1}`, state: s, algorithm: options.algorithm }));
      const wanted = searchParams.get('filter') === 'state=ENABLED' ? all.filter((v) => v.state === 'ENABLED') : all;
      return ['listCryptoKeyVersions', 200, { cryptoKeyVersions: wanted, totalSize: wanted.length }];
    }
    if (versions[Number(number) - 1] !== 'ENABLED') return ['get', 400, failure(400, `${name} is not enabled`)];
    const service = serviceKey(options.kind, `${key} ${number}`);
    const version = `${key}/cryptoKeyVersions/${number}`;
    if (action === 'publicKey' || name.endsWith('/publicKey'))
      return [
        'getPublicKey',
        200,
        { name: version, algorithm: options.algorithm, pem: service.spkiPem, pemCrc32c: String(crc32c(Buffer.from(service.spkiPem))) },
      ];
    return sign(service, options.algorithm, version, JSON.parse(body.toString()) as SignRequest);
  }

  const pem = (key: KeyObject): string => key.export({ type: 'pkcs8', format: 'pem' }).toString();
  return Object.assign(server, { url, account: account(pem(own.privateKey), url), stranger: account(pem(other.privateKey), url) });
}

type Answer = [call: string, status: number, body: Record<string, unknown>];

interface SignRequest {
  readonly digest?: Readonly<Record<string, string>>;
  readonly digestCrc32c?: string;
  readonly data?: string;
  readonly dataCrc32c?: string;
}

function sign(key: ServiceKey, algorithm: string, name: string, { digest, digestCrc32c, data, dataCrc32c }: SignRequest): Answer {
  const done = (signature: Buffer, arrived: object): Answer => [
    'asymmetricSign',
    200,
    { name, signature: signature.toString('base64'), signatureCrc32c: String(crc32c(signature)), ...arrived },
  ];
  if (algorithm === 'EC_SIGN_ED25519') {
    const message = Buffer.from(data ?? '', 'base64');
    return done(signMessage(key, message), { verifiedDataCrc32c: Number(dataCrc32c) === crc32c(message) });
  }
  const hash = `sha${algorithm.slice(-3)}` as 'sha256';
  const bytes = Buffer.from(digest?.[hash] ?? '', 'base64');
  if (bytes.length !== Number(algorithm.slice(-3)) / 8) return ['asymmetricSign', 400, failure(400, 'digest has a wrong length')];
  const padding = algorithm.includes('PSS') ? 'pss' : 'pkcs1';
  return done(signDigest(key, bytes, hash, padding), { verifiedDigestCrc32c: Number(digestCrc32c) === crc32c(bytes) });
}

function failure(code: number, message: string): Record<string, unknown> {
  const status =
    { 400: 'FAILED_PRECONDITION', 401: 'UNAUTHENTICATED', 404: 'NOT_FOUND', 409: 'ALREADY_EXISTS', 503: 'UNAVAILABLE' }[code] ?? 'INTERNAL';
  return { error: { code, message, status } };
}

function account(private_key: string, url: string): string {
  return JSON.stringify({
    type: 'service_account',
    project_id: 'acme',
    private_key_id: 'k1',
    private_key,
    client_email: 'signer@acme.test',
    client_id: '1',
    token_uri: `${url}/token`,
  });
}
