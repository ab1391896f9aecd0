/** Evidence in other repositories, under other tags and in files. */
import { existsSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { pushImage, pushIndex, registrySink } from '../../src/testing/authority/index.ts';
import { assay, assayWith, image, keyless, TRUST, TYPE, there, useSignWorld, who, write } from './sign-world.ts';

useSignWorld();

describe('other places and files', () => {
  const local = ['--key', 'p256.key', '--tlog-upload=false'];
  const check = ['--key', 'p256.pub', '--insecure-ignore-tlog'];

  test.each(['bundle', 'cosign-tag'])('evidence in another repository, in the form %s', async (form) => {
    const { reference } = image();
    const env = { COSIGN_REPOSITORY: `${there().registry.host}/evidence/${form}` };
    const signed = await assayWith(env, 'sign', ...local, '--format', form, reference);
    expect(signed.json, signed.stdout).toMatchObject({
      outcome: 'signed',
      images: [{ evidence: [{ stored: { repository: env.COSIGN_REPOSITORY } }] }],
    });
    expect((await assayWith(env, 'verify', ...check, reference)).json).toMatchObject({ outcome: 'verified' });
    expect((await assay('verify', ...check, reference)).json).toMatchObject({ outcome: 'unsigned' });
    expect((await assayWith(env, 'sign', ...local, '--format', form, reference)).json).toMatchObject({ outcome: 'kept' });
  });

  test('tags with a prefix, and several names of an image', async () => {
    const { reference } = image();
    const argv = [
      'sign',
      ...local,
      '--format',
      'cosign-tag',
      '--attachment-tag-prefix',
      'x-',
      '--sign-container-identity',
      'a.example/x,b.example/y',
      reference,
    ];
    const signed = await assay(...argv);
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed', images: [{ evidence: { length: 2 } }] });
    expect((await assay('verify', ...check, '--attachment-tag-prefix', 'x-', reference)).json).toMatchObject({ outcome: 'verified' });
    expect((await assay('verify', ...check, reference)).json).toMatchObject({ outcome: 'unsigned' });
  });

  test('a payload that was generated, and one about another image', async () => {
    const { reference } = image();
    write(
      'payload',
      JSON.stringify({
        critical: {
          identity: { 'docker-reference': 'x' },
          image: { 'docker-manifest-digest': reference.split('@')[1] },
          type: 'cosign container image signature',
        },
        optional: null,
      }),
    );
    const argv = ['sign', ...local, '--format', 'cosign-tag', '--payload', 'payload'];
    expect((await assay(...argv, reference)).json).toMatchObject({ outcome: 'signed' });
    expect((await assay('verify', ...check, reference)).json).toMatchObject({ outcome: 'verified' });
    expect(await assay(...argv, image().reference)).toMatchObject({
      exit: 1,
      json: { images: [{ errors: [{ code: 'payload-invalid' }] }] },
    });
  });

  test('whole statements, about the image and about another', async () => {
    const { reference, digest } = image();
    const subject = [
      { name: 'other', digest: { sha256: '0'.repeat(64) } },
      { name: 'this', digest: { sha256: digest.slice(7) } },
    ];
    write(
      'statement.json',
      JSON.stringify({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType: TYPE, predicate: { a: 1 } }),
    );
    const argv = ['attest', ...local, '--statement', 'statement.json'];
    expect((await assay(...argv, reference)).json).toMatchObject({ outcome: 'signed' });
    expect((await assay('verify-attestation', '--type', TYPE, ...check, reference)).json).toMatchObject({ outcome: 'verified' });
    expect(await assay(...argv, image().reference)).toMatchObject({
      exit: 1,
      json: { images: [{ errors: [{ code: 'statement-invalid' }] }] },
    });
    expect((await assayWith({ COSIGN_NO_UPLOAD: 'true' }, ...argv, '--force', reference)).json).toMatchObject({
      images: [{ evidence: [{ stored: null }] }],
    });
  });

  test.each(['bundle', 'cosign-tag'])('custom predicates are kept whatever the time, in the form %s', async (form) => {
    const { reference } = image();
    const argv = ['attest', ...local, '--format', form, '--predicate', 'artifact', reference];
    expect((await assay(...argv)).json).toMatchObject({ outcome: 'signed' });
    expect((await assay(...argv)).json).toMatchObject({ outcome: 'kept' });
  });

  test("cosign's old files", async () => {
    const outputs = ['--output-signature', 'old.sig', '--bundle', 'old.bundle', '--rfc3161-timestamp', 'old.tsr'];
    const services1 = [
      '--use-signing-config=false',
      '--rekor-url',
      there().services.url,
      '--timestamp-server-url',
      there().services.timestampUrl,
    ];
    const signed = await assay(
      'sign-blob',
      '--key',
      'p384.key',
      ...TRUST,
      ...services1,
      '--new-bundle-format=false',
      ...outputs,
      'artifact',
    );
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed' });
    const key = ['--key', 'p384.pub', ...TRUST];
    expect((await assay('verify-blob', ...key, '--bundle', 'old.bundle', 'artifact')).json).toMatchObject({ outcome: 'verified' });
    const detached = ['--signature', 'old.sig', '--rfc3161-timestamp', 'old.tsr', '--use-signed-timestamps', '--insecure-ignore-tlog'];
    expect((await assay('verify-blob', ...key, ...detached, 'artifact')).json).toMatchObject({ outcome: 'verified' });
    const outputsOfCertificate = ['--output-certificate', 'old.crt', '--output-signature', 'old.sig', '--bundle', 'old.bundle'];
    const services2 = [
      '--use-signing-config=false',
      '--rekor-url',
      there().services.url,
      '--fulcio-url',
      there().services.url,
      '--new-bundle-format=false',
    ];
    const certified = await assay('sign-blob', ...keyless(), ...TRUST, ...services2, ...outputsOfCertificate, 'artifact');
    expect(certified.json, certified.stdout).toMatchObject({ outcome: 'signed' });
    expect((await assay('verify-blob', ...who(), ...TRUST, '--bundle', 'old.bundle', 'artifact')).json).toMatchObject({
      outcome: 'verified',
    });
    expect(Buffer.from(readFileSync(join(there().folder, 'old.crt'), 'utf8'), 'base64').toString()).toContain('BEGIN CERTIFICATE');
  });

  test('what stands in the place of the bundle and cannot be read is not replaced unread', async () => {
    const file = join(there().folder, 'artifact.large.json');
    write('artifact.large.json', '');
    truncateSync(file, LIMITS.inputFileBytes + 1);
    const argv = ['sign-blob', ...local, '--bundle', 'artifact.large.json', 'artifact'];
    expect(await assay(...argv)).toMatchObject({
      exit: 3,
      json: { files: [{ errors: [{ code: 'limit', hint: expect.stringContaining('--force') }] }] },
    });
    expect(statSync(file).size).toBe(LIMITS.inputFileBytes + 1);
    expect((await assay(...argv, '--force')).json).toMatchObject({ outcome: 'signed' });
  });

  test('several files, stdin alone, and one that is missing', async () => {
    for (const name of ['one', 'two']) write(name, name);
    const signed = await assay('sign-blob', ...local, 'one', 'missing', 'two');
    expect(signed).toMatchObject({
      exit: 2,
      json: { outcome: 'failed', files: [{ outcome: 'signed' }, { errors: [{ code: 'file-unreadable' }] }, { outcome: 'signed' }] },
    });
    expect(existsSync(join(there().folder, 'two.sigstore.json'))).toBe(true);
    expect(await assay('sign-blob', ...local, '--bundle', 'x', 'one', 'two')).toMatchObject({
      exit: 2,
      json: { errors: [{ code: 'usage-invalid' }] },
    });
  });

  test('an algorithm that is asked for, of a key that has it and of one that has not', async () => {
    write('algorithm', 'x');
    const argv = (name: string) => [
      'sign-blob',
      '--key',
      'rsa2048.key',
      '--tlog-upload=false',
      '--force',
      '--signing-algorithm',
      name,
      'algorithm',
    ];
    expect((await assay(...argv('rsa-sign-pss-2048-sha256'))).json).toMatchObject({ outcome: 'signed' });
    expect(
      (await assay('verify-blob', '--key', 'rsa2048.pub', '--insecure-ignore-tlog', '--bundle', 'algorithm.sigstore.json', 'algorithm'))
        .json,
    ).toMatchObject({ outcome: 'verified' });
    expect((await assay(...argv('ecdsa-sha2-256-nistp256'))).json).toMatchObject({
      files: [{ errors: [{ code: 'algorithm-unsupported' }] }],
    });
  });

  test('a key of ones own with a certificate of the service', async () => {
    const { reference } = image();
    const signed = await assay(
      'sign',
      '--key',
      'p384.key',
      '--issue-certificate',
      ...keyless(),
      ...TRUST,
      '--signing-config',
      'v1.json',
      reference,
    );
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed' });
    expect((await assay('verify', ...who(), ...TRUST, reference)).json).toMatchObject({ outcome: 'verified' });
  });

  test('what would be printed beside the JSON is misuse, before anything is signed', async () => {
    const before = there().services.log.length;
    for (const argv of [
      ['sign-blob', '--bundle', '-', 'artifact'],
      ['sign-blob', '-'],
      ['sign', '--bundle', '-', image().reference],
      ['sign', '--output-signature', '-', image().reference],
    ]) {
      const ran = await assay(...argv, '--key', 'p256.key', ...TRUST, '--signing-config', 'v1.json');
      expect(ran, ran.stdout).toMatchObject({ exit: 2, json: { errors: [{ code: 'usage-invalid' }] } });
    }
    expect(there().services.log).toHaveLength(before);
  });

  test.each([
    ['dsse', 'bundle'],
    ['dsse', 'cosign-tag'],
    ['intoto', 'cosign-tag'],
  ])('an envelope entered in Rekor v1 as %s, in the form %s, with a timestamp', async (entry, form) => {
    const { reference } = image();
    const services1 = [
      '--use-signing-config=false',
      '--rekor-url',
      there().services.url,
      '--rekor-entry-type',
      entry,
      '--timestamp-server-url',
      there().services.timestampUrl,
    ];
    const argv = [
      'attest',
      '--key',
      'p256.key',
      ...TRUST,
      ...services1,
      '--format',
      form,
      '--type',
      TYPE,
      '--predicate',
      'predicate.json',
      reference,
    ];
    const signed = await assay(...argv);
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed', images: [{ evidence: [{ log: [{}], times: { length: 2 } }] }] });
    const check = ['--key', 'p256.pub', '--use-signed-timestamps', ...TRUST];
    expect((await assay('verify-attestation', '--type', TYPE, ...check, reference)).json).toMatchObject({ outcome: 'verified' });
  });

  test('an index is signed with one certificate for everything in it', async () => {
    const sink = registrySink(there().registry.content, 'whole');
    const index = pushIndex(
      sink,
      ['x', 'y', 'z'].map((n) => pushImage(sink, n)),
    );
    const before = there().services.log.length;
    const signed = await assay(
      'sign',
      '--recursive',
      ...keyless(),
      ...TRUST,
      '--signing-config',
      'v1.json',
      `${there().registry.host}/whole@${index.digest}`,
    );
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed', images: { length: 4 } });
    expect(
      there()
        .services.log.slice(before)
        .filter((l) => l.target === '/api/v2/signingCert'),
    ).toHaveLength(1);
  });
});
