/** Keys cross between Assay, cosign and openssl in both directions. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask } from './lab/ask.ts';
import { KEY_KINDS, makePlainKey } from './lab/keys.ts';
import { openWorkshop, type Workshop } from './lab/workshop.ts';
import { lacksPeers } from './peers.ts';

const VERSIONS = ['2.5', '3'] as const;
const PASSWORD = { COSIGN_PASSWORD: 'pä ss wörd ' };
/** How each version signs a file without a log, and verifies that. */
const SIGN = {
  '2.5': ['--tlog-upload=false'],
  '3': ['--use-signing-config=false', '--tlog-upload=false'],
} as const;

describe.skipIf(lacksPeers(['cosign', '3'], ['cosign', '2.5']))('keys', () => {
  let workshop: Workshop;
  beforeAll(() => {
    workshop = openWorkshop('keys-of-assay');
    workshop.write('blob', 'what is signed');
  });
  afterAll(() => workshop.close());

  const publicOf = async (key: string, env: Record<string, string> = {}): Promise<string> => {
    const ran = await workshop.assay(['keys', 'public', '--key', key], env);
    expect(ran.code, ran.stderr).toBe(0);
    return ran.stdout;
  };

  describe.each(VERSIONS)('cosign %s', (version) => {
    test('its own key opens here, with the right password', async () => {
      const name = `cosign-${version}`;
      await workshop.make(version, ['generate-key-pair', '--output-key-prefix', name], PASSWORD);
      expect(await publicOf(`${name}.key`, PASSWORD)).toBe(workshop.read(`${name}.pub`).toString());
      const wrong = await workshop.assay(['keys', 'public', '--key', `${name}.key`, '-o', 'json'], { COSIGN_PASSWORD: 'pä ss wörd' });
      expect([wrong.code, JSON.parse(wrong.stdout).errors[0].code]).toEqual([2, 'password-wrong']);
    });

    // Debian's 2.5 finds fault with every key of openssl's, so there is nothing that it imported.
    test.each(version === '3' ? KEY_KINDS : [])('its imported %s opens here', async (kind) => {
      const name = `by-cosign-${version}-${kind}`;
      const plain = await makePlainKey(workshop, kind, `${name}.pem`);
      await workshop.make(version, ['import-key-pair', '--key', plain, '--output-key-prefix', name, '-y'], PASSWORD);
      expect(await publicOf(`${name}.key`, PASSWORD)).toBe(await publicOf(plain));
    });

    test.each(['ecdsa-sha2-256-nistp256', 'ecdsa-sha2-384-nistp384', 'ecdsa-sha2-512-nistp521', 'rsa-sign-pkcs1-2048-sha256', 'ed25519'])(
      'signs and verifies with a new %s of ours',
      async (algorithm) => {
        const name = `ours-${version}-${algorithm}`;
        const made = await workshop.assay(['keys', 'generate', '--output-key-prefix', name, '--algorithm', algorithm], PASSWORD);
        expect(made.code, made.stderr).toBe(0);
        expect(await workshop.make(version, ['public-key', '--key', `${name}.key`], PASSWORD)).toMatchObject({
          stdout: workshop.read(`${name}.pub`).toString(),
        });
        const old = version === '3' ? ['--new-bundle-format=false'] : [];
        await workshop.make(
          version,
          ['sign-blob', '-y', '--key', `${name}.key`, ...SIGN[version], ...old, '--output-signature', `${name}.sig`, 'blob'],
          PASSWORD,
        );
        const asked = ['--key', `${name}.pub`, '--insecure-ignore-tlog', '--signature', `${name}.sig`];
        const judged = await workshop.cosign(version, ['verify-blob', ...old, ...asked, 'blob']);
        // cosign 3 does not verify what it signs in this form with the larger curves.
        if (version === '2.5' || !/nistp(?:384|521)/.test(algorithm)) expect(judged, judged.stderr).toMatchObject({ code: 0 });
        const here = await ask(workshop, ['verify-blob', ...asked, 'blob']);
        expect(here, here.why).toMatchObject({ code: 0, outcome: 'verified' });
      },
    );

    test.each(['p256', 'p521', 'rsa2048', 'ed25519'] as const)('uses a %s that was imported here', async (kind) => {
      const name = `imported-${version}-${kind}`;
      const plain = await makePlainKey(workshop, kind, `${name}.pem`);
      const made = await workshop.assay(['import-key-pair', '--key', plain, '--output-key-prefix', name], PASSWORD);
      expect(made.code, made.stderr).toBe(0);
      const shown = await workshop.make(version, ['public-key', '--key', `${name}.key`], PASSWORD);
      expect(shown.stdout).toBe(await publicOf(plain));
    });

    test('does not open ours with a wrong password', async () => {
      await workshop.assay(['keys', 'generate', '--output-key-prefix', `locked-${version}`], PASSWORD);
      expect((await workshop.cosign(version, ['public-key', '--key', `locked-${version}.key`], { COSIGN_PASSWORD: 'x' })).code).not.toBe(0);
    });
  });

  describe('openssl', () => {
    const P = ['-passout', 'env:COSIGN_PASSWORD'];
    // A key of RSA takes a second to make.
    beforeAll(() => Promise.all([makePlainKey(workshop, 'p521', 'p.pem'), makePlainKey(workshop, 'rsa3072', 'r.pem')]));
    test.each<[string, readonly string[]]>([
      ['AES-256', ['-v2', 'aes-256-cbc']],
      ['AES-128 and SHA-512', ['-v2', 'aes-128-cbc', '-v2prf', 'hmacWithSHA512']],
      ['Triple DES and SHA-1', ['-v2', 'des3', '-v2prf', 'hmacWithSHA1']],
      ['many iterations', ['-v2', 'aes-256-cbc', '-iter', '600000']],
      ['scrypt', ['-scrypt']],
      ['costly scrypt', ['-scrypt', '-scrypt_N', '8192', '-scrypt_p', '4']],
    ])('PKCS#8 under %s', async (what, options) => {
      const name = what.replace(/\W+/g, '-');
      await makePlainKey(workshop, 'p384', `${name}.pem`);
      await workshop.openssl(['pkcs8', '-topk8', '-in', `${name}.pem`, '-out', `${name}.enc`, ...options, ...P], PASSWORD);
      expect(await publicOf(`${name}.enc`, PASSWORD)).toBe(await publicOf(`${name}.pem`));
      const wrong = await workshop.assay(['keys', 'public', '--key', `${name}.enc`, '-o', 'json'], { COSIGN_PASSWORD: 'x' });
      expect(JSON.parse(wrong.stdout).errors[0].code).toBe('password-wrong');
    });

    test.each<[string, readonly string[]]>([
      ['SEC1', ['ec', '-in', 'p.pem']],
      ['SEC1 under a password', ['ec', '-in', 'p.pem', '-aes256', ...P]],
      ['PKCS#1', ['rsa', '-traditional', '-in', 'r.pem']],
      ['PKCS#1 under a password', ['rsa', '-traditional', '-in', 'r.pem', '-aes128', ...P]],
      ['PKCS#1 under Triple DES', ['rsa', '-traditional', '-in', 'r.pem', '-des3', ...P]],
    ])('%s', async (what, argv) => {
      const name = `${what.replace(/\W+/g, '-')}.pem`;
      await workshop.openssl([...argv, '-out', name], PASSWORD);
      expect(await publicOf(name, PASSWORD)).toBe(await publicOf(argv[argv.indexOf('-in') + 1] ?? ''));
    });

    test('a named curve before the key', async () => {
      await workshop.openssl(['ecparam', '-name', 'prime256v1', '-genkey', '-out', 'named.pem']);
      expect(workshop.read('named.pem').toString()).toContain('EC PARAMETERS');
      expect(await publicOf('named.pem')).toContain('PUBLIC KEY');
    });
  });
});
