import { Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { packTar, writeLayout } from '../../src/oci/index.ts';
import { layoutFilesOf } from '../../src/oci/layout/write.ts';
import { dsseBundle, inTotoStatement, PREDICATES } from '../../src/testing/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { lab } from '../forgeries/lab.ts';
import { corner } from './crowd.ts';
import { type Answer, BY_KEY, gist, type Lab, sign, startLab } from './lab.ts';

let l: Lab;
let elsewhere: TestRegistry;
beforeEach(async () => {
  l = await startLab();
  elsewhere = await startRegistry();
});
afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all([l.close(), elsewhere.close()]);
});

/** Runs a command and says to which ports sockets were opened meanwhile. */
async function watched(argv: readonly string[], env: Record<string, string> = {}): Promise<Answer & { readonly ports: readonly string[] }> {
  const ports = new Set<string>();
  const connect = Socket.prototype.connect;
  vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
    const [first] = args.flat() as [{ readonly port?: unknown } | undefined];
    ports.add(String(first?.port));
    return (connect as (...all: unknown[]) => Socket).apply(this, args);
  } as never);
  const fetched = vi.spyOn(globalThis, 'fetch');
  const answer = await l.ask(argv, { env });
  expect(fetched).not.toHaveBeenCalled();
  vi.restoreAllMocks();
  return { ...answer, ports: [...ports] };
}

const portOf = (host: string): string => host.split(':')[1] ?? '';
const verify = (...more: string[]): readonly string[] => ['verify', '--offline', ...BY_KEY, ...more];

describe('--offline of an image in a registry', () => {
  test("opens no socket but the named registry's", async () => {
    sign(l.app);
    const answer = await watched(verify(l.image));
    expect(gist(answer)).toEqual({ exit: 0, outcome: 'verified', codes: [] });
    expect(answer.ports).toEqual([portOf(l.registry.host)]);
  });

  test("by identity and the embedded root: none but the named registry's", async () => {
    const answer = await watched([
      'verify',
      '--offline',
      '--certificate-identity',
      'a@b.c',
      '--certificate-oidc-issuer',
      'https://i.test',
      l.image,
    ]);
    expect(gist(answer)).toMatchObject({ exit: 1, outcome: 'unsigned' });
    expect(answer.ports).toEqual([portOf(l.registry.host)]);
  });

  test.each([
    ['the image', 'manifests/v1'],
    ['a blob of evidence', 'blobs/'],
    ['the referrers', 'referrers/'],
  ])('refuses a redirect of %s to another host', async (_name, match) => {
    sign(l.app);
    l.registry.faults.add({ kind: 'redirect', match });
    const answer = await watched(verify(l.image));
    expect(gist(answer)).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['offline'] });
    expect(answer.ports).toEqual([portOf(l.registry.host)]);
    expect(l.registry.log.filter((e) => e.origin === 'other')).toEqual([]);
    // Without the flag the same is followed.
    expect(gist(await l.ask(['verify', ...BY_KEY, l.image]))).toMatchObject({ exit: 0, outcome: 'verified' });
  });

  test('refuses a token server elsewhere', async () => {
    const closed = await startLab({
      auth: { kind: 'bearer', username: 'u', password: 'p', anonymousPull: true, realm: `http://${elsewhere.host}/token` },
    });
    try {
      const answer = await watched(verify(closed.image));
      expect(gist(answer)).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['offline'] });
      expect(answer.ports).toEqual([portOf(closed.registry.host)]);
      expect(elsewhere.log).toEqual([]);
    } finally {
      await closed.close();
    }
  });

  test('asks no mirror, and no second repository at another registry', async () => {
    sign(l.app);
    corner(l.registry.content, 'bare');
    const answer = await watched(verify('--registry-mirror', `${l.registry.host}=http://${elsewhere.host}`, l.image));
    expect(gist(answer)).toEqual({ exit: 2, outcome: undefined, codes: ['usage-invalid'] });
    corner(elsewhere.content);
    const env = { COSIGN_REPOSITORY: `${elsewhere.host}/app` };
    const second = await watched(verify(l.image), env);
    expect(gist(second)).toEqual({ exit: 0, outcome: 'verified', codes: ['offline'] });
    expect(second.ports).toEqual([portOf(l.registry.host)]);
    const none = await watched(verify(`${l.registry.host}/bare:v1`), env);
    expect(gist(none)).toEqual({ exit: 3, outcome: 'inconclusive', codes: ['offline'] });
    expect(elsewhere.log).toEqual([]);
  });

  test('fetches no key from elsewhere', async () => {
    const answer = await watched(['verify', '--offline', '--key', `https://${elsewhere.host}/key.pub`, '--insecure-ignore-tlog', l.image]);
    expect(gist(answer)).toMatchObject({ exit: 3, codes: ['offline'] });
    expect(answer.ports).toEqual([]);
  });
});

describe('--offline of what is at hand', () => {
  test.each(['layout', 'archive'])('opens no socket at all: an image in a %s', async (kind) => {
    const held = l.registry.content.repository('app');
    sign(l.app);
    const blobs = [...held.blobs].map((digest) => l.registry.content.blobs.get(digest) ?? Buffer.alloc(0));
    const entries = [...held.manifests].map(([digest, { body, type }]) => ({
      bytes: body,
      mediaType: type,
      ...(digest === l.app.image.digest ? { tag: 'v1' } : {}),
    }));
    if (kind === 'layout') await writeLayout(join(l.home, 'image'), { entries, blobs });
    else l.file('image.tar', packTar(layoutFilesOf({ entries, blobs })));
    const answer = await watched(verify(kind === 'layout' ? 'oci:image:v1' : 'oci-archive:image.tar:v1'));
    expect(gist(answer)).toEqual({ exit: 0, outcome: 'verified', codes: [] });
    expect(answer.ports).toEqual([]);
  });

  test('opens no socket at all: blobs and bundles with a trusted root', async () => {
    const certificate = lab.issue({ sans: [{ email: 'dev@acme.example' }] });
    const signer = { kind: 'certificate', certificate, chain: lab.ca.chain } as const;
    l.file('bundle.json', JSON.stringify(dsseBundle(lab, signer, inTotoStatement(l.app.image.digest, PREDICATES.custom))));
    const who = [
      '--trusted-root',
      'root.json',
      '--certificate-identity',
      'dev@acme.example',
      '--certificate-oidc-issuer',
      'https://token.actions.githubusercontent.com',
    ];
    for (const offline of [[], ['--offline']]) {
      for (const argv of [
        ['verify-bundle', '--bundle', 'bundle.json', ...who, ...offline, l.app.image.digest],
        ['verify-blob-attestation', '--type', 'custom', '--bundle', 'bundle.json', ...who, ...offline, l.app.image.digest],
      ]) {
        const answer = await watched(argv);
        expect({ argv, ...gist(answer), ports: answer.ports }).toEqual({ argv, exit: 0, outcome: 'verified', codes: [], ports: [] });
      }
    }
  });
});
