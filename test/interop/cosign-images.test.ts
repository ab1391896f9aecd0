import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './lab/ask.ts';
import { pushImage, pushIndex } from './lab/images.ts';
import { makeKey } from './lab/keys.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const LOGLESS = { '2.5': ['--tlog-upload=false'], '3': ['--use-signing-config=false', '--tlog-upload=false'] } as const;
const VERSIONS = ['2.5', '3'] as const;

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5'], ['docker-registry']))("cosign's own scenarios", { concurrent: true }, () => {
  let workshop: Workshop;
  let registries: readonly LabRegistry[];

  beforeAll(async () => {
    workshop = openWorkshop('cosign-images');
    registries = await startBoth(workshop);
    await Promise.all(['a', 'b', 'c'].map((name) => makeKey(workshop, 'p256', name)));
  });
  afterAll(async () => {
    await Promise.all(registries.map((r) => r.close()));
    await workshop.close();
  });

  const host = (r: number): string => registries[r]?.host ?? '';
  const sign = (version: '2.5' | '3', argv: readonly string[], env: Record<string, string> = {}) =>
    workshop.make(version, ['sign', '-y', '--allow-http-registry', ...LOGLESS[version], ...argv], env);
  const verify = (argv: readonly string[], env: Record<string, string> = {}) =>
    ask(workshop, ['verify', '--insecure-ignore-tlog', ...argv], env);

  describe.each([0, 1])('in registry %i', (r) => {
    test.for(VERSIONS)('annotations that cosign %s signed', async (version) => {
      const image = await pushImage(host(r), `annotated/v${version}`);
      await sign(version, ['--key=a.key', '-a', 'env=prod', '-a', 'team=core', image.reference]);
      for (const [pairs, code, outcome] of [
        [['env=prod'], 0, 'verified'],
        [['env=prod', 'team=core'], 0, 'verified'],
        [['env=dev'], 1, 'denied'],
        [['env=prod', 'absent=1'], 1, 'denied'],
      ] as const) {
        const answer = await verify(['--key=a.pub', ...pairs.flatMap((p) => ['-a', p]), image.tagged]);
        expect(answer, answer.why).toMatchObject({ code, outcome });
      }
    });

    test.for(VERSIONS)('an index signed by cosign %s, alone and recursively', async (version) => {
      const alone = await pushIndex(host(r), `index/alone/v${version}`);
      await sign(version, ['--key=a.key', alone.index.reference]);
      expect(await verify(['--key=a.pub', alone.index.tagged])).toMatchObject({ outcome: 'verified' });
      expect(await verify(['--key=a.pub', '--platform=linux/arm64', alone.index.tagged])).toMatchObject({ code: 1, outcome: 'unsigned' });
      expect(await verify(['--key=a.pub', '--platform=all', alone.index.tagged])).toMatchObject({ code: 1, outcome: 'unsigned' });

      const whole = await pushIndex(host(r), `index/whole/v${version}`);
      await sign(version, ['--key=a.key', '--recursive', whole.index.reference]);
      const each = await verify(['--key=a.pub', whole.index.tagged, ...whole.children.map((c) => c.reference)]);
      expect(each, each.why).toMatchObject({ code: 0, outcome: 'verified', verified: { length: 3 } });
      expect(await verify(['--key=a.pub', '--platform=all', whole.index.tagged])).toMatchObject({ code: 0, verified: { length: 2 } });
    });

    test.for(VERSIONS)('evidence that cosign %s put into another repository', async (version) => {
      const image = await pushImage(host(r), `elsewhere/v${version}`);
      const env = { COSIGN_REPOSITORY: `${host(r)}/signatures/v${version}` };
      await sign(version, ['--key=a.key', image.reference], env);
      expect(await verify(['--key=a.pub', image.tagged], env)).toMatchObject({ code: 0, outcome: 'verified' });
      expect(await verify(['--key=a.pub', image.tagged])).toMatchObject({ code: 1, outcome: 'unsigned' });
    });

    test('two signers, of both versions of cosign', async () => {
      const image = await pushImage(host(r), 'two');
      await sign('2.5', ['--key=a.key', image.reference]);
      await sign('2.5', ['--key=a.key', image.reference]);
      await sign('3', ['--key=b.key', image.reference]);
      expect(await verify(['--key=a.pub', image.tagged])).toMatchObject({ outcome: 'verified', verified: ['cosign-tag by tag'] });
      expect(await verify(['--key=b.pub', image.tagged])).toMatchObject({ verified: [`sigstore-bundle by ${registries[r]?.found}`] });
      expect(await verify(['--key=a.pub', '--key=b.pub', '--threshold=2', image.tagged])).toMatchObject({ outcome: 'verified' });
      expect(await verify(['--key=a.pub', '--key=c.pub', '--threshold=2', image.tagged])).toMatchObject({ code: 1, outcome: 'untrusted' });
      expect(await verify(['--key=c.pub', image.tagged])).toMatchObject({ code: 1, outcome: 'untrusted' });
    });

    test('nothing pushed, and nothing left after clean', async () => {
      const image = await pushImage(host(r), 'clean');
      await sign('2.5', ['--key=a.key', '--upload=false', image.reference]);
      expect(await verify(['--key=a.pub', image.tagged])).toMatchObject({ code: 1, outcome: 'unsigned' });
      await sign('2.5', ['--key=a.key', image.reference]);
      expect(await verify(['--key=a.pub', image.tagged])).toMatchObject({ code: 0, outcome: 'verified' });
      await workshop.make('2.5', ['clean', '--type=all', '-f', '--allow-http-registry', image.reference]);
      expect(await verify(['--key=a.pub', image.tagged])).toMatchObject({ code: 1, outcome: 'unsigned' });
    });

    test.for(VERSIONS)('a signature by cosign %s, moved to another image', async (version) => {
      const image = await pushImage(host(r), `moved/v${version}`);
      const other = await pushImage(host(r), `moved/v${version}`, 's390x');
      await sign(version, ['--key=a.key', image.reference]);
      await move(image, other);
      const answer = await verify(['--key=a.pub', other.reference]);
      expect(answer, answer.why).toMatchObject({ code: 1, outcome: 'invalid' });
      expect(answer.evidence[0]?.checks).toContainEqual(expect.objectContaining({ id: 'subject-digest', result: 'fail' }));
    });
  });

  test('a detached signature that openssl made and cosign attached', async () => {
    const image = await pushImage(host(0), 'attached');
    workshop.write('payload', (await workshop.make('2.5', ['generate', '--allow-http-registry', image.reference])).stdout);
    await workshop.openssl(['dgst', '-sha256', '-sign', 'a.pem', '-out', 'payload.der', 'payload']);
    workshop.write('payload.sig', workshop.read('payload.der').toString('base64'));
    const parts = ['--payload=payload', '--signature=payload.sig'];
    await workshop.make('2.5', ['attach', 'signature', '--allow-http-registry', ...parts, image.reference]);
    expect(await verify(['--key=a.pub', image.tagged])).toMatchObject({ outcome: 'verified', verified: ['cosign-tag by tag'] });
    expect(await verify(['--key=b.pub', image.tagged])).toMatchObject({ code: 1, outcome: 'untrusted' });
  });

  test('a bundle that cosign 3 wrote to a file and attached', async () => {
    const image = await pushImage(host(0), 'bundle-attached');
    await sign('3', ['--key=a.key', '--upload=false', '--bundle=image.bundle', image.reference]);
    expect(await verify(['--key=a.pub', image.tagged])).toMatchObject({ outcome: 'unsigned' });
    await workshop.make('3', ['attach', 'attestation', '--allow-http-registry', '--attestation=image.bundle', image.reference]);
    expect(await verify(['--key=a.pub', image.tagged])).toMatchObject({ verified: ['sigstore-bundle by fallback-tag'] });
  });

  test('tags with a prefix, and docker media types', async () => {
    const image = await pushImage(host(0), 'prefixed');
    await sign('2.5', ['--key=a.key', '--attachment-tag-prefix=sig-', image.reference], { COSIGN_DOCKER_MEDIA_TYPES: '1' });
    expect(await verify(['--key=a.pub', '--attachment-tag-prefix=sig-', image.tagged])).toMatchObject({ outcome: 'verified' });
    expect(await verify(['--key=a.pub', image.tagged])).toMatchObject({ outcome: 'unsigned' });
  });
});

