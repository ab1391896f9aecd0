import { utf8, utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { printable } from '../../oci/registry/http/message.ts';
import type { ServiceAnswer, ServiceClient, ServiceRequest } from './client.ts';

/** A request with a JSON body in place of bytes. */
export interface JsonRequest extends Omit<ServiceRequest, 'body'> {
  readonly json?: unknown;
}

/** Sends JSON and answers the JSON object that comes back. Throws what `request` throws, and `service-unavailable` when something else comes back. */
export async function requestJson(
  client: ServiceClient,
  { json, headers, ...request }: JsonRequest,
): Promise<{ readonly [name: string]: Json }> {
  const answer = await client.request({
    ...request,
    headers: { accept: 'application/json', ...(json === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(json === undefined ? {} : { body: utf8(JSON.stringify(json)) }),
  });
  return jsonObjectOf(answer, request.who);
}

/** The JSON object that an answer is. Throws `service-unavailable`: the page of a proxy or a portal is no answer of the service. */
export function jsonObjectOf(answer: ServiceAnswer, who = 'the service'): { readonly [name: string]: Json } {
  try {
    const value = parseJson(utf8Decode(answer.body), 'answer');
    if (value !== null && typeof value === 'object' && !Array.isArray(value)) return value as { readonly [name: string]: Json };
  } catch {
    // Its text may hold what is secret: it is no part of the message.
  }
  throw new AssayError('service-unavailable', `${who}: ${printable(answer.url)} answers with something else than a JSON object`);
}
