import { type Bytes, encodeBase64, utf8 } from '../../bytes/index.ts';
import type { Json } from '../../codec/json.ts';
import type { PublicKey, Signer } from '../../crypto/index.ts';
import { publicKeyPem } from '../../crypto/private-keys.ts';
import { AssayError, isAssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import type { ServiceClient } from '../../trust/service-client/client.ts';
import { requestJson } from '../../trust/service-client/json.ts';
import type { Certificate } from '../../trust/x509/certificate.ts';
import { certificatesFromPem } from '../../trust/x509/pem.ts';
import type { CertificateService, IdentityToken, ServiceOptions } from '../services.ts';
import { checkCertified } from './certified.ts';

/** What a client of Fulcio is made with. */
export interface FulcioOptions {
  /** Base address of the service: `https://fulcio.sigstore.dev`. */
  readonly url: string;
  readonly client: ServiceClient;
  /** The clock. */
  readonly now?: () => Date;
}

/** Fulcio, API version 2 (fulcio.proto, `CreateSigningCertificate`): a public key with a proof of possession, for a certificate with embedded SCT. */
export function fulcioService({ url, client, now = () => new Date() }: FulcioOptions): CertificateService {
  return {
    url,
    async certify(signer, token, options) {
      const answer = await ask(client, url, signer, token, options, now);
      const chain = chainOf(answer, url);
      checkCertified(chain, { signer, token, url, now: now() });
      return chain.map(({ der }) => der);
    },
  };
}

async function ask(
  client: ServiceClient,
  url: string,
  signer: Signer,
  token: IdentityToken,
  { signal }: ServiceOptions = {},
  now: () => Date,
): Promise<{ readonly [name: string]: Json }> {
  try {
    return await requestJson(client, {
      method: 'POST',
      url: `${url.replace(/\/+$/, '')}/api/v2/signingCert`,
      json: {
        credentials: { oidcIdentityToken: token.raw },
        publicKeyRequest: {
          publicKey: { algorithm: ALGORITHMS[signer.publicKey.type], content: publicKeyPem(signer.publicKey) },
          proofOfPossession: encodeBase64(await proofOf(signer, token, signal)),
        },
      },
      secrets: [token.raw],
      maxBytes: LIMITS.certificateAnswerBytes,
      who: 'certificate service',
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!isAssayError(error, 'service-refused')) throw error;
    throw new AssayError('service-refused', error.message, { cause: error.cause, hint: hintFor(token, now()), retryable: false });
  }
}

// Fulcio's names; it infers the algorithm from the key.
const ALGORITHMS: Readonly<Record<PublicKey['type'], string>> = { ecdsa: 'ECDSA', ed25519: 'ED25519', rsa: 'RSA_PSS' };

/** What Fulcio calls the challenge: a signature over the e-mail address or subject of the token, in the scheme that fits the key best. */
async function proofOf(signer: Signer, token: IdentityToken, signal: AbortSignal | undefined): Promise<Bytes> {
  const [scheme] = signer.schemes;
  if (scheme === undefined) throw new AssayError('algorithm-unsupported', `${signer.name} has no scheme to sign in`);
  return signer.sign(utf8(token.subject), scheme, signal === undefined ? {} : { signal });
}

function hintFor(token: IdentityToken, now: Date): string {
  const seconds = Math.round((token.expires.getTime() - now.getTime()) / 1000);
  const time = `by this machine's clock (${now.toISOString()}) the token of ${token.source} is valid for ${seconds} s more`;
  return `${time}; its issuer is ${token.issuer}, its audience ${token.audience.join(', ')}: does the service accept them?`.slice(0, 600);
}

function chainOf(answer: { readonly [name: string]: Json }, url: string): readonly [Certificate, ...Certificate[]] {
  const lied = (why: string): AssayError => new AssayError('service-lied', `certificate service ${shownAddress(url)} ${why}`);
  if (answer.signedCertificateDetachedSct !== undefined && answer.signedCertificateDetachedSct !== null)
    throw lied('answers with a detached SCT, which no bundle has room for');
  const texts = ((answer.signedCertificateEmbeddedSct as Nested)?.chain as Nested)?.certificates;
  if (!Array.isArray(texts) || texts.length === 0 || texts.length > LIMITS.chainCertificates || !texts.every((t) => typeof t === 'string'))
    throw lied('answers without a chain of certificates');
  const [leaf, ...more] = (texts as readonly string[]).flatMap((text) => parsed(text, lied));
  if (leaf === undefined) throw lied('answers with an empty chain');
  return [leaf, ...more];
}

type Nested = { readonly [name: string]: Json } | null | undefined;

function parsed(text: string, lied: (why: string) => AssayError): readonly Certificate[] {
  try {
    return certificatesFromPem(text, 'certificate');
  } catch (cause) {
    throw lied(`answers with what is no certificate: ${cause instanceof Error ? cause.message : ''}`);
  }
}
