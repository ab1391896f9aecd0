import { parseJson } from '../../../codec/json.ts';
import { parseYamlDocuments, type YamlDocument } from '../../../codec/yaml.ts';
import { AssayError, messageOf, type TextPosition } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { PolicyDocument } from '../../documents.ts';

/** The trust policy in a text, by the rules of JSON. Throws `policy-invalid` with the position, and `limit`. */
export function parseTrustPolicy(text: string, file: string): PolicyDocument {
  if (Buffer.byteLength(text) > LIMITS.policyBytes) throw new AssayError('limit', `${file} has more than ${LIMITS.policyBytes} bytes`);
  const places = placesOf(text, file);
  let value: unknown;
  try {
    value = parseJson(text, file);
  } catch (cause) {
    if (cause instanceof AssayError && cause.code === 'limit') throw cause;
    const at = places instanceof AssayError ? places.at : positionIn(text);
    throw new AssayError('policy-invalid', messageOf(cause), { cause, ...(at === undefined ? {} : { at }) });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AssayError('policy-invalid', `${file} holds no trust policy: an object is expected`, { at: { line: 1, column: 1 } });
  const positionOf = places instanceof AssayError ? (): TextPosition => ({}) : places.positionOf;
  return { file, kind: 'notation', value: value as PolicyDocument['value'], positionOf };
}

// All JSON is YAML, and of YAML the places are known.
function placesOf(text: string, file: string): YamlDocument | AssayError {
  try {
    const [document, second] = parseYamlDocuments(text, file);
    if (document !== undefined && second === undefined) return document;
    return new AssayError('policy-invalid', `${file} is not one JSON object`);
  } catch (error) {
    return error instanceof AssayError ? error : new AssayError('policy-invalid', messageOf(error), { cause: error });
  }
}

/** Where the platform's parser says that it stopped; of a policy, unlike of other texts, nothing is secret. */
function positionIn(text: string): TextPosition | undefined {
  const offset = /position (\d+)/.exec(complaintAbout(text))?.[1] ?? (text.trimStart().startsWith('{') ? undefined : '0');
  if (offset === undefined) return undefined;
  const before = text.slice(0, Number(offset)).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

function complaintAbout(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return messageOf(error);
  }
}
