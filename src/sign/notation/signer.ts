import type { Bytes } from '../../bytes/index.ts';
import { joseAlgorithmOf, type Signer } from '../../crypto/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import type { NotaryAlgorithm } from '../../signature/index.ts';
import type { NotationForm } from '../../signature/notation/encode.ts';
import { type Certificate, createPairCache, parseCertificate, publicKeyOf, validAt } from '../../trust/index.ts';
import { checkNotationChain } from '../../verify/checks/notation/chain.ts';
import { schemeOf } from './algorithm.ts';

interface SignerFacts {
  /** As the user named it, without secrets. */
  readonly name: string;
  /** The only one that its key may sign with. */
  readonly algorithm: NotaryAlgorithm;
}

/** A signer of bytes, around which Assay makes the envelope: a key with its certificates, or a plugin that is a `SIGNATURE_GENERATOR.RAW`. */
export interface RawNotationSigner extends SignerFacts {
  readonly kind: 'raw';
  /** What the envelope says about who helped to make it: `NAME/VERSION` of a plugin. */
  readonly agent: string | undefined;
  /** The chain where it is known before anything is signed. */
  readonly chain: readonly Certificate[] | undefined;
  readonly sign: (bytes: Bytes, signal?: AbortSignal) => Promise<RawSignature>;
}

/** A signature and the chain of its key: DER, leaf first, root last. */
export interface RawSignature {
  readonly signature: Bytes;
  readonly chain: readonly Bytes[];
}

/** A maker of whole envelopes: a plugin that is a `SIGNATURE_GENERATOR.ENVELOPE`. */
export interface EnvelopeNotationSigner extends SignerFacts {
  readonly kind: 'envelope';
  readonly make: (request: EnvelopeTask, signal?: AbortSignal) => Promise<PluginEnvelope>;
}

/** What a maker of envelopes is asked. */
export interface EnvelopeTask {
  readonly form: NotationForm;
  readonly payload: Bytes;
  readonly expirySeconds: number | undefined;
}

/** An envelope that a plugin made, and annotations that it wants in the signature's manifest. */
export interface PluginEnvelope {
  readonly envelope: Bytes;
  readonly annotations: ReadonlyMap<string, string>;
}

/** Whoever signs in the Notary Project's form. Whatever it answers is verified before it is believed. */
export type NotationSigner = RawNotationSigner | EnvelopeNotationSigner;

/**
 * A key, wherever it is, with the certificates that make it a signer: the whole chain, leaf first, root last, by the rules of
 * signature-specification.md, "Certificate Requirements", all of them valid now. Throws `key-invalid` when the chain is none or is another
 * key's, and `algorithm-unsupported` for a key that may not sign.
 */
export function keyNotationSigner(signer: Signer, chain: readonly Bytes[], now: Date): RawNotationSigner {
  const certificates = signersChain(chain, signer.name);
  const [leaf] = certificates;
  const key = publicKeyOf(leaf);
  if (!key.handle.equals(signer.publicKey.handle))
    throw new AssayError('key-invalid', `the certificate "${leaf.subjectText}" is of another key than ${signer.name}`, {
      hint: "the first certificate has to be the key's own",
    });
  const algorithm = joseAlgorithmOf(key);
  if (algorithm === undefined)
    throw new AssayError('algorithm-unsupported', `${signer.name} is a key of a kind or size that may not make Notary Project signatures`, {
      hint: 'RSA of 2048, 3072 or 4096 bits, P-256, P-384 or P-521',
    });
  const late = validAt({ certificates }, now.getTime());
  if (late !== undefined) throw new AssayError('key-invalid', late, { hint: 'a signature by it would verify nowhere' });
  const der = certificates.map((c) => c.der);
  return {
    kind: 'raw',
    name: signer.name,
    algorithm,
    agent: undefined,
    chain: certificates,
    sign: async (bytes, signal) => ({
      signature: await signer.sign(bytes, schemeOf(algorithm), signal === undefined ? {} : { signal }),
      chain: der,
    }),
  };
}

function signersChain(chain: readonly Bytes[], name: string): readonly [Certificate, ...Certificate[]] {
  let problem: string | undefined;
  let certificates: readonly Certificate[] = [];
  try {
    certificates = chain.map(parseCertificate);
    const [leaf, ...rest] = certificates;
    if (leaf === undefined) problem = 'there is no certificate';
    else {
      const { checks } = checkNotationChain({ leaf, rest, key: publicKeyOf(leaf) }, chain, createPairCache());
      problem = checks.find((c) => c.result !== 'pass')?.reason;
    }
  } catch (error) {
    problem = messageOf(error);
  }
  const [leaf, ...rest] = certificates;
  if (leaf !== undefined && problem === undefined) return [leaf, ...rest];
  throw new AssayError('key-invalid', `the certificates of ${name} make no Notary Project signer: ${problem}`, {
    hint: 'the whole chain is needed in order: the certificate for code signing, its issuers, the root',
  });
}
