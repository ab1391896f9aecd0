/** AWS KMS on this machine: the JSON 1.1 protocol, and signatures of requests (SigV4) that are computed again. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type ServiceKey, serviceKey, signDigest, signMessage, signPrehashed } from './key-store.ts';
import { type KeyServer, serveKeys } from './served.ts';

export const ACCESS_KEY = 'AKIAASSAYTEST0000001';
export const SECRET = 'a/secret+that=only.the.account.knows';

/** A running service. */
export interface AwsServer extends KeyServer {
  readonly url: string;
}

const SPECS: Readonly<Record<string, ServiceKey['kind']>> = {
  ECC_NIST_P256: 'p256',
  ECC_NIST_P384: 'p384',
  ECC_NIST_P521: 'p521',
  RSA_2048: 'rsa2048',
  RSA_3072: 'rsa3072',
  RSA_4096: 'rsa4096',
};

/** Starts it with keys by alias. */
export async function startAwsKms(keys: ReadonlyMap<string, ServiceKey>): Promise<AwsServer> {
  const held = new Map(keys);
  const fresh = new Map<string, ServiceKey>();
  const server = await serveKeys((request, bytes) => {
    const call = String(request.headers['x-amz-target']).replace(/^TrentService\./, '');
    const [status, body] = wrongSignature(request, bytes) ?? run(call, JSON.parse(bytes.toString()) as Record<string, string>, held, fresh);
    return { call, status, body, headers: { 'Content-Type': 'application/x-amz-json-1.1' } };
  });
  return Object.assign(server, { url: `http://127.0.0.1:${server.port}` });
}

type Answer = [status: number, body: Record<string, unknown>];

// AWS Signature Version 4: the canonical request is made again from what came.
function wrongSignature(request: IncomingMessage, body: Buffer): Answer | undefined {
  const refuse = (type: string): Answer => [
    type === 'InvalidSignatureException' ? 403 : 400,
    { __type: type, message: 'the request is not signed by this account' },
  ];
  const given =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([a-z0-9-]+)\/([a-z0-9]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    );
  if (given === null) return refuse('MissingAuthenticationTokenException');
  const [, account, day = '', region = '', service = '', names = '', signature = ''] = given;
  const date = String(request.headers['x-amz-date']);
  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (account !== ACCESS_KEY || service !== 'kms' || !date.startsWith(day)) return refuse('UnrecognizedClientException');
  if (!(Math.abs(Date.now() - at) < 300_000)) return refuse('InvalidSignatureException');
  const signed = names.split(';');
  if (!['host', 'x-amz-date', 'x-amz-target'].every((n) => signed.includes(n))) return refuse('InvalidSignatureException');
  const url = new URL(request.url ?? '/', 'http://kms');
  const canonical = [
    request.method,
    url.pathname,
    [...url.searchParams]
      .map(([k, v]) => `${encodeURIComponent(k)}=${encodeURIComponent(v)}`)
      .sort()
      .join('&'),
    ...signed.map(
      (n) =>
        `${n}:${String(request.headers[n] ?? '')
          .trim()
          .replace(/ +/g, ' ')}`,
    ),
    '',
    names,
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', date, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(
    (k, part) => createHmac('sha256', k).update(part).digest(),
    `AWS4${SECRET}`,
  );
  const right = createHmac('sha256', key).update(text).digest();
  return timingSafeEqual(right, Buffer.from(signature, 'hex')) ? undefined : refuse('InvalidSignatureException');
}

function run(call: string, asked: Record<string, string>, held: Map<string, ServiceKey>, fresh: Map<string, ServiceKey>): Answer {
  if (call === 'CreateKey') {
    const id = `00000000-0000-4000-8000-${String(fresh.size).padStart(12, '0')}`;
    fresh.set(id, serviceKey(SPECS[asked.KeySpec ?? ''] ?? 'p256', id));
    return [200, { KeyMetadata: { KeyId: id } }];
  }
  if (call === 'CreateAlias') {
    if (held.has(asked.AliasName ?? '')) return [400, { __type: 'AlreadyExistsException', message: 'an alias with this name exists' }];
    held.set(asked.AliasName ?? '', fresh.get(asked.TargetKeyId ?? '') as ServiceKey);
    return [200, {}];
  }
  const key = held.get(asked.KeyId ?? '') ?? fresh.get(asked.KeyId ?? '');
  if (key === undefined) return [400, { __type: 'NotFoundException', message: `Alias ${asked.KeyId} is not found.` }];
  if (call === 'GetPublicKey')
    return [
      200,
      { KeyId: asked.KeyId, PublicKey: key.spki.toString('base64'), KeyUsage: 'SIGN_VERIFY', SigningAlgorithms: algorithmsOf(key) },
    ];
  if (call === 'Sign') return sign(key, asked);
  return [400, { __type: 'UnknownOperationException', message: call }];
}

function algorithmsOf({ kind }: ServiceKey): readonly string[] {
  if (kind.startsWith('rsa'))
    return [
      'RSASSA_PKCS1_V1_5_SHA_256',
      'RSASSA_PKCS1_V1_5_SHA_384',
      'RSASSA_PKCS1_V1_5_SHA_512',
      'RSASSA_PSS_SHA_256',
      'RSASSA_PSS_SHA_384',
      'RSASSA_PSS_SHA_512',
    ];
  if (kind === 'ed25519') return ['ED25519_SHA_512', 'ED25519_PH_SHA_512'];
  return [{ p256: 'ECDSA_SHA_256', p384: 'ECDSA_SHA_384', p521: 'ECDSA_SHA_512' }[kind as 'p256']];
}

function sign(key: ServiceKey, asked: Record<string, string>): Answer {
  const algorithm = asked.SigningAlgorithm ?? '';
  if (!algorithmsOf(key).includes(algorithm)) return [400, { __type: 'InvalidKeyUsageException', message: algorithm }];
  const message = Buffer.from(asked.Message ?? '', 'base64');
  const hash = `sha${algorithm.slice(-3)}` as 'sha256';
  if (algorithm === 'ED25519_SHA_512')
    return asked.MessageType === 'RAW'
      ? [200, { Signature: signMessage(key, message).toString('base64') }]
      : [400, { __type: 'ValidationException' }];
  if (asked.MessageType !== 'DIGEST' || message.length !== Number(algorithm.slice(-3)) / 8)
    return [400, { __type: 'ValidationException', message: 'Digest is invalid length for algorithm' }];
  if (algorithm === 'ED25519_PH_SHA_512') return [200, { Signature: signPrehashed(key, message).toString('base64') }];
  const signature = signDigest(key, message, hash, algorithm.includes('PSS') ? 'pss' : 'pkcs1');
  return [200, { Signature: signature.toString('base64') }];
}
