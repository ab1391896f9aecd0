/** The shapes of what signing plugins answer; whether it is true is for whoever signs to find out. */
import type { JsonObject } from '../../codec/json.ts';

/** plugin-extensibility.md, "describe-key", response. */
export function describedKeyProblem(answer: JsonObject): string | undefined {
  return missingText(answer, ['keyId', 'keySpec']);
}

/** plugin-extensibility.md, "generate-signature", response. */
export function signatureProblem(answer: JsonObject): string | undefined {
  const { certificateChain } = answer;
  const missing = missingText(answer, ['keyId', 'signature', 'signingAlgorithm']);
  if (missing !== undefined) return missing;
  const texts = Array.isArray(certificateChain) && certificateChain.every((c) => typeof c === 'string');
  return texts ? undefined : 'certificateChain is no list of texts';
}

/** plugin-extensibility.md, "generate-envelope", response. Plugins leave `annotations` out although they are required; so notation takes it. */
export function envelopeProblem(answer: JsonObject): string | undefined {
  const { annotations } = answer;
  const missing = missingText(answer, ['signatureEnvelope', 'signatureEnvelopeType']);
  if (missing !== undefined || annotations === undefined || annotations === null) return missing;
  const texts =
    typeof annotations === 'object' && !Array.isArray(annotations) && Object.values(annotations).every((v) => typeof v === 'string');
  return texts ? undefined : 'annotations are no texts by name';
}

function missingText(answer: JsonObject, names: readonly string[]): string | undefined {
  const missing = names.find((name) => typeof answer[name] !== 'string' || answer[name] === '');
  return missing === undefined ? undefined : `${missing} is missing`;
}
