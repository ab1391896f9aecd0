/** Timestamps that others made, and the opinion of others about ours. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as pkijs from 'pkijs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HAS_VECTORS, VECTORS } from '../../../test/vectors/shared.ts';
import { children, encodingOf, readDer } from '../../codec/der/index.ts';
import { hash } from '../../crypto/index.ts';
import { makeTimestampAuthority, timestamp } from '../../testing/index.ts';
import { parseCertificate } from '../x509/index.ts';
import { parseTimestamp, verifyTimestamp } from './index.ts';

const NOW = new Date('2025-03-01T12:00:00Z');
const message = Buffer.from('what is stamped');
const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;

describe.runIf(HAS_OPENSSL)('tokens of openssl ts (skipped where openssl is missing)', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'assay-ts-'));
  const tsa = makeTimestampAuthority({ now: new Date(), keyKind: 'rsa2048' });
  const chain = tsa.chain.map((c) => parseCertificate(c.der));
  const at = (name: string): string => path.join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

  beforeAll(() => {
    writeFileSync(at('data'), message);
    writeFileSync(at('key.pem'), tsa.leaf.key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(at('leaf.pem'), tsa.leaf.pem);
    writeFileSync(at('chain.pem'), tsa.chain.map((c) => c.pem).join(''));
    writeFileSync(at('root.pem'), tsa.chain.at(-1)?.pem ?? '');
    writeFileSync(at('serial'), '01');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  function reply(options: {
    readonly digest?: string;
    readonly ess?: string;
    readonly certificates?: boolean;
    readonly signer?: string;
  }): Buffer {
    const { digest = 'sha256', ess = 'sha256', certificates = true, signer = 'sha256' } = options;
    const lines = [
      ...['[tsa]', 'serial=serial', 'crypto_device=builtin', 'signer_cert=leaf.pem', 'certs=chain.pem', 'signer_key=key.pem'],
      ...[
        `signer_digest=${signer}`,
        'default_policy=1.2.3.4',
        'digests=sha1,sha256,sha384,sha512',
        'accuracy=secs:1,millisecs:500,microsecs:100',
      ],
      ...['clock_precision_digits=3', 'ordering=yes', 'tsa_name=yes', 'ess_cert_id_chain=no', `ess_cert_id_alg=${ess}`],
    ];
    writeFileSync(at('ts.cnf'), `${lines.join('\n')}\n`);
    openssl('ts', '-query', '-data', 'data', `-${digest}`, ...(certificates ? ['-cert'] : []), '-out', 'query');
    openssl('ts', '-reply', '-config', 'ts.cnf', '-section', 'tsa', '-queryfile', 'query', '-out', 'reply');
    return readFileSync(at('reply'));
  }

  test.each([
    { digest: 'sha256' },
    { digest: 'sha512', signer: 'sha512' },
    { digest: 'sha384', signer: 'sha384', ess: 'sha384' },
    { certificates: false },
    { ess: 'sha1' },
  ])('%o hold, with fractions, accuracy, ordering, nonce and name', (options) => {
    const before = Date.now();
    const token = parseTimestamp(reply(options));
    expect(token.imprint.digest).toEqual(hash(token.imprint.hash, message));
    expect(token.accuracy).toBeCloseTo(1500.1);
    expect(Math.abs(token.time - before)).toBeLessThan(60_000);
    expect(token.signer.certificates).toHaveLength(1);
    expect(verifyTimestamp(token, { chain })).toHaveProperty('signer');
  });

  test('with an imprint or a signature of SHA-1 are refused', () => {
    expect(() => parseTimestamp(reply({ digest: 'sha1' }))).toThrow(expect.objectContaining({ code: 'timestamp-invalid' }));
    expect(() => parseTimestamp(reply({ signer: 'sha1' }))).toThrow(expect.objectContaining({ code: 'timestamp-invalid' }));
  });

  test('openssl believes what we believe', () => {
    writeFileSync(at('ours'), timestamp(tsa, message, { at: new Date() }));
    expect(verifyTimestamp(parseTimestamp(readFileSync(at('ours'))), { chain })).toHaveProperty('signer');
    expect(openssl('ts', '-verify', '-data', 'data', '-in', 'ours', '-CAfile', 'root.pem', '-untrusted', 'chain.pem').toString()).toMatch(
      /OK/,
    );
  });
});

describe('pkijs', () => {
  const judge = async (response: Buffer, trusted: Buffer): Promise<boolean> => {
    const token = children(readDer(response))[1];
    const content = pkijs.ContentInfo.fromBER(Buffer.from(token === undefined ? [] : encodingOf(token)));
    const signed = new pkijs.SignedData({ schema: content.content });
    return signed.verify({
      signer: 0,
      checkChain: true,
      trustedCerts: [pkijs.Certificate.fromBER(trusted)],
      data: new Uint8Array(message).buffer,
      checkDate: NOW,
    });
  };

  test('believes the same token, and refuses the same forgery', async () => {
    const tsa = makeTimestampAuthority({ now: NOW });
    const chain = tsa.chain.map((c) => parseCertificate(c.der));
    const root = tsa.chain.at(-1)?.der ?? Buffer.alloc(0);
    const good = timestamp(tsa, message, { at: NOW, embed: 'chain' });
    expect(verifyTimestamp(parseTimestamp(good), { chain })).toHaveProperty('signer');
    expect(await judge(good, root)).toBe(true);
    const forged = timestamp(makeTimestampAuthority({ now: NOW }), message, { at: NOW, embed: 'chain' });
    expect(verifyTimestamp(parseTimestamp(forged), { chain })).toHaveProperty('problem');
    expect(await judge(forged, root).catch(() => false)).toBe(false);
  });
});

interface Bundle {
  readonly verificationMaterial: {
    readonly timestampVerificationData?: { readonly rfc3161Timestamps?: readonly { readonly signedTimestamp: string }[] };
  };
}
interface Root {
  readonly timestampAuthorities?: readonly { readonly certChain: { readonly certificates: readonly { readonly rawBytes: string }[] } }[];
}

describe.runIf(HAS_VECTORS)('real tokens (of the folder shared/vectors)', () => {
  const folder = path.join(VECTORS, 'sigstore/bundle-verify');
  const json = (file: string): unknown => JSON.parse(readFileSync(path.join(folder, file), 'utf8'));
  const names = HAS_VECTORS ? readdirSync(folder).filter((name) => /^(?:rekor2-|intoto-tsa-|trust-root-tsa-)/.test(name)) : [];

  test.each(names)('%s', (name) => {
    const { verificationMaterial } = json(`${name}/bundle.sigstore.json`) as Bundle;
    const { timestampAuthorities = [] } = json(`${name}/trusted_root.json`) as Root;
    const chains = timestampAuthorities.map((a) =>
      a.certChain.certificates.map((c) => parseCertificate(Buffer.from(c.rawBytes, 'base64'))),
    );
    const tokens = (verificationMaterial.timestampVerificationData?.rfc3161Timestamps ?? []).map((t) =>
      parseTimestamp(Buffer.from(t.signedTimestamp, 'base64')),
    );
    expect(tokens.length).toBeGreaterThan(0);
    for (const token of tokens) {
      const results = chains.map((chain) => verifyTimestamp(token, { chain }));
      if (name.includes('untrusted-tsa')) expect(results).toEqual(chains.map(() => expect.objectContaining({ problem: 'untrusted' })));
      else expect(results.some((result) => 'signer' in result)).toBe(true);
    }
  });
});
