import { execFileSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bytes, utf8 } from '../bytes/index.ts';
import { canonicalJson } from '../codec/canonical-json.ts';
import { bool, int, nul, octets, oid, pem, seq, tagged } from '../codec/der/encode.ts';
import { hash, localSigner, privateKeyOf, type Signer } from '../crypto/index.ts';
import { keyType, newKey } from '../testing/index.ts';
import { embeddedScts, parseCertificate, publicKeyOf, sctSignedBy } from '../trust/x509/index.ts';
import {
  authorityKeyId,
  basicConstraints,
  createMerkleTree,
  encodeSct,
  extendedKeyUsage,
  fulcioClaim,
  keyUsage,
  leafExtensions,
  leafHash,
  type Name,
  nodeHash,
  OID,
  parseTimestampRequest,
  precertificatePoison,
  prepareTimestamp,
  promisedBytes,
  promisePayload,
  sctExtension,
  sctList,
  sctParts,
  signatureIdentifier,
  signedCertificate,
  subjectKeyId,
  tbsCertificate,
  timestampRefusal,
  timestampResponse,
} from './index.ts';

const [notBefore, notAfter] = [new Date('2026-01-01T00:00:00Z'), new Date('2046-01-01T00:00:00Z')];
const ROOT: Name = [['CN', 'mint root']];

/** Mints as an authority does whose key is elsewhere: what is to be signed goes out, a signature comes back. */
async function mint(by: Signer, issuer: Name, subject: Name, spki: Bytes, extensions: Parameters<typeof tbsCertificate>[0]['extensions']) {
  const [scheme] = by.schemes;
  if (scheme === undefined) throw new Error('no scheme');
  const algorithm = signatureIdentifier(by.publicKey.type, scheme);
  const tbs = tbsCertificate({ serial: Buffer.of(0x80, 1), algorithm, issuer, subject, notBefore, notAfter, spki, extensions });
  return signedCertificate(tbs, algorithm, await by.sign(tbs, scheme));
}

describe('certificates', () => {
  test.each(['p256', 'p384', 'p521', 'rsa2048', 'ed25519'] as const)(
    'signed by a %s key in another place verify elsewhere',
    async (kind) => {
      const signer = localSigner(privateKeyOf(newKey(kind).privateKey), kind);
      const { spki } = signer.publicKey;
      const der = await mint(signer, ROOT, ROOT, spki, [keyUsage(['keyCertSign']), basicConstraints(true), subjectKeyId(spki)]);
      const certificate = new X509Certificate(der);
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(certificate.ca).toBe(true);
      expect(certificate.serialNumber).toBe('8001');
      expect(publicKeyOf(parseCertificate(der)).spki).toEqual(spki);
    },
  );

  test('signed with RSA-PSS verify elsewhere', async () => {
    const signer = localSigner(privateKeyOf(generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey), 'pss');
    const schemes = signer.schemes.filter(({ padding }) => padding === 'pss');
    const { spki } = signer.publicKey;
    const der = await mint({ ...signer, schemes }, ROOT, ROOT, spki, [basicConstraints(true)]);
    const certificate = new X509Certificate(der);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(parseCertificate(der).signatureAlgorithm).toMatchObject({
      accepted: { scheme: { padding: 'pss', hash: 'sha256', saltLength: 32 } },
    });
  });

  test('for an identity carry the promise of a log that was asked in between', async () => {
    const [ca, log] = [newKey('p384'), newKey('p256')];
    const [issuing, logging] = [ca, log].map((k) => localSigner(privateKeyOf(k.privateKey), 'k')) as [Signer, Signer];
    const { spki } = newKey('p256');
    const who = { spki, issuerSpki: ca.spki, names: [{ email: 'dev@example.test' }], issuer: 'https://issuer.example', claims: new Map() };
    const usual = leafExtensions(who);
    const algorithm = signatureIdentifier('ecdsa', { hash: 'sha384' });
    const content = { serial: Buffer.of(7), algorithm, issuer: ROOT, subject: [], notBefore, notAfter, spki };
    const promise = { at: notBefore, tbs: tbsCertificate({ ...content, extensions: usual }), issuerKeyHash: hash('sha256', ca.spki) };
    const signature = await logging.sign(promisedBytes(promise), { hash: 'sha256' });
    const stated = { logId: log.id, at: notBefore, algorithm: { type: keyType(log), hash: 'sha256' }, signature } as const;
    const scts = sctExtension(sctList([encodeSct(sctParts(stated))]));
    const tbs = tbsCertificate({ ...content, extensions: [...usual, scts] });
    const leaf = parseCertificate(signedCertificate(tbs, algorithm, await issuing.sign(tbs, { hash: 'sha384' })));
    const root = parseCertificate(await mint(issuing, ROOT, ROOT, ca.spki, [basicConstraints(true)]));
    const [sct] = embeddedScts(leaf);
    if (sct === undefined) throw new Error('no SCT');
    expect(sctSignedBy(sct, leaf, root, logging.publicKey)).toBe(true);
    expect(sctSignedBy(sct, leaf, root, issuing.publicKey)).toBe(false);
    expect(leaf.authorityKeyId).toEqual(hashOfName(ca.spki));
  });

  test('name countries as X.509 wants them', async () => {
    const signer = localSigner(privateKeyOf(newKey('p256').privateKey), 'k');
    const name: Name = [
      ['C', 'DE'],
      ['O', 'Größe'],
      ['serialNumber', '7'],
    ];
    const der = await mint(signer, name, name, signer.publicKey.spki, []);
    expect(new X509Certificate(der).subject).toBe('C=DE\nO=Größe\nserialNumber=7');
    expect(der.includes(Buffer.from('13024445', 'hex'))).toBe(true);
  });

  test('claims are bare bytes up to the sixth and UTF8String after it', () => {
    expect(Buffer.from(fulcioClaim(1, 'a').value).toString('hex')).toBe('61');
    expect(Buffer.from(fulcioClaim(8, 'a').value).toString('hex')).toBe('0c0161');
  });

  test('a precertificate is critical about its poison', () => {
    expect(precertificatePoison()).toMatchObject({ id: OID.poison, critical: true, value: nul() });
  });
});

