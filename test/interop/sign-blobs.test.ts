import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ISSUER, SUBJECT } from './lab/authorities.ts';
import { type LabInstance, startInstance } from './lab/instance.ts';
import { KEY_KINDS, makeKey } from './lab/keys.ts';
import { openWorkshop, type Ran, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const TYPE = 'https://acme.example/review/v1';
const WHO = ['--certificate-identity', SUBJECT, '--certificate-oidc-issuer', ISSUER];

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5']))('files that Assay signs, real cosign verifies', () => {
  let workshop: Workshop;
  let instance: LabInstance;

  beforeAll(async () => {
    workshop = openWorkshop('sign-blobs');
    instance = await startInstance(workshop);
    workshop.write('predicate.json', '{"reviewed":true}');
    workshop.write('other', 'another file');
    await Promise.all(KEY_KINDS.map((kind) => makeKey(workshop, kind)));
  });
  afterAll(async () => {
    await instance.close();
    await workshop.close();
  });

  async function make(...argv: readonly string[]): Promise<Ran> {
    const ran = await workshop.assay(argv, { COSIGN_PASSWORD: '' });
    expect(ran.code, `${argv.join(' ')}\n${ran.stdout}${ran.stderr}`).toBe(0);
    return ran;
  }

  async function accepted(version: '2.5' | '3', verb: string, file: string, argv: readonly string[]): Promise<void> {
    const ran = await workshop.cosign(version, [verb, ...argv, file], instance.env);
    expect(ran.code, `${version} ${verb}: ${ran.stderr}`).toBe(0);
    expect(await workshop.cosign(version, [verb, ...argv, 'other'], instance.env)).not.toMatchObject({ code: 0 });
  }

  /** cosign 3 signs with SHA-384 by a P-384 key, and reads only SHA-256 unless it is told. */
  function hashOf(kind: string): readonly string[] {
    const hash = { p384: 'sha384', p521: 'sha512' }[kind];
    return hash === undefined ? [] : ['--signature-digest-algorithm', hash];
  }

  test.for(KEY_KINDS)('by %s without a log: bundle, and the old files', async (kind) => {
    const file = `plain-${kind}`;
    workshop.write(file, `content of ${file}`);
    const by = ['--key', `${kind}.key`, '--tlog-upload=false'];
    const key = ['--key', `${kind}.pub`, '--insecure-ignore-tlog'];
    await make('sign-blob', ...by, file);
    await accepted('3', 'verify-blob', file, [...key, ...hashOf(kind), '--bundle', `${file}.sigstore.json`]);
    await make('sign-blob', ...by, '--new-bundle-format=false', '--output-signature', `${file}.sig`, '--bundle', `${file}.old`, file);
    await accepted('2.5', 'verify-blob', file, [...key, '--signature', `${file}.sig`]);
    await accepted('2.5', 'verify-blob', file, [...key, '--bundle', `${file}.old`]);
    const predicate = ['--type', TYPE, '--predicate', 'predicate.json'];
    await make('attest-blob', ...by, ...predicate, '--bundle', `${file}.att`, file);
    await accepted('3', 'verify-blob-attestation', file, [...key, ...hashOf(kind), '--type', TYPE, '--bundle', `${file}.att`]);
    await make('attest-blob', ...by, ...predicate, '--new-bundle-format=false', '--output-signature', `${file}.dsse`, file);
    await accepted('2.5', 'verify-blob-attestation', file, [...key, '--type', TYPE, '--signature', `${file}.dsse`]);
  });

  // cosign of neither version verifies what it signs itself by an Ed25519 key with a log: prehashed, as the log demands.
  const LOGGED = ['keyless', 'p256', 'rsa2048'].flatMap((signer) => ['v1', 'v2'].map((log) => ({ signer, log })));

  test.for(LOGGED)('by $signer, logged by Rekor $log', async ({ signer, log }) => {
    const file = `logged-${signer}-${log}`;
    workshop.write(file, `content of ${file}`);
    const by = signer === 'keyless' ? ['--identity-token', instance.token(SUBJECT)] : ['--key', `${signer}.key`];
    const services = ['--signing-config', log === 'v1' ? instance.config.v1 : instance.config.v2, '--trusted-root', instance.trustedRoot];
    const who = [...(signer === 'keyless' ? WHO : ['--key', `${signer}.pub`]), '--trusted-root', instance.trustedRoot];
    await make('sign-blob', ...by, ...services, file);
    await accepted('3', 'verify-blob', file, [...who, '--bundle', `${file}.sigstore.json`]);
    await make('attest-blob', ...by, ...services, '--type', TYPE, '--predicate', 'predicate.json', '--bundle', `${file}.att`, file);
    await accepted('3', 'verify-blob-attestation', file, [...who, '--type', TYPE, '--bundle', `${file}.att`]);
  });

  test.for(['keyless', 'p256'])("by %s, as cosign 2's bundle with a log entry", async (signer) => {
    const file = `old-${signer}`;
    workshop.write(file, `content of ${file}`);
    const by =
      signer === 'keyless' ? ['--identity-token', instance.token(SUBJECT), '--fulcio-url', instance.url] : ['--key', `${signer}.key`];
    const services = ['--use-signing-config=false', '--rekor-url', instance.url, '--trusted-root', instance.trustedRoot];
    const who = signer === 'keyless' ? WHO : ['--key', `${signer}.pub`];
    await make('sign-blob', ...by, ...services, '--new-bundle-format=false', '--bundle', `${file}.old`, file);
    await accepted('2.5', 'verify-blob', file, [...who, '--bundle', `${file}.old`]);
  });
});
