// The test authority's Sigstore behind HTTP on loopback, so that real cosign signs keyless without a network: Fulcio, Rekor v2, a timestamp authority.
import { createHash, createPublicKey } from 'node:crypto';
import { createServer } from 'node:http';

/**
 * @typedef {object} SigstoreServer
 * @property {string} url
 * @property {() => Promise<void>} close
 */

/**
 * Starts the three services on one port.
 * @param {typeof import('../../src/testing/index.ts')} testing
 * @param {import('../../src/testing/index.ts').VirtualSigstore} sigstore
 * @param {(claims: Record<string, unknown>) => import('../../src/testing/index.ts').LeafOptions} leafFor what is certified of an identity token
 * @returns {Promise<SigstoreServer>}
 */
export async function startSigstore(testing, sigstore, leafFor) {
  const routes = {
    'POST /api/v2/signingCert': (body, headers) => certify(JSON.parse(body), headers.authorization ?? ''),
    'POST /api/v2/log/entries': (body) => log(JSON.parse(body)),
    'POST /api/v1/timestamp': stamp,
  };
  const server = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const route = routes[`${request.method} ${request.url}`];
    if (process.env.ASSAY_DEMO_TRACE) process.stderr.write(`sigstore: ${request.method} ${request.url}\n`);
    try {
      const {
        status = 201,
        type = 'application/json',
        content,
      } = route?.(Buffer.concat(chunks), request.headers) ?? { status: 404, content: '{}' };
      response.writeHead(status, { 'Content-Type': type }).end(content);
    } catch (error) {
      response.writeHead(400, { 'Content-Type': 'application/json' }).end(JSON.stringify({ code: 3, message: error.message }));
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));

  // Fulcio, "CreateSigningCertificate" (fulcio.proto v2). The token comes from the demo itself, so nobody has to check it.
  function certify({ publicKeyRequest }, authorization) {
    const claims = JSON.parse(Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString());
    const key = keyOf(publicKeyRequest.publicKey.content);
    const leaf = sigstore.issue({ ...leafFor(claims), key, notBefore: new Date(Date.now() - 1000) });
    const certificates = [leaf, ...sigstore.ca.chain].map(({ pem }) => pem);
    return { status: 200, content: JSON.stringify({ signedCertificateEmbeddedSct: { chain: { certificates } } }) };
  }

  // Rekor v2, "CreateEntry" (rekor-tiles rekor_service.proto).
  function log({ hashedRekordRequestV002: { digest, signature } }) {
    const { content, verifier } = signature;
    const spec = { hashedRekordV002: { data: { algorithm: 'SHA2_256', digest }, signature: { content, verifier } } };
    const entry = testing.enter(sigstore.rekor2, { apiVersion: '0.0.2', kind: 'hashedrekord', spec }, new Date());
    return { content: JSON.stringify(entry) };
  }

  // RFC 3161 §2.4.1: what a query has to say here is the imprint, the only SHA-256 digest in it.
  function stamp(query) {
    const at = query.indexOf(Buffer.from('0609608648016503040201', 'hex'));
    const start = query.indexOf(Buffer.from('0420', 'hex'), at) + 2;
    const imprint = query.subarray(start, start + 32);
    const content = testing.timestamp(sigstore.tsa, Buffer.alloc(0), { at: new Date(), bend: { imprint } });
    return { status: 200, type: 'application/timestamp-reply', content };
  }

  return {
    url: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function keyOf(pem) {
  const publicKey = createPublicKey(pem);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return { kind: 'p256', publicKey, spki, spkiPem: pem, id: createHash('sha256').update(spki).digest() };
}

/**
 * An identity token of the kind that GitHub gives to a workflow; unsigned, for a Fulcio that trusts the demo.
 * @param {string} subject
 * @param {string} issuer
 * @returns {string}
 */
export function identityToken(subject, issuer) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1000);
  return `${part({ alg: 'RS256', typ: 'JWT' })}.${part({ iss: issuer, sub: subject, aud: 'sigstore', iat: now, exp: now + 600 })}.${'A'.repeat(342)}`;
}