// subjectKeyIdentifier without its OCTET STRING header.
function hashOfName(spki: Bytes): Bytes {
  return subjectKeyId(spki).value.subarray(2);
}

test('a promise is what Rekor signs', () => {
  const at = new Date('2026-03-01T12:00:00.900Z');
  const payload = promisePayload({ body: utf8('b'), integratedTime: at, logId: Buffer.of(0xab), logIndex: 5 });
  expect(Buffer.from(payload).toString()).toBe(canonicalJson({ body: 'Yg==', integratedTime: 1772366400, logID: 'ab', logIndex: 5 }));
});

describe('a tree', () => {
  const tree = createMerkleTree();
  for (let i = 0; i < 70; i++) tree.append(Buffer.of(i));

  test('proves of every size that it is the beginning of every later one', () => {
    for (let to = 1; to <= 70; to++)
      for (let from = 1; from <= to; from++)
        expect(consistent(from, to, tree.root(from), tree.root(to), tree.consistency(from, to))).toBe(true);
  });

  test('proves nothing with the root of another tree', () => {
    expect(consistent(33, 70, leafHash(Buffer.of(1)), tree.root(), tree.consistency(33))).toBe(false);
  });

  test('remembers its earlier sizes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), (size) => {
        const young = createMerkleTree();
        for (let i = 0; i < size; i++) young.append(Buffer.of(i));
        expect(young.root()).toEqual(tree.root(size));
        expect(young.path(size - 1)).toEqual(tree.path(size - 1, size));
      }),
      { numRuns: 40 },
    );
  });

  test('gives complete subtrees only', () => {
    expect(tree.node(6, 0)).toEqual(tree.root(64));
    expect(tree.node(6, 1)).toBeUndefined();
  });
});

// RFC 9162 §2.1.4.2, which is another algorithm than the one that makes the proof.
function consistent(from: number, to: number, first: Bytes, second: Bytes, proof: readonly Buffer[]): boolean {
  if (from === to) return proof.length === 0 && Buffer.compare(first, second) === 0;
  const path = Number.isInteger(Math.log2(from)) ? [Buffer.from(first), ...proof] : [...proof];
  let [fn, sn] = [from - 1, to - 1];
  while (fn % 2 === 1) [fn, sn] = [fn >> 1, sn >> 1];
  let [fr, sr] = [path[0] ?? Buffer.alloc(0), path[0] ?? Buffer.alloc(0)];
  for (const c of path.slice(1)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      [fr, sr] = [nodeHash(c, fr), nodeHash(c, sr)];
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [fn >> 1, sn >> 1];
    } else sr = nodeHash(sr, c);
    [fn, sn] = [fn >> 1, sn >> 1];
  }
  return sn === 0 && Buffer.compare(fr, first) === 0 && Buffer.compare(sr, second) === 0;
}

