/** An RFC 3161 timestamp authority over HTTP: openssl answers every query. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { LabAuthority } from './authorities.ts';

/** A timestamp server. */
export interface LabTsa {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Serves an authority's timestamps. openssl keeps the serial number in a file: one query after the other. */
export async function serveTimestamps(authority: LabAuthority): Promise<LabTsa> {
  let last: Promise<unknown> = Promise.resolve();
  const server = createServer((request, response) => {
    const answer = buffer(request).then((query) => {
      const next = last.then(() => authority.stamp(query));
      last = next.catch(() => undefined);
      return next;
    });
    answer.then(
      (reply) => response.writeHead(200, { 'Content-Type': 'application/timestamp-reply' }).end(reply),
      (error: unknown) => response.writeHead(500).end(String(error)),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/timestamp`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