/** Copies the `.sig` manifest, and the fallback index or the referrers, of one image to another of the same repository. */
async function move(from: { host: string; repository: string; digest: string }, to: typeof from & { size: number; mediaType: string }) {
  const base = `http://${from.repository.replace('/', '/v2/')}`;
  const accept = 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json';
  const tag = (digest: string): string => digest.replace(':', '-');
  for (const suffix of ['.sig', '']) {
    const found = await fetch(`${base}/manifests/${tag(from.digest)}${suffix}`, { headers: { Accept: accept } });
    if (found.ok) await put(`${base}/manifests/${tag(to.digest)}${suffix}`, await found.text(), found.headers.get('content-type') ?? '');
  }
  const listed = await fetch(`${base}/referrers/${from.digest}`);
  if (!listed.ok) return;
  for (const { digest } of ((await listed.json()) as { manifests: { digest: string }[] }).manifests) {
    const manifest = (await (await fetch(`${base}/manifests/${digest}`, { headers: { Accept: accept } })).json()) as object;
    const moved = { ...manifest, subject: { mediaType: to.mediaType, digest: to.digest, size: to.size } };
    const text = JSON.stringify(moved);
    const hex = createHash('sha256').update(text).digest('hex');
    await put(`${base}/manifests/sha256:${hex}`, text, 'application/vnd.oci.image.manifest.v1+json');
  }
}

async function put(url: string, body: string, type: string): Promise<void> {
  const answer = await fetch(url, { method: 'PUT', body, headers: { 'Content-Type': type } });
  if (!answer.ok) throw new Error(`PUT ${url}: ${answer.status}`);
}
