import { type ClientHttp2Session, connect } from 'node:http2';
import { connect as connectSocket } from 'node:net';
import { type Bytes, concat } from '../../../bytes/index.ts';
import { AssayError, messageOf } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { abortError } from '../../../oci/abort.ts';
import { printableText } from '../../../oci/registry/http/message.ts';

/** One call with one message each way, over a socket without TLS on this machine (gRPC over HTTP/2, "PROTOCOL-HTTP2"). */
export interface GrpcCall {
  readonly endpoint: { readonly path?: string; readonly host?: string; readonly port?: number };
  /** `/Service/Method`. */
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly message: Bytes;
  readonly maxBytes: number;
  readonly timeoutMs: number;
  readonly who: string;
  readonly signal?: AbortSignal;
}

/**
 * Makes the call; of a stream of answers the first message is taken. Throws `service-unavailable` (no connection, no answer in time, a broken one, status
 * UNAVAILABLE), `service-refused` (another status), `limit`, `cancelled`.
 */
export async function callGrpc(call: GrpcCall): Promise<Bytes> {
  const clock = AbortSignal.timeout(call.timeoutMs);
  const either = call.signal === undefined ? clock : AbortSignal.any([call.signal, clock]);
  if (either.aborted) throw abortError(call.signal, call.who);
  const session = connect('http://localhost', {
    createConnection: () => connectSocket(call.endpoint as Parameters<typeof connectSocket>[0]),
  });
  try {
    return await new Promise<Bytes>((resolve, reject) => {
      either.addEventListener('abort', () => reject(either.reason), { once: true });
      session.on('error', reject);
      exchange(session, call).then(resolve, reject);
    });
  } catch (error) {
    if (call.signal?.aborted === true) throw abortError(call.signal, call.who);
    if (error instanceof AssayError) throw error;
    const why = clock.aborted ? `no answer within ${call.timeoutMs / 1000} s` : messageOf(error);
    throw new AssayError('service-unavailable', `${call.who}: ${why}`, { cause: error });
  } finally {
    session.destroy();
  }
}

function exchange(session: ClientHttp2Session, call: GrpcCall): Promise<Bytes> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': call.method,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...call.headers,
    });
    const parts: Buffer[] = [];
    const state = { size: 0, status: undefined as string | undefined, says: '' };
    const heed = (headers: Readonly<Record<string, unknown>>): void => {
      if (typeof headers['grpc-status'] === 'string') state.status = headers['grpc-status'];
      if (typeof headers['grpc-message'] === 'string') state.says = unescaped(headers['grpc-message']);
    };
    // A refusal may come as headers alone.
    stream.on('response', (headers) => {
      heed(headers);
      if (headers[':status'] !== 200) reject(new AssayError('service-unavailable', `${call.who}: status ${headers[':status']}`));
    });
    stream.on('trailers', heed);
    stream.on('data', (part: Buffer) => {
      state.size += part.length;
      if (state.size > call.maxBytes + FRAME)
        reject(new AssayError('limit', `${call.who}: the answer has more than ${call.maxBytes} bytes`));
      else parts.push(part);
    });
    stream.on('error', reject);
    stream.on('close', () => {
      if (state.status !== undefined && state.status !== '0') reject(refusal(call, state.status, state.says));
      const message = messageIn(concat(...parts));
      if (message === undefined) reject(new AssayError('service-unavailable', `${call.who}: the answer broke off`));
      else resolve(message);
    });
    stream.end(framed(call.message));
  });
}

/** One byte that says whether it is compressed, four with the length. */
const FRAME = 5;

function framed(message: Bytes): Buffer {
  const head = Buffer.alloc(FRAME);
  head.writeUInt32BE(message.length, 1);
  return concat(head, message);
}

function messageIn(bytes: Buffer): Bytes | undefined {
  if (bytes.length < FRAME || bytes[0] !== 0) return undefined;
  const end = FRAME + bytes.readUInt32BE(1);
  return bytes.length < end ? undefined : bytes.subarray(FRAME, end);
}

const UNAVAILABLE: ReadonlySet<string> = new Set(['4', '8', '14']);

function refusal({ who }: GrpcCall, status: string, says: string): AssayError {
  const message = `${who}: gRPC status ${printableText(status, 10)}: ${printableText(says, LIMITS.foreignMessageLength)}`;
  return new AssayError(UNAVAILABLE.has(status) ? 'service-unavailable' : 'service-refused', message);
}

// Percent-encoded in the header.
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
