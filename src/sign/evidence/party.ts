import type { Bytes } from '../../bytes/index.ts';
import { type KeyAlgorithm, localSigner, type Signer } from '../../crypto/index.ts';
import { algorithmNamed, generatePrivateKey } from '../../crypto/private-keys.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { parseCertificate, publicKeyOf } from '../../trust/index.ts';
import type { SigningIdentity } from '../identity.ts';
import type { SigningServices } from '../services.ts';

/** Whoever makes one signature: a key, and the chain that certifies it (leaf first, DER; empty for a bare key). */
export interface SigningParty {
  readonly signer: Signer;
  readonly chain: readonly Bytes[];
}

/** Gives the party of the next signature. One certificate serves a whole run as long as it is valid long enough. */
export interface SigningSession {
  readonly identity: SigningIdentity;
  party(signal?: AbortSignal): Promise<SigningParty>;
}

/** What a fresh key is for, as cosign's. */
const USUAL = 'ecdsa-sha2-256-nistp256';

/**
 * Opens a session for an identity. Throws `key-invalid` for a certificate that is not for the key; `party` throws what the certificate service throws,
 * `token-invalid` when a token has expired that another certificate would need, `signing-config-invalid` without a certificate service.
 */
export function openSession(
  identity: SigningIdentity,
  services: SigningServices,
  now: () => Date,
  algorithm: KeyAlgorithm = algorithmNamed(USUAL),
): SigningSession {
  if (identity.kind === 'key') {
    const party = { signer: identity.signer, chain: [] };
    return { identity, party: async () => party };
  }
  if (identity.kind === 'certificate') {
    checkCertified(identity.signer, identity.chain);
    return { identity, party: async () => ({ signer: identity.signer, chain: identity.chain }) };
  }
  let current: Promise<Certified> | undefined;
  const fresh = (signal: AbortSignal | undefined): Promise<Certified> => {
    current = certified(identity, services, { now, algorithm, signal });
    return current;
  };
  return {
    identity,
    async party(signal) {
      const mine = current ?? fresh(signal);
      const known = await mine;
      if (known.until - now().getTime() >= LIMITS.certificateReserveMs) return known.party;
      // Whoever comes first asks for the next certificate, the others wait for it.
      return (await (current === mine || current === undefined ? fresh(signal) : current)).party;
    },
  };
}

/** A party with the time, in milliseconds since 1970, until which its certificate is valid. */
interface Certified {
  readonly party: SigningParty;
  readonly until: number;
}

async function certified(
  { token, signer: given }: Extract<SigningIdentity, { kind: 'keyless' }>,
  { certificates }: SigningServices,
  { now, algorithm, signal }: { readonly now: () => Date; readonly algorithm: KeyAlgorithm; readonly signal: AbortSignal | undefined },
): Promise<Certified> {
  if (certificates === undefined)
    throw new AssayError('signing-config-invalid', 'signing without a key needs a certificate service, and none is configured', {
      hint: '--fulcio-url, or a --signing-config that names one',
    });
  if (token.expires.getTime() <= now().getTime())
    throw new AssayError('token-invalid', `the identity token (${token.source}) expired at ${token.expires.toISOString()}`, {
      hint: 'get a fresh one',
    });
  const signer = given ?? localSigner(await generatePrivateKey(algorithm), 'ephemeral key');
  const chain = await certificates.certify(signer, token, signal === undefined ? {} : { signal });
  const leaf = checkCertified(signer, chain);
  return { party: { signer, chain }, until: leaf.notAfter };
}

function checkCertified(signer: Signer, chain: readonly Bytes[]): ReturnType<typeof parseCertificate> {
  const [first] = chain;
  if (first === undefined) throw new AssayError('key-invalid', 'the certificate is missing');
  const leaf = parseCertificate(first);
  if (publicKeyOf(leaf).keyId !== signer.publicKey.keyId)
    throw new AssayError('key-invalid', `the certificate is not for the key ${signer.name}`, {
      hint: '--certificate and --key belong together',
    });
  return leaf;
}
