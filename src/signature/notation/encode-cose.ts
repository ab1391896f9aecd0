import type { Bytes } from '../../bytes/index.ts';
import { CborTag, type CborValue, encodeCbor } from '../../codec/cbor.ts';
import { NOTATION_PAYLOAD } from '../../oci/media-types.ts';
import { ATTRIBUTE } from './attributes.ts';
import { COSE_ALGORITHMS, COSE_LABEL, COSE_TAG } from './cose.ts';
import { attributePairs, type NotaryAttributes, type NotaryDraft } from './encode-parts.ts';

/** An envelope in COSE, tagged COSE_Sign1 (signature-envelope-cose.md; RFC 9052 §4.2, §4.4), in deterministic CBOR. */
export function draftCose(payload: Bytes, attributes: NotaryAttributes): NotaryDraft {
  const { pairs, critical } = attributePairs(attributes);
  const [algorithm = 0] = [...COSE_ALGORITHMS].flatMap(([n, name]) => (name === attributes.algorithm ? [n] : []));
  const header = encodeCbor(
    new Map<number | string, CborValue>([
      [COSE_LABEL.algorithm, algorithm],
      [COSE_LABEL.critical, critical],
      [COSE_LABEL.contentType, NOTATION_PAYLOAD],
      ...pairs.map(([name, value]) => [name, typeof value === 'string' ? value : seconds(value)] as const),
    ]),
  );
  return {
    signed: encodeCbor(['Signature1', header, new Uint8Array(), payload]),
    finish({ signature, chain, timestamp, agent }) {
      const open = new Map<number | string, CborValue>([
        [COSE_LABEL.x5chain, chain],
        ...(timestamp === undefined ? [] : [[ATTRIBUTE.timestamp, timestamp] as const]),
        [ATTRIBUTE.agent, agent],
      ]);
      return encodeCbor(new CborTag(COSE_TAG.sign1, [header, open, payload, signature]));
    },
  };
}

// "Its value MUST be truncated to the whole second": tag 1 of an integer.
function seconds(at: Date): CborTag {
  return new CborTag(COSE_TAG.epoch, Math.floor(at.getTime() / 1000));
}
