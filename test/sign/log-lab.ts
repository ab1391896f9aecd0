/** A log over HTTP whose every answer a test writes, and things to enter in it. */

import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { preAuthEncoding } from '../../src/codec/dsse.ts';
import { algorithmsOf, type KeyAlgorithm, localSigner, privateKeyOf, type Signer } from '../../src/crypto/index.ts';
import type { LogSubmission } from '../../src/sign/services.ts';
import { type KeyKind, type LogEntryJson, newKey } from '../../src/testing/index.ts';
import { createServiceClient, type ServiceClient } from '../../src/trust/service-client/client.ts';

/** What a server answers. */
export interface Reply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** A server on loopback. */
export interface Served {
  readonly url: string;
  readonly requests: string[];
  readonly client: ServiceClient;
  readonly close: () => Promise<void>;
}

/** Serves what `answer` says. */
export async function serve(answer: (asked: string, body: Buffer, request: IncomingMessage) => Reply | Promise<Reply>): Promise<Served> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const asked = `${request.method} ${request.url}`;
    requests.push(asked);
    void buffer(request)
      .then((body) => answer(asked, body, request))
      .then(({ status = 200, headers = {}, body = '' }) => response.writeHead(status, headers).end(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = createServiceClient({ env: {} });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    client,
    async close() {
      await client.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** A signer of a kind of key. */
export function signerOf(kind: KeyKind = 'p256'): Signer {
  return localSigner(privateKeyOf(newKey(kind).privateKey), 'test key');
}

/** A signature over a text, ready to be entered. */
export async function submissionOf(text: string, signer: Signer = signerOf(), wanted?: KeyAlgorithm): Promise<LogSubmission> {
  const [algorithm] = wanted === undefined ? algorithmsOf(signer.publicKey) : [wanted];
  const message = Buffer.from(text);
  const digest = createHash(algorithm.scheme.hash).update(message).digest();
  const signature = await signer.sign(message, algorithm.scheme);
  return { signature, verifier: { kind: 'public-key', key: signer.publicKey }, algorithm, digest };
}

/** A signed envelope, ready to be entered. */
export async function envelopeSubmissionOf(payload: Buffer, signer: Signer = signerOf()): Promise<LogSubmission> {
  const payloadType = 'application/vnd.in-toto+json';
  const submission = await submissionOf(Buffer.from(preAuthEncoding(payloadType, payload)).toString(), signer);
  const json = {
    payloadType,
    payload: payload.toString('base64'),
    signatures: [{ sig: Buffer.from(submission.signature).toString('base64') }],
  };
  return { ...submission, envelope: { json: Buffer.from(JSON.stringify(json)), payloadType, payload } };
}

/** An entry as Rekor v1 answers it. */
export function entryV1(uuid: string, entry: LogEntryJson, without: { readonly proof?: boolean } = {}): string {
  const hex = (text: string): string => Buffer.from(text, 'base64').toString('hex');
  const { inclusionProof: proof } = entry;
  return JSON.stringify({
    [uuid]: {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logID: hex(entry.logId.keyId),
      logIndex: Number(entry.logIndex),
      verification: {
        signedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp,
        ...(proof === undefined || without.proof === true
          ? {}
          : {
              inclusionProof: {
                checkpoint: proof.checkpoint?.envelope,
                hashes: proof.hashes.map(hex),
                logIndex: Number(proof.logIndex),
                rootHash: hex(proof.rootHash),
                treeSize: Number(proof.treeSize),
              },
            }),
      },
    },
  });
}
