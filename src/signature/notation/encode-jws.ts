import { type Bytes, encodeBase64, utf8 } from '../../bytes/index.ts';
import { NOTATION_PAYLOAD } from '../../oci/media-types.ts';
import { ATTRIBUTE } from './attributes.ts';
import { attributePairs, type NotaryAttributes, type NotaryDraft } from './encode-parts.ts';

/** An envelope in JWS, flattened JSON (signature-envelope-jws.md; RFC 7515 §7.2.2). */
export function draftJws(payload: Bytes, attributes: NotaryAttributes): NotaryDraft {
  const { pairs, critical } = attributePairs(attributes);
  const header = {
    alg: attributes.algorithm,
    cty: NOTATION_PAYLOAD,
    crit: critical,
    ...Object.fromEntries(pairs.map(([name, value]) => [name, typeof value === 'string' ? value : seconds(value)])),
  };
  const [protectedText, payloadText] = [base64Url(utf8(JSON.stringify(header))), base64Url(payload)];
  return {
    signed: utf8(`${protectedText}.${payloadText}`),
    finish: ({ signature, chain, timestamp, agent }) =>
      utf8(
        JSON.stringify({
          payload: payloadText,
          protected: protectedText,
          header: {
            x5c: chain.map(encodeBase64),
            ...(timestamp === undefined ? {} : { [ATTRIBUTE.timestamp]: encodeBase64(timestamp) }),
            [ATTRIBUTE.agent]: agent,
          },
          signature: base64Url(signature),
        }),
      ),
  };
}

// RFC 3339 without a fraction: "Its value MUST be truncated to the whole second".
function seconds(at: Date): string {
  return `${at.toISOString().slice(0, -5)}Z`;
}

function base64Url(bytes: Bytes): string {
  return Buffer.from(bytes).toString('base64url');
}
