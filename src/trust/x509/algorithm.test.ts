import { constants, sign } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { children, der, encodingOf, readDer } from '../../codec/der/index.ts';
import { issueLeaf, makeAuthority, newKey, sharedKey } from '../../testing/index.ts';
import { findPaths, parseCertificate, parseSignatureAlgorithm } from './index.ts';

const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const read = (text: string) => parseSignatureAlgorithm(readDer(hex(text))).accepted;
const codeOf = (text: string): unknown => {
  try {
    return read(text);
  } catch (error) {
    return (error as { code?: string }).code;
  }
};

const SHA256 = '300d 0609 608648016503040201 0500';
const SHA384 = '300d 0609 608648016503040202 0500';
const SHA1 = '3009 0605 2b0e03021a 0500';
/** AlgorithmIdentifier of RSASSA-PSS with these parameters. */
const pss = (hash: string, maskHash: string, salt = 'a203 020120', more = ''): string => {
  const wrap = (tag: number, content: string) => der(tag, hex(content)).toString('hex');
  const mask = der(0x30, hex('0609 2a864886f70d010108'), hex(maskHash)).toString('hex');
  const parameters = der(0x30, hex(wrap(0xa0, hash) + wrap(0xa1, mask) + salt + more));
  return der(0x30, hex('0609 2a864886f70d01010a'), parameters).toString('hex');
};

describe('signature algorithms', () => {
  test('are accepted with exactly their parameters', () => {
    expect(read('300a 0608 2a8648ce3d040302')).toEqual({ key: 'ecdsa', scheme: { hash: 'sha256' } });
    expect(read('300c 0608 2a8648ce3d040302 0500')).toBeUndefined();
    expect(read('300d 0609 2a864886f70d01010b 0500')).toEqual({ key: 'rsa', scheme: { hash: 'sha256', padding: 'pkcs1' } });
    expect(read('300b 0609 2a864886f70d01010b')).toEqual({ key: 'rsa', scheme: { hash: 'sha256', padding: 'pkcs1' } });
    expect(read('300e 0609 2a864886f70d01010b 030100')).toBeUndefined();
    expect(read('3005 0603 2b6570')).toMatchObject({ key: 'ed25519' });
    expect(read('3007 0603 2b6570 0500')).toBeUndefined();
  });

  test('of PSS state one SHA-2 hash twice, and the salt', () => {
    expect(read(pss(SHA256, SHA256))).toEqual({ key: 'rsa', scheme: { hash: 'sha256', padding: 'pss', saltLength: 32 } });
    expect(read(pss(SHA384, SHA384, 'a203 020130'))).toEqual({ key: 'rsa', scheme: { hash: 'sha384', padding: 'pss', saltLength: 48 } });
    expect(read(pss(SHA256, SHA256, ''))).toMatchObject({ scheme: { saltLength: 20 } });
    expect(read(pss(SHA256, SHA384))).toBeUndefined();
    expect(read(pss(SHA1, SHA1))).toBeUndefined();
    expect(read(pss(SHA256, SHA256, 'a203 020120', 'a303 020102'))).toBeUndefined();
    expect(codeOf(pss(SHA256, SHA256, 'a203 020120', 'a203 020120'))).toBe('der-invalid');
    expect(read('300f 0609 2a864886f70d01010a 3002 a000')).toBeUndefined();
    expect(read('300b 0609 2a864886f70d01010a')).toBeUndefined();
    expect(read('300d 0609 2a864886f70d01010a 3000')).toBeUndefined();
  });

  test.each([
    ['MD5 with RSA', '300d 0609 2a864886f70d010104 0500'],
    ['SHA-1 with RSA', '300d 0609 2a864886f70d010105 0500'],
    ['SHA-1 with ECDSA', '3009 0607 2a8648ce3d0401'],
    ['RSA without a hash', '300d 0609 2a864886f70d010101 0500'],
    ['DSA', '300b 0609 608648016503040302'],
  ])('are not accepted: %s', (_, text) => {
    expect(read(text)).toBeUndefined();
  });
});

test('a certificate signed with PSS is believed, with the salt that it states', () => {
  const now = new Date('2025-03-01T00:00:00Z');
  const key = sharedKey('rsa2048');
  const ca = makeAuthority({ now, keyKind: 'rsa2048', intermediate: false });
  const root = { ...ca.root, key };
  const anchor = issueLeaf({ ...ca, issuing: root }, { key }, now, { scts: null, key: newKey() });
  const [tbs] = children(readDer(anchor.der));
  const parts = tbs === undefined ? [] : children(tbs).map(encodingOf);
  const issued = (saltLength: number): Buffer => {
    const algorithm = hex(pss(SHA256, SHA256));
    const body = der(0x30, ...parts.toSpliced(2, 1, algorithm));
    const signature = sign('sha256', body, { key: ca.root.key.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
    return der(0x30, body, algorithm, der(0x03, Buffer.of(0), signature));
  };
  const judge = (bytes: Buffer) =>
    findPaths(parseCertificate(bytes), { anchors: [parseCertificate(ca.root.der)], intermediates: [], usage: 'codeSigning' });
  expect(judge(issued(32))).toHaveProperty('paths');
  expect(judge(issued(20))).toHaveProperty('problem');
});
