import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { isLoopback } from '../../../oci/registry/http/address.ts';
import { printableText } from '../../../oci/registry/http/message.ts';
import { callGrpc } from './grpc.ts';
import { fieldsOf, stringField, textOfField } from './protobuf.ts';

/** Where the SPIFFE Workload API listens. */
export interface WorkloadEndpoint {
  readonly path?: string;
  readonly host?: string;
  readonly port?: number;
}

/**
 * The endpoint that a text names (SPIFFE Workload Endpoint §4: `unix:///path`, `tcp://ip:port`; cosign also takes a bare path).
 * Throws `usage-invalid`.
 */
export function workloadEndpoint(text: string): WorkloadEndpoint {
  const tcp = /^tcp:\/\/(\[[0-9a-f:.]+\]|[0-9.]+):(\d{1,5})$/i.exec(text);
  if (tcp !== null) {
    const host = (tcp[1] ?? '').replace(/^\[|\]$/g, '');
    if (!isLoopback(host))
      throw new AssayError('usage-invalid', 'SPIFFE_ENDPOINT_SOCKET names another machine: tokens do not come over plain TCP');
    return { host, port: Number(tcp[2]) };
  }
  const path = /^unix:(?:\/\/)?(\/.+)$/.exec(text)?.[1] ?? (text.startsWith('/') ? text : undefined);
  if (path === undefined) throw new AssayError('usage-invalid', 'SPIFFE_ENDPOINT_SOCKET names no socket: unix:///PATH is expected');
  return { path };
}

/**
 * A JWT-SVID for an audience (SPIFFE Workload API §6.2.1, `FetchJWTSVID`), the first where the workload has several identities.
 * Throws `service-unavailable`, `service-refused` (no identity for this workload).
 */
export async function fetchJwtSvid(endpoint: WorkloadEndpoint, audience: string, signal?: AbortSignal): Promise<string> {
  const answer = await callGrpc({
    endpoint,
    method: '/SpiffeWorkloadAPI/FetchJWTSVID',
    headers: { 'workload.spiffe.io': 'true' },
    message: stringField(1, audience),
    maxBytes: LIMITS.serviceAnswerBytes,
    timeoutMs: LIMITS.serviceTimeoutMs,
    who: 'SPIFFE agent',
    ...(signal === undefined ? {} : { signal }),
  });
  const svid = fieldsOf(answer).find(({ number }) => number === 1);
  const token = svid === undefined ? undefined : textOfField(fieldsOf(svid.bytes), 2);
  if (token === undefined || token === '')
    throw new AssayError('service-refused', `SPIFFE agent: the answer holds no token for ${printableText(audience, 100)}`);
  return token;
}
