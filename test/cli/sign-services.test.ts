/** Every signer with every service: what is signed verifies, and is kept the second time. */
import { describe, expect, test } from 'vitest';
import { assay, image, KINDS, keyless, TRUST, TYPE, useSignWorld, who, write } from './sign-world.ts';

useSignWorld();

describe.each(['keyless', ...KINDS])('%s', (signer) => {
  test.each([
    ['v1', 'bundle'],
    ['v2', 'bundle'],
    ['v1', 'cosign-tag'],
  ])('an image, logged by Rekor %s, as %s', async (log, form) => {
    const { reference } = image();
    const by = signer === 'keyless' ? keyless() : ['--key', `${signer}.key`];
    const argv = ['sign', ...by, ...TRUST, '--signing-config', `${log}.json`, '--format', form, reference];
    const signed = await assay(...argv);
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed', images: [{ evidence: [{ log: [{}] }] }] });
    const asked = signer === 'keyless' ? who() : ['--key', `${signer}.pub`];
    const verified = await assay('verify', ...asked, ...TRUST, reference);
    expect(verified.json, verified.stdout).toMatchObject({ outcome: 'verified' });
    expect((await assay(...argv)).json).toMatchObject({ outcome: 'kept' });
  });

  test.each([
    ['v1', 'bundle'],
    ['v2', 'bundle'],
    ['v1', 'cosign-tag'],
  ])('an attestation, logged by Rekor %s, as %s', async (log, form) => {
    const { reference } = image();
    const by = signer === 'keyless' ? keyless() : ['--key', `${signer}.key`];
    const argv = [
      'attest',
      '--type',
      TYPE,
      '--predicate',
      'predicate.json',
      ...by,
      ...TRUST,
      '--signing-config',
      `${log}.json`,
      '--format',
      form,
    ];
    const signed = await assay(...argv, reference);
    expect(signed.json, signed.stdout).toMatchObject({
      outcome: 'signed',
      images: [{ evidence: [{ kind: 'attestation', predicateType: TYPE }] }],
    });
    const asked = signer === 'keyless' ? who() : ['--key', `${signer}.pub`];
    expect((await assay('verify-attestation', '--type', TYPE, ...asked, ...TRUST, reference)).json).toMatchObject({ outcome: 'verified' });
    expect((await assay(...argv, reference)).json).toMatchObject({ outcome: 'kept' });
    write('other.json', '{"reviewed":false}');
    const replaced = await assay(...argv.map((a) => (a === 'predicate.json' ? 'other.json' : a)), '--replace', reference);
    expect(replaced.json, replaced.stderr).toMatchObject({
      outcome: 'signed',
      images: [{ replaced: [expect.stringMatching(/^sha256:/)] }],
    });
    const left = await assay('verify-attestation', '--type', TYPE, ...asked, ...TRUST, reference);
    expect(left.json, left.stdout).toMatchObject({ outcome: 'verified', images: [{ evidence: { length: 1 } }] });
  });

  test.each(['v1', 'v2'])('a file, logged by Rekor %s', async (log) => {
    const by = signer === 'keyless' ? keyless() : ['--key', `${signer}.key`];
    const asked = signer === 'keyless' ? who() : ['--key', `${signer}.pub`];
    const file = `artifact-${signer}-${log}`;
    write(file, `content of ${file}`);
    const argv = ['sign-blob', ...by, ...TRUST, '--signing-config', `${log}.json`, file];
    const signed = await assay(...argv);
    expect(signed.json, signed.stdout).toMatchObject({ outcome: 'signed', files: [{ files: { bundle: `${file}.sigstore.json` } }] });
    const verify = (name: string) => assay('verify-blob', ...asked, ...TRUST, '--bundle', `${file}.sigstore.json`, name);
    expect((await verify(file)).json).toMatchObject({ outcome: 'verified' });
    expect((await verify('artifact')).json).toMatchObject({ outcome: 'invalid' });
    expect((await assay(...argv)).json).toMatchObject({ outcome: 'kept' });
    const attest = [
      'attest-blob',
      ...by,
      ...TRUST,
      '--signing-config',
      `${log}.json`,
      '--type',
      TYPE,
      '--predicate',
      'predicate.json',
      '--bundle',
      `${file}.att`,
      file,
    ];
    const attested = await assay(...attest);
    expect(attested.json, attested.stderr).toMatchObject({ outcome: 'signed' });
    const whether = await assay('verify-blob-attestation', '--type', TYPE, ...asked, ...TRUST, '--bundle', `${file}.att`, file);
    expect(whether.json, whether.stdout).toMatchObject({ outcome: 'verified' });
    expect((await assay(...attest)).json).toMatchObject({ outcome: 'kept' });
  });
});
