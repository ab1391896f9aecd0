/** What Assay signs in the Notary Project's form, notation verifies and inspects; and refuses after tampering. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPlugin } from '../sign/notation-lab.ts';
import { type LabAuthority, makeAuthority } from './lab/authorities.ts';
import { type LabImage, pushImage, pushIndex } from './lab/images.ts';
import { type LabNotary, makeNotary, notation, writeTrust } from './lab/notation.ts';
import { type LabRegistry, startBoth } from './lab/registries.ts';
import { type LabTsa, serveTimestamps } from './lab/tsa.ts';
import { openWorkshop, type Ran, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const KINDS = ['rsa2048', 'rsa3072', 'rsa4096', 'p256', 'p384', 'p521'] as const;
const FORMS = ['jws', 'cose'] as const;
const ACME = 'x509.subject: C=US, ST=WA, O=acme';

describe.skipIf(lacksPeers(['notation', '1'], ['docker-registry']))('images that Assay signed', () => {
  let workshop: Workshop;
  let registries: readonly LabRegistry[];
  let notary: LabNotary;
  let stamps: LabAuthority;
  let tsa: LabTsa;

  beforeAll(async () => {
    workshop = openWorkshop('notation-sign');
    registries = await startBoth(workshop);
    notary = await makeNotary(workshop, 'acme');
    for (const kind of KINDS) await notary.addKey(kind);
    stamps = await makeAuthority(workshop, 'stamps');
    tsa = await serveTimestamps(stamps);
    writeTrust(workshop, { ca: [notary.root], identities: [ACME] });
  });
  afterAll(async () => {
    await tsa?.close();
    await Promise.all((registries ?? []).map((r) => r.close()));
    await workshop?.close();
  });

  const sign = (image: LabImage, flags: readonly string[]): Promise<Ran> =>
    workshop.assay(['sign', '--format', 'notation', ...flags, image.reference, '--output', 'json'], {
      XDG_CONFIG_HOME: workshop.path('config'),
    });
  const verify = (image: LabImage, flags: readonly string[] = []): Promise<Ran> =>
    notation(workshop, ['verify', '--insecure-registry', ...flags, image.reference]);

  describe.each([0, 1])('in registry %i', (r) => {
    test.for(KINDS.flatMap((kind) => FORMS.map((form) => [kind, form] as const)))('%s, %s', async ([kind, form]) => {
      const image = await pushImage(registries[r]?.host ?? '', `s${r}/${kind}/${form}`);
      const made = await sign(image, ['--key', kind, '--signature-format', form, '-m', 'stage=prod', '-e', '24h']);
      expect(made.code, made.stdout + made.stderr).toBe(0);
      expect(JSON.parse(made.stdout)).toMatchObject({
        outcome: 'signed',
        images: [{ evidence: [{ format: `notation-${form}`, stored: { as: registries[r]?.found } }] }],
      });
      const theirs = await verify(image, ['-m', 'stage=prod']);
      expect(theirs.code, theirs.stderr).toBe(0);
      expect((await verify(image, ['-m', 'stage=dev'])).code).toBe(1);
      const again = await sign(image, ['--key', kind, '--signature-format', form, '-m', 'stage=prod', '-e', '24h']);
      expect(again.code, again.stderr).toBe(0);
    });
  });

  test.each(FORMS)('are inspected: everything that was signed is shown (%s)', async (form) => {
    const image = await pushImage(registries[1]?.host ?? '', `inspected/${form}`);
    const made = await sign(image, ['--key', 'p384', '--signature-format', form, '-m', 'stage=prod', '--expiry', '1h']);
    expect(made.code, made.stderr).toBe(0);
    const { code, stdout, stderr } = await notation(workshop, ['inspect', '--insecure-registry', '-o', 'json', image.reference]);
    expect(code, stderr).toBe(0);
    const { Signatures, signatures } = JSON.parse(stdout) as { Signatures?: object[]; signatures?: object[] };
    expect((signatures ?? Signatures)?.[0]).toMatchObject({
      signedAttributes: { signingScheme: 'notary.x509', expiry: expect.any(String), signingTime: expect.any(String) },
      userDefinedAttributes: { stage: 'prod' },
      signedArtifact: { digest: image.digest, size: image.size, mediaType: image.mediaType },
      unsignedAttributes: { signingAgent: expect.stringMatching(/^assay\//) },
    });
  });

  test.each(FORMS)('with a timestamp of openssl ts (%s)', async (form) => {
    const image = await pushImage(registries[1]?.host ?? '', `stamped/${form}`);
    const flags = ['--timestamp-url', tsa.url, '--timestamp-root-cert', stamps.root];
    const made = await sign(image, ['--key', 'p256', '--signature-format', form, ...flags]);
    expect(made.code, made.stdout + made.stderr).toBe(0);
    writeTrust(workshop, { ca: [notary.root], tsa: [stamps.root], identities: [ACME] });
    const theirs = await verify(image);
    writeTrust(workshop, { ca: [notary.root], identities: [ACME] });
    expect(theirs.code, theirs.stderr).toBe(0);
    const again = await sign(image, ['--key', 'p256', '--signature-format', form, ...flags]);
    expect(JSON.parse(again.stdout)).toMatchObject({ outcome: 'kept' });
  });

  test('with a timestamp of an authority that the root does not know are not made', async () => {
    const image = await pushImage(registries[1]?.host ?? '', 'unstamped');
    const made = await sign(image, ['--key', 'p256', '--timestamp-url', tsa.url, '--timestamp-root-cert', notary.root]);
    expect(made.code, made.stdout).toBe(1);
    expect((await verify(image)).stderr).toContain('no signature');
  });

  test.each(FORMS)('in a layout, where notation knows signatures by their configuration alone (%s)', async (form) => {
    const image = await pushImage(registries[1]?.host ?? '', `laid/${form}`);
    const [layout, asked] = [`laid-${form}`, { XDG_CONFIG_HOME: workshop.path('config') }];
    await workshop.assay(['copy', image.reference, `oci:${layout}:v1`]);
    const made = await workshop.assay(
      ['sign', '--format', 'notation', '--key', 'p256', '--signature-format', form, `oci:${layout}@${image.digest}`],
      asked,
    );
    expect(made.code, made.stderr).toBe(0);
    const theirs = await notation(workshop, ['verify', '--oci-layout', '--scope', 'a.example/b', `${layout}@${image.digest}`]);
    expect(theirs.code, theirs.stderr).toBe(0);
    const back = `${registries[0]?.host}/laid-back/${form}`;
    await workshop.assay(['copy', `oci:${layout}@${image.digest}`, back]);
    expect((await notation(workshop, ['verify', '--insecure-registry', `${back}@${image.digest}`])).code).toBe(0);
  });

  test('by a key in files, with its chain in one file or two', async () => {
    const image = await pushImage(registries[1]?.host ?? '', 'files');
    const one = await sign(image, ['--key', 'acme/p256.key', '--certificate', 'acme/p256.chain.pem']);
    expect(one.code, one.stdout + one.stderr).toBe(0);
    expect((await verify(image)).code).toBe(0);
    const rest = Buffer.concat([workshop.read('acme/intermediate.pem'), workshop.read('acme/root.pem')]);
    workshop.write('rest.pem', rest);
    const two = await sign(image, ['--key', 'acme/p256.key', '--certificate', 'acme/p256.pem', '--certificate-chain', 'rest.pem']);
    expect(JSON.parse(two.stdout)).toMatchObject({ outcome: 'kept' });
    const without = await sign(image, ['--key', 'acme/p256.key']);
    expect(without.code).toBe(2);
    const unfit = await sign(image, ['--key', 'acme/p384.key', '--certificate', 'acme/p256.chain.pem']);
    expect(unfit.code, unfit.stdout).toBe(2);
  });

  test.each(['RAW', 'ENVELOPE'])('by a plugin that generates %s', async (kind) => {
    const plugin = installPlugin('p256', workshop.folderOf(`config/notation`));
    workshop.write('plugin-root.pem', pemOf(workshop.read('config/notation/plugin-files/chain.pem').toString()));
    const image = await pushImage(registries[1]?.host ?? '', `plugin/${kind.toLowerCase()}`);
    const config = [...plugin.config, ['kind', kind] as const].flatMap(([k, v]) => ['--plugin-config', `${k}=${v}`]);
    const flags = ['--plugin', plugin.name, '--id', 'key-1', ...config];
    const unpinned = await sign(image, flags);
    expect(unpinned.code, unpinned.stdout).toBe(3);
    const lying = await sign(image, [...flags, '--plugin-digest', plugin.pin, '--plugin-config', 'lie=other-key']);
    expect(lying.code, lying.stdout).toBe(1);
    expect((await verify(image)).stderr).toContain('no signature');
    const made = await sign(image, [...flags, '--plugin-digest', plugin.pin]);
    expect(made.code, made.stdout + made.stderr).toBe(0);
    writeTrust(workshop, { ca: ['plugin-root.pem'], identities: ['*'] });
    const theirs = await verify(image);
    writeTrust(workshop, { ca: [notary.root], identities: [ACME] });
    expect(theirs.code, theirs.stderr).toBe(0);
  });

  test('of an index and of everything in it', async () => {
    const { index, children } = await pushIndex(registries[0]?.host ?? '', 'index');
    const made = await sign(index, ['--key', 'p256', '--recursive']);
    expect(made.code, made.stdout + made.stderr).toBe(0);
    for (const image of [index, ...children]) {
      const theirs = await verify(image);
      expect(theirs.code, theirs.stderr).toBe(0);
    }
  });

  test.each(FORMS)('in the name of a signing authority (%s)', async (form) => {
    const image = await pushImage(registries[1]?.host ?? '', `authority/${form}`);
    const made = await sign(image, ['--key', 'p256', '--signing-scheme', 'signing-authority', '--signature-format', form]);
    expect(made.code, made.stdout + made.stderr).toBe(0);
    expect((await verify(image)).code).toBe(1);
    const policy = workshop.read('config/notation/trustpolicy.json').toString();
    workshop.folderOf('config/notation/truststore/x509/signingAuthority/acme');
    workshop.write('config/notation/truststore/x509/signingAuthority/acme/root.pem', workshop.read(notary.root));
    workshop.write('config/notation/trustpolicy.json', policy.replace(/"ca:[^"]+"/, '"signingAuthority:acme"'));
    const theirs = await verify(image);
    workshop.write('config/notation/trustpolicy.json', policy);
    expect(theirs.code, theirs.stderr).toBe(0);
  });

  test.for(FORMS.flatMap((form) => [[form, 'payload', swapPayload] as const, [form, 'signature', swapSignature] as const]))(
    'are refused by notation after tampering (%s, %s)',
    async ([form, part, change]) => {
      const image = await pushImage(registries[1]?.host ?? '', `tampered/${form}/${part}`);
      const made = await sign(image, ['--key', 'p256', '--signature-format', form, '-m', 'stage=prod']);
      expect((await verify(image)).code, made.stderr).toBe(0);
      const { images } = JSON.parse(made.stdout) as { images: { evidence: { digest: string }[] }[] };
      await replace(image, images[0]?.evidence[0]?.digest ?? '', change);
      const theirs = await verify(image);
      expect(theirs.code, theirs.stderr).toBe(1);
      expect(theirs.stderr).toContain('signature');
    },
  );

  async function replace(image: LabImage, digest: string, change: (envelope: Buffer) => Buffer): Promise<void> {
    const base = `http://${image.repository.replace('/', '/v2/')}`;
    const manifest = (await (await fetch(`${base}/manifests/${digest}`)).json()) as { layers: { digest: string; size: number }[] };
    const [layer] = manifest.layers;
    if (layer === undefined) throw new Error('no layer');
    const envelope = change(Buffer.from(await (await fetch(`${base}/blobs/${layer.digest}`)).arrayBuffer()));
    const name = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const started = await fetch(`${base}/blobs/uploads/`, { method: 'POST' });
    const place = new URL(started.headers.get('location') ?? '', base);
    place.searchParams.set('digest', name(envelope));
    await fetch(place, { method: 'PUT', body: new Uint8Array(envelope) });
    const body = Buffer.from(JSON.stringify({ ...manifest, layers: [{ ...layer, digest: name(envelope), size: envelope.length }] }));
    const headers = { 'Content-Type': 'application/vnd.oci.image.manifest.v1+json' };
    await fetch(`${base}/manifests/${digest}`, { method: 'DELETE' });
    const put = await fetch(`${base}/manifests/${name(body)}`, { method: 'PUT', body: new Uint8Array(body), headers });
    if (!put.ok) throw new Error(`PUT ${put.status}`);
  }
});

function swapPayload(envelope: Buffer): Buffer {
  const text = envelope.toString('latin1');
  if (text.startsWith('{')) {
    const jws = JSON.parse(text) as { payload: string };
    const payload = Buffer.from(jws.payload, 'base64url').toString().replace('prod', 'test');
    return Buffer.from(JSON.stringify({ ...jws, payload: Buffer.from(payload).toString('base64url') }));
  }
  return Buffer.from(text.replace('prod', 'test'), 'latin1');
}

function swapSignature(envelope: Buffer): Buffer {
  const text = envelope.toString('latin1');
  if (text.startsWith('{')) {
    const jws = JSON.parse(text) as { signature: string };
    return Buffer.from(JSON.stringify({ ...jws, signature: Buffer.from(jws.signature, 'base64url').reverse().toString('base64url') }));
  }
  const changed = Buffer.from(envelope);
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  return changed;
}

function pemOf(chain: string): string {
  return chain.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----\n/g)?.at(-1) ?? '';
}
