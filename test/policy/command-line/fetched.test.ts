/** What a policy names at an address is fetched as everything else is: through proxies, with one's own authorities, within bounds. */
import type { RequestListener, Server } from 'node:http';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../../src/limits.ts';
import { listen, portOf, shut } from '../../../src/testing/registry/listen.ts';
import { tlsFiles } from '../../../src/testing/services/tls.ts';
import { imagePolicy, type Lab, OURS, openLab } from './lab.ts';

const tls = tlsFiles();
const open: (() => Promise<unknown>)[] = [];
let lab: Lab;
let env: Readonly<Record<string, string>>;
beforeAll(async () => {
  lab = await openLab('policy-fetched');
  env = { SSL_CERT_FILE: lab.write('authority.pem', tls.authority ?? '') };
});
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});
afterAll(() => lab.close());

function kept(server: Server): number {
  open.push(() => shut(server));
  return portOf(server);
}

async function serve(answer: RequestListener): Promise<string> {
  return `https://127.0.0.1:${kept(await listen(answer, { port: 0, tls }))}`;
}

/** Checks a policy whose key is at an address; answers the codes of its mistakes. */
async function codesOf(url: string, around: Readonly<Record<string, string>> = env): Promise<readonly string[]> {
  lab.write('policy.yaml', imagePolicy('keys', `{signature: {by: {key: {url: "${url}"}, trustedRoot: trusted_root.json}}}`));
  const { json } = await lab.askJson(['policy', 'check', 'policy.yaml'], { env: around });
  return json.files[0].errors.map(({ code }: { readonly code: string }) => code);
}

test('by an authority that SSL_CERT_FILE names, and by no other', async () => {
  const url = await serve((_, response) => response.end(OURS));
  expect(await codesOf(`${url}/key.pub`)).toEqual([]);
  expect(await codesOf(`${url}/key.pub`, {})).toEqual(['service-unavailable']);
});

test('through the proxy that the environment names', async () => {
  const asked: (string | undefined)[] = [];
  const proxy = await listen(() => {}, { port: 0, tls: undefined });
  proxy.on('connect', (request, socket) => {
    asked.push(request.url);
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  });
  const port = kept(proxy);
  expect(await codesOf('https://keys.test/key.pub', { HTTPS_PROXY: `http://127.0.0.1:${port}` })).toEqual(['service-unavailable']);
  expect(asked).toContain('keys.test:443');
});

test('with no redirect, no password, and no more than a policy may have', async () => {
  const url = await serve((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/key.pub' }).end();
    else if (request.url === '/gone') response.writeHead(404).end();
    else response.end(request.url === '/long' ? OURS.padEnd(LIMITS.policyBytes + 1) : OURS.padEnd(LIMITS.policyBytes));
  });
  expect(await codesOf(`${url}/key.pub`)).toEqual([]);
  expect(await codesOf(`${url}/long`)).toEqual(['limit']);
  expect(await codesOf(`${url}/moved`)).toEqual(['redirect-refused']);
  expect(await codesOf(`${url}/gone`)).toEqual(['service-refused']);
  expect(await codesOf(url.replace('https://', 'https://me:secret@'))).toEqual(['policy-invalid']);
});

test('and no secret of its address is told', async () => {
  const url = await serve((request, response) => response.writeHead(request.url?.startsWith('/none') === true ? 200 : 403).end('none'));
  for (const [path, more, exit] of [
    ['k', [], 3],
    ['k', ['--offline'], 3],
    ['none', [], 2],
  ] as const) {
    const key = `{url: "${url}/${path}?sig=s3cret"}`;
    lab.write('policy.yaml', imagePolicy('keys', `{signature: {by: {key: ${key}, trustedRoot: trusted_root.json}}}`));
    const ran = await lab.ask(['verify', '--policy', 'policy.yaml', ...more, lab.ref('app')], { env });
    expect(ran.exit).toBe(exit);
    expect(`${ran.text}${ran.stderr}`).not.toContain('s3cret');
  }
});
