/** A small Sigstore over HTTP, for real cosign to sign with: certificates, transparency logs of both versions, timestamps. */
import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Json } from '../../../src/codec/json.ts';
import { createVirtualSigstore, type KeyKind, type SigningKey, type VirtualSigstore } from '../../../src/testing/authority/index.ts';
import { ISSUER, type LabAuthority } from './authorities.ts';
import { enterV1, enterV2 } from './rekor.ts';
import { serveTimestamps } from './tsa.ts';
import type { Workshop } from './workshop.ts';

/** The instance, and the files in the workshop that name it. */
export interface LabInstance {
  readonly sigstore: VirtualSigstore;
  readonly url: string;
  readonly timestampUrl: string;
  /** `trusted_root.json` */
  readonly trustedRoot: string;
  /** Signing configurations: Rekor v1, and Rekor v2 with timestamps. */
  readonly config: { readonly v1: string; readonly v2: string };
  /** What makes cosign 2.5 trust the instance. */
  readonly env: Readonly<Record<string, string>>;
  /** An identity token for somebody, with claims to certify by the last arc of their object identifier; nobody checks its signature. */
  readonly token: (email: string, claims?: Readonly<Record<number, string>>) => string;
  readonly close: () => Promise<void>;
}

const SERVICE = 'start-time=2021-01-01T00:00:00Z,operator=lab';

/** Starts an instance with a timestamp authority of openssl's. */
export async function startInstance(workshop: Workshop, authority: LabAuthority): Promise<LabInstance> {
  const sigstore = createVirtualSigstore({ name: 'lab', now: new Date(Math.floor(Date.now() / 1000) * 1000) });
  const server = createServer((request, response) => {
    answer(sigstore, request).then(
      ([status, headers, body]) => response.writeHead(status, headers).end(body),
      (error: unknown) => response.writeHead(400, { 'Content-Type': 'application/json' }).end(JSON.stringify({ message: String(error) })),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tsa = await serveTimestamps(authority);
  const root = sigstore.trustedRoot();
  const stamps =
    workshop
      .read(authority.tsaChain)
      .toString()
      .match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  root.timestampAuthorities.push({
    subject: { organization: 'lab', commonName: 'lab tsa' },
    uri: tsa.url,
    certChain: { certificates: stamps.map((pem) => ({ rawBytes: new X509Certificate(pem).raw.toString('base64') })) },
    validFor: { start: '2021-01-01T00:00:00Z' },
  });
  workshop.write('trusted_root.json', JSON.stringify(root));
  workshop.write('rekor.pub', sigstore.rekor.key.spkiPem);
  workshop.write('ctfe.pub', sigstore.ct.key.spkiPem);
  workshop.write('fulcio.pem', sigstore.ca.chain.map((c) => c.pem).join(''));
  const shared = [
    `--fulcio=url=${url},api-version=1,${SERVICE}`,
    `--oidc-provider=url=${ISSUER},api-version=1,${SERVICE}`,
    `--tsa=url=${tsa.url},api-version=1,${SERVICE}`,
    '--tsa-config=ANY',
    '--rekor-config=ANY',
  ];
  for (const version of [1, 2]) {
    const rekor = `--rekor=url=${url},api-version=${version},${SERVICE}`;
    await workshop.make('3', ['signing-config', 'create', ...shared, rekor, '--out', `signing_config_v${version}.json`]);
  }
  return {
    sigstore,
    url,
    timestampUrl: tsa.url,
    trustedRoot: 'trusted_root.json',
    config: { v1: 'signing_config_v1.json', v2: 'signing_config_v2.json' },
    env: { SIGSTORE_REKOR_PUBLIC_KEY: 'rekor.pub', SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: 'ctfe.pub', SIGSTORE_ROOT_FILE: 'fulcio.pem' },
    token,
    async close() {
      server.close();
      server.closeAllConnections();
      await Promise.all([once(server, 'close'), tsa.close()]);
    },
  };
}

type Answer = readonly [status: number, headers: Readonly<Record<string, string>>, body: string];
const JSON_TYPE = { 'Content-Type': 'application/json' };

async function answer(sigstore: VirtualSigstore, request: IncomingMessage): Promise<Answer> {
  const asked = `${request.method} ${request.url}`;
  const body = JSON.parse((await text(request)) || '{}') as { readonly [k: string]: Json };
  switch (asked) {
    case 'POST /api/v1/log/entries': {
      const [uuid, entry] = enterV1(sigstore.rekor, body);
      return [201, { ...JSON_TYPE, ETag: uuid, Location: `/api/v1/log/entries/${uuid}` }, JSON.stringify({ [uuid]: entry })];
    }
    case 'POST /api/v2/log/entries':
      return [201, JSON_TYPE, JSON.stringify(enterV2(sigstore.rekor2, body))];
    case 'POST /api/v1/signingCert': {
      const { publicKey } = body as { publicKey: { content: string } };
      const key = createPublicKey(Buffer.from(publicKey.content, 'base64'));
      const bearer = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
      return [201, { 'Content-Type': 'application/pem-certificate-chain' }, issue(sigstore, key, bearer).join('')];
    }
    case 'POST /api/v2/signingCert': {
      const { credentials, publicKeyRequest } = body as {
        credentials?: { oidcIdentityToken: string };
        publicKeyRequest: { publicKey: { content: string } };
      };
      const bearer = credentials?.oidcIdentityToken ?? request.headers.authorization?.replace(/^Bearer /, '') ?? '';
      const certificates = issue(sigstore, createPublicKey(publicKeyRequest.publicKey.content), bearer);
      return [200, JSON_TYPE, JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates } } })];
    }
    default:
      return [404, JSON_TYPE, JSON.stringify({ message: `nothing at ${asked}` })];
  }
}

/** The leaf and its chain, in PEM. */
function issue(sigstore: VirtualSigstore, publicKey: KeyObject, bearer: string): string[] {
  const claims = JSON.parse(Buffer.from(bearer.split('.')[1] ?? '', 'base64url').toString()) as {
    email: string;
    iss: string;
    certified: Record<string, string>;
  };
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const key: SigningKey = {
    kind: kindOf(publicKey),
    // The holder keeps the private key; a leaf is made from the public one.
    privateKey: publicKey,
    publicKey,
    spki,
    spkiPem: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    id: createHash('sha256').update(spki).digest(),
  };
  const leaf = sigstore.issue({
    key,
    sans: [{ email: claims.email }],
    issuer: claims.iss,
    claims: new Map(Object.entries(claims.certified).map(([n, v]) => [Number(n), v])),
    notBefore: new Date(Date.now() - 1000),
  });
  return [leaf, ...sigstore.ca.chain].map((c) => c.pem);
}

function kindOf(key: KeyObject): KeyKind {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  if (key.asymmetricKeyType === 'rsa') return 'rsa2048';
  const curve = key.asymmetricKeyDetails?.namedCurve;
  return curve === 'secp384r1' ? 'p384' : curve === 'secp521r1' ? 'p521' : 'p256';
}

function token(email: string, certified: Readonly<Record<number, string>> = {}): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, aud: 'sigstore', sub: email, email, email_verified: true, iat: now, exp: now + 600, certified };
  return `${part({ alg: 'RS256', typ: 'JWT', kid: 'lab' })}.${part(claims)}.${Buffer.from('none').toString('base64url')}`;
}
