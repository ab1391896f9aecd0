/** The decoders of Notary Project signatures, and of what plugins answer. */
import { decodeCbor } from '../../src/codec/cbor.ts';
import { parseFlattenedJws } from '../../src/codec/jws.ts';
import { decodeNotationEnvelope, looksLikeNotationEnvelope } from '../../src/signature/notation/decode.ts';
import { parseMetadata, parseResponse } from '../../src/verify/checks/notation/plugin-contract.ts';
import { parseSemver } from '../../src/verify/checks/notation/semver.ts';
import { parseTarget } from '../../src/verify/checks/notation/target.ts';
import { verifiedNotation } from '../forgeries/cases/notation-lab.ts';
import type { Target } from './targets.ts';

const seeds = (form: 'jws' | 'cose'): Buffer[] =>
  verifiedNotation(form).flatMap(({ stored }) => (stored.form === 'notation' ? [Buffer.from(stored.bytes)] : []));
const text =
  (...texts: readonly string[]) =>
  (): Buffer[] =>
    texts.map((t) => Buffer.from(t));
const json = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
};

const PAYLOAD = '{"targetArtifact":{"mediaType":"a/b","digest":"sha256:'.concat('0'.repeat(64), '","size":1,"annotations":{"a":"b"}}}');
/** All of them. */
export const NOTATION_TARGETS: readonly Target[] = [
  { name: 'cbor', shape: 'bytes', seeds: () => seeds('cose'), decode: (b) => decodeCbor(b, 'document', [18, 1]) },
  { name: 'jws', shape: 'json', seeds: () => seeds('jws'), decode: parseFlattenedJws },
  {
    name: 'notation-jws',
    shape: 'json',
    seeds: () => seeds('jws'),
    decode: (b) => [looksLikeNotationEnvelope(b), decodeNotationEnvelope(b)],
  },
  {
    name: 'notation-cose',
    shape: 'bytes',
    seeds: () => seeds('cose'),
    decode: (b) => [looksLikeNotationEnvelope(b), decodeNotationEnvelope(b)],
  },
  { name: 'notation-payload', shape: 'json', seeds: text(PAYLOAD), decode: parseTarget },
  { name: 'semver', shape: 'text', seeds: text('1.2.3', '1.0.0-rc.1+b.5'), decode: (b) => parseSemver(b.toString()) },
  {
    name: 'plugin-metadata',
    shape: 'json',
    seeds: text(
      '{"name":"a","version":"1.0.0","supportedContractVersions":["1.0"],"capabilities":["SIGNATURE_VERIFIER.TRUSTED_IDENTITY"]}',
    ),
    decode: (b) => parseMetadata(json(b)),
  },
  {
    name: 'plugin-response',
    shape: 'json',
    seeds: text('{"verificationResults":{"SIGNATURE_VERIFIER.TRUSTED_IDENTITY":{"success":true}},"processedAttributes":["a"]}'),
    decode: (b) => parseResponse(json(b), ['SIGNATURE_VERIFIER.TRUSTED_IDENTITY']),
  },
];
