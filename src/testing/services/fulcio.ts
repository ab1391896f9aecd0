/** Fulcio over HTTP (fulcio, fulcio.proto): certificates with embedded SCTs for whoever proves an identity and a key. */
import { encodeBase64 } from '../../bytes/index.ts';
import { type PublicKey, publicKeyFromPem } from '../../crypto/index.ts';
import { messageOf } from '../../errors.ts';
import { type LeafOptions, MINUTE, newKey, signedCertificateTimestamp, type VirtualSigstore } from '../authority/index.ts';
import { createVirtualSigstore } from '../authority/sigstore.ts';
import type { Answer, Asked } from '../registry/answer.ts';
import { type Claims, verifyToken } from './jwt.ts';
import type { Telling } from './lies.ts';
import { type Principal, principalOf } from './principal.ts';
import { asSigningKey, keyOfRequest, signedBy } from './public-key.ts';
import { bodyOf, bytesAt, jsonReply, Refusal, textAt, textReply } from './reply.ts';

/** What the certificate authority believes. */
export interface FulcioTrust {
  readonly issuers: readonly string[];
  readonly audience: string;
  /** The key that signs all those issuers' tokens. */
  readonly tokenKey: LeafOptions['key'];
}

/** Answers a request to the certificate authority; `undefined` for one that is not its. */
export async function fulcio(sigstore: VirtualSigstore, trust: FulcioTrust, asked: Asked, telling: Telling): Promise<Answer | undefined> {
  switch (`${asked.method} ${asked.path}`) {
    case 'POST /api/v2/signingCert': {
      const body = bodyOf(asked);
      const principal = authenticate(trust, textAt(body, 'credentials', 'oidcIdentityToken') || bearerOf(asked), telling.now);
      return chainReply(sigstore, principal, await possessed(body, principal), telling);
    }
    case 'POST /api/v1/signingCert': {
      const body = bodyOf(asked);
      const principal = authenticate(trust, bearerOf(asked), telling.now);
      const pem = bytesAt(body, 'publicKey', 'content').toString();
      const key = await proven(pem, bytesAt(body, 'signedEmailAddress'), principal);
      const { chain } = issue(sigstore, principal, key, telling);
      return textReply(chain.join(''), 'application/pem-certificate-chain', 201);
    }
    case 'GET /api/v2/trustBundle':
      return jsonReply({ chains: [{ certificates: sigstore.ca.chain.map((c) => c.pem) }] });
    case 'GET /api/v1/rootCert':
      return textReply(sigstore.ca.chain.map((c) => c.pem).join(''), 'application/pem-certificate-chain');
    case 'GET /api/v2/configuration':
      return jsonReply({
        issuers: trust.issuers.map((issuerUrl) => ({
          issuerUrl,
          audience: trust.audience,
          challengeClaim: 'email',
          spiffeTrustDomain: '',
        })),
      });
    default:
      return undefined;
  }
}

function bearerOf({ headers }: Asked): string {
  return /^Bearer (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? '';
}

function authenticate({ issuers, audience, tokenKey }: FulcioTrust, token: string, now: Date): Principal {
  try {
    if (tokenKey === undefined) throw new Error('no issuer is known');
    const claims: Claims = verifyToken(token, tokenKey, { issuers, audience, now });
    return principalOf(claims);
  } catch (error) {
    // Fulcio itself keeps the reason to its log; a test wants to know it.
    throw new Refusal(400, `There was an error processing the identity token: ${messageOf(error)}`);
  }
}

/** The key of a request of the second API: a bare one with a proof, or a certificate signing request. */
async function possessed(body: Record<string, unknown>, principal: Principal): Promise<PublicKey> {
  const request = bytesAt(body, 'certificateSigningRequest');
  if (request.length === 0) {
    const pem = textAt(body, 'publicKeyRequest', 'publicKey', 'content');
    return proven(pem, bytesAt(body, 'publicKeyRequest', 'proofOfPossession'), principal);
  }
  try {
    return await keyOfRequest(request.toString());
  } catch (error) {
    throw new Refusal(400, `The certificate signing request could not be parsed: ${messageOf(error)}`);
  }
}

async function proven(pem: string, proof: Buffer, { name }: Principal): Promise<PublicKey> {
  let key: PublicKey;
  try {
    key = publicKeyFromPem(pem);
  } catch (error) {
    throw new Refusal(400, `The public key supplied in the request could not be parsed: ${messageOf(error)}`);
  }
  if (await signedBy(key, Buffer.from(name), proof)) return key;
  throw new Refusal(400, 'The signature supplied in the request could not be verified');
}

function chainReply(sigstore: VirtualSigstore, principal: Principal, key: PublicKey, telling: Telling): Answer {
  const { chain, sct } = issue(sigstore, principal, key, telling);
  const certificates = { chain: { certificates: chain } };
  if (sct === undefined) return jsonReply({ signedCertificateEmbeddedSct: certificates });
  return jsonReply({ signedCertificateDetachedSct: { ...certificates, signedCertificateTimestamp: encodeBase64(sct) } });
}

function issue(sigstore: VirtualSigstore, principal: Principal, key: PublicKey, { now, lies }: Telling): { chain: string[]; sct?: Buffer } {
  const by = lies.has('chain') ? createVirtualSigstore({ name: 'impostor', now: sigstore.now }) : sigstore;
  const leaf = by.issue({
    key: lies.has('key') ? newKey('p256') : asSigningKey(key),
    sans: [lies.has('identity') ? { email: 'mallory@elsewhere.example' } : principal.san],
    issuer: principal.issuer,
    claims: principal.claims,
    // To the second, and never in the future of whoever asked.
    notBefore: new Date(Math.floor(now.getTime() / 1000) * 1000),
    lifetime: 10 * MINUTE,
    ...(lies.has('sct') || lies.has('detached-sct') ? { scts: null } : {}),
  });
  const chain = [leaf, ...by.ca.chain].map((c) => c.pem);
  if (!lies.has('detached-sct')) return { chain };
  const over = { tbs: leaf.der, issuerKeyHash: by.ca.issuing.key.id };
  return { chain, sct: signedCertificateTimestamp({ log: by.ct, at: now, bend: { entryType: 0 } }, over) };
}
