/** Sources of revocation information that are not the network. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AssayError } from '../../../src/errors.ts';
import type { RevocationSource } from '../../../src/trust/revocation/index.ts';

/** A source that holds lists and answers by address, and remembers what it was asked for. */
export function memorySource(held: {
  readonly crl?: Readonly<Record<string, Uint8Array>>;
  readonly ocsp?: Readonly<Record<string, Uint8Array>>;
}) {
  const asked: string[] = [];
  function get(kind: 'crl' | 'ocsp', url: string): Promise<Uint8Array> {
    asked.push(`${kind} ${url}`);
    const bytes = held[kind]?.[url];
    return bytes === undefined ? Promise.reject(new AssayError('revocation-unavailable', 'the server is down')) : Promise.resolve(bytes);
  }
  return { asked, crl: (url) => get('crl', url), ocsp: (url) => get('ocsp', url) } satisfies RevocationSource & { asked: string[] };
}

/** A server on this machine at a free port. */
export async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