describe('timestamps, judged by openssl', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-mint-'));
  const file = (name: string): string => join(folder, name);
  const openssl = (...argv: string[]): string => execFileSync('openssl', argv, { cwd: folder, stdio: 'pipe' }).toString();
  const [root, tsa] = [newKey('p384'), newKey('p256')];
  const signer = localSigner(privateKeyOf(tsa.privateKey), 'tsa');
  let certificate: Buffer;

  beforeAll(async () => {
    const by = localSigner(privateKeyOf(createPrivateKey(root.privateKey.export({ type: 'pkcs8', format: 'pem' }))), 'root');
    const ca = await mint(by, ROOT, ROOT, root.spki, [keyUsage(['keyCertSign']), basicConstraints(true), subjectKeyId(root.spki)]);
    certificate = await mint(by, ROOT, [['CN', 'tsa']], tsa.spki, [
      keyUsage(['digitalSignature']),
      extendedKeyUsage([OID.timeStamping], true),
      authorityKeyId(root.spki),
    ]);
    writeFileSync(file('root.pem'), pem('CERTIFICATE', ca));
    writeFileSync(file('data'), 'stamped');
    writeFileSync(file('other'), 'another');
    openssl('ts', '-query', '-data', 'data', '-sha384', '-cert', '-out', 'query');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  async function answer(): Promise<Buffer> {
    const request = parseTimestampRequest(readFileSync(file('query')));
    expect(request).toMatchObject({ hash: 'sha384', certificates: true, extensions: false, policy: undefined });
    const content = {
      policy: '1.3.6.1.4.1.99999.1',
      imprint: request.imprint,
      serial: Buffer.of(0xff, 2),
      at: new Date(),
      accuracy: 1500,
      ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
    };
    const algorithm = signatureIdentifier('ecdsa', { hash: 'sha256' });
    const unsigned = prepareTimestamp(content, { certificate, embedded: [certificate], hash: 'sha256', algorithm });
    return timestampResponse(unsigned.token(await signer.sign(unsigned.toSign, { hash: 'sha256' })));
  }

  test('are of the message that was asked for, and of no other', async () => {
    writeFileSync(file('reply'), await answer());
    const verify = (...what: string[]): string => openssl('ts', '-verify', '-in', 'reply', '-CAfile', 'root.pem', ...what);
    expect(verify('-queryfile', 'query')).toMatch(/OK/);
    expect(verify('-data', 'data')).toMatch(/OK/);
    expect(() => verify('-data', 'other')).toThrow();
    expect(openssl('ts', '-reply', '-in', 'reply', '-text')).toMatch(/Accuracy: 0x01 seconds, 0x01F4 millis/);
  });

  test('are refused with a reason', () => {
    writeFileSync(file('refused'), timestampRefusal('unacceptedPolicy', 'no such policy'));
    const text = openssl('ts', '-reply', '-in', 'refused', '-text');
    expect(text).toMatch(/Rejected/);
    expect(text).toMatch(/no such policy/);
    expect(text).toMatch(/policy is not supported/);
  });
});

describe('requests for timestamps', () => {
  const sha256 = seq(oid('2.16.840.1.101.3.4.2.1'), nul());
  const imprint = seq(sha256, octets(Buffer.alloc(32)));
  test('are read with whatever is optional', () => {
    const request = parseTimestampRequest(seq(int(1), imprint, oid('1.2.3'), int(9), bool(true)));
    expect(request).toMatchObject({ policy: '1.2.3', nonce: int(9), certificates: true, imprint });
    expect(parseTimestampRequest(seq(int(1), imprint))).toMatchObject({ policy: undefined, nonce: undefined, certificates: false });
  });
  test.each([
    ['of another version', seq(int(2), imprint), 'input-invalid'],
    ['with its parts in another order', seq(int(1), imprint, bool(true), int(9)), 'input-invalid'],
    ['with a part too many', seq(int(1), imprint, seq()), 'input-invalid'],
    ['with a digest of another length', seq(int(1), seq(sha256, octets(Buffer.alloc(20)))), 'input-invalid'],
    ['for SHA-1', seq(int(1), seq(seq(oid('1.3.14.3.2.26')), octets(Buffer.alloc(20)))), 'algorithm-unsupported'],
    ['that are none', tagged(0), 'der-invalid'],
  ])('%s are refused', (_, der, code) => {
    expect(() => parseTimestampRequest(der)).toThrow(expect.objectContaining({ code }));
  });
});
