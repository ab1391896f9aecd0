import type { JsonObject } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';

/** A text that a service's answer has to hold. Throws `service-unavailable`; the answer is not repeated, it may hold what is secret. */
export function textIn(answer: JsonObject, name: string, who: string): string {
  const value = answer[name];
  if (typeof value !== 'string' || value === '') throw new AssayError('service-unavailable', `${who}: the answer holds no "${name}"`);
  return value;
}
