import { decodeBase64, encodeBase64, utf8Decode } from '../../../bytes/index.ts';
import { canonicalJson } from '../../../codec/canonical-json.ts';
import type { Json } from '../../../codec/json.ts';
import { base64Of, bodyError, type LoggedFacts, type LoggedVerifier, type Members, membersOf, textOf, verifierOf } from './read.ts';

/** `hashedrekord` 0.0.1 (rekor, pkg/types/hashedrekord). */
export function hashedrekord001(spec: Members): LoggedFacts {
  const hash = membersOf(membersOf(spec.data, 'data').hash, 'data.hash');
  const signature = membersOf(spec.signature, 'signature');
  return {
    digest: { ...hexDigest(hash, 'data.hash'), over: 'signed' },
    envelope: undefined,
    signatures: [
      {
        signature: base64Of(signature.content, 'signature.content'),
        verifier: verifierOf(membersOf(signature.publicKey, 'signature.publicKey').content, 'signature.publicKey'),
      },
    ],
    canonical: undefined,
  };
}

/** `hashedrekord` 0.0.2 (rekor-tiles): the whole body is rebuilt from its facts and has to be the same. */
export function hashedrekord002(spec: Members): LoggedFacts {
  const entry = membersOf(spec.hashedRekordV002, 'hashedRekordV002');
  const data = membersOf(entry.data, 'data');
  const signature = membersOf(entry.signature, 'signature');
  const verifier = membersOf(signature.verifier, 'signature.verifier');
  const keyDetails = textOf(verifier.keyDetails, 'keyDetails');
  const certificate = verifier.x509Certificate;
  const material = membersOf(certificate ?? verifier.publicKey, 'signature.verifier');
  const logged: LoggedVerifier = {
    kind: certificate === undefined ? 'key' : 'certificate',
    der: base64Of(material.rawBytes, 'rawBytes'),
  };
  const algorithm = textOf(data.algorithm, 'data.algorithm');
  const digest = base64Of(data.digest, 'data.digest');
  const content = base64Of(signature.content, 'signature.content');
  const raw: Json = { rawBytes: encodeBase64(logged.der) };
  return {
    digest: { algorithm, value: digest, over: 'signed' },
    envelope: undefined,
    signatures: [{ signature: content, verifier: logged }],
    canonical: canonicalJson({
      apiVersion: '0.0.2',
      kind: 'hashedrekord',
      spec: {
        hashedRekordV002: {
          data: { algorithm, digest: encodeBase64(digest) },
          signature: {
            content: encodeBase64(content),
            verifier: { keyDetails, ...(logged.kind === 'certificate' ? { x509Certificate: raw } : { publicKey: raw }) },
          },
        },
      },
    }),
  };
}

/** `dsse` 0.0.1 (rekor, pkg/types/dsse). */
export function dsse001(spec: Members): LoggedFacts {
  const signatures = spec.signatures;
  if (!Array.isArray(signatures) || signatures.length === 0) throw bodyError('signatures is not a list');
  return {
    digest: { ...hexDigest(membersOf(spec.payloadHash, 'payloadHash'), 'payloadHash'), over: 'payload' },
    envelope: hexDigest(membersOf(spec.envelopeHash, 'envelopeHash'), 'envelopeHash'),
    signatures: signatures.map((s: Json) => {
      const one = membersOf(s, 'signature');
      return { signature: base64Of(one.signature, 'signature'), verifier: verifierOf(one.verifier, 'verifier') };
    }),
    canonical: undefined,
  };
}

/** `intoto` 0.0.1 (rekor, pkg/types/intoto): it states no signature, only the hash of the whole envelope. */
export function intoto001(spec: Members): LoggedFacts {
  const content = membersOf(spec.content, 'content');
  return {
    digest: payloadHash(content),
    envelope: hexDigest(membersOf(content.hash, 'content.hash'), 'content.hash'),
    signatures: [{ signature: undefined, verifier: verifierOf(spec.publicKey, 'publicKey') }],
    canonical: undefined,
  };
}

/** `intoto` 0.0.2: signatures are base64 of base64. */
export function intoto002(spec: Members): LoggedFacts {
  const content = membersOf(spec.content, 'content');
  const { payloadType, signatures } = membersOf(content.envelope, 'content.envelope');
  if (!Array.isArray(signatures) || signatures.length === 0) throw bodyError('content.envelope.signatures is not a list');
  return {
    digest: payloadHash(content),
    payloadType: textOf(payloadType, 'content.envelope.payloadType'),
    envelope: undefined,
    signatures: signatures.map((s: Json) => {
      const one = membersOf(s, 'signature');
      const twice = utf8Decode(base64Of(one.sig, 'sig'), 'sig');
      return { signature: decodeBase64(twice, 'sig of the log entry'), verifier: verifierOf(one.publicKey, 'publicKey') };
    }),
    canonical: undefined,
  };
}

function payloadHash(content: Members): LoggedFacts['digest'] {
  return { ...hexDigest(membersOf(content.payloadHash, 'content.payloadHash'), 'content.payloadHash'), over: 'payload' };
}

function hexDigest(hash: Members, what: string): { algorithm: string; value: Buffer } {
  const value = textOf(hash.value, `${what}.value`);
  if (!/^(?:[0-9a-f]{2})+$/.test(value)) throw bodyError(`${what}.value is not lower-case hexadecimal`);
  return { algorithm: textOf(hash.algorithm, `${what}.algorithm`), value: Buffer.from(value, 'hex') };
}
