import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { folderReader } from '../../cli/verify/trust-store.ts';
import { LIMITS } from '../../limits.ts';
import {
  basicConstraints,
  type Certificate,
  type CertificateParts,
  keyUsage,
  makeCertificate,
  sharedKey,
} from '../../testing/authority/index.ts';
import { createTrustStore, isStoreName, type TrustStore } from './index.ts';

const FROM = new Date('2020-01-01T00:00:00Z');
const TO = new Date('2040-01-01T00:00:00Z');
const CA = [basicConstraints(true), keyUsage(['keyCertSign'])];

function make(cn: string, parts: Partial<CertificateParts> = {}): Certificate {
  return makeCertificate({ subject: [['CN', cn]], key: sharedKey('p256', cn), notBefore: FROM, notAfter: TO, extensions: CA, ...parts });
}

const root = make('root');
const intermediate = make('between', { issuer: root });
const leaf = make('leaf', { issuer: root, extensions: [keyUsage(['digitalSignature'])] });
const pinned = make('pinned', { extensions: [keyUsage(['digitalSignature'])] });

let base: string;
let store: TrustStore;
let read: number;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'assay-store-'));
  read = 0;
  const reader = folderReader(base);
  store = createTrustStore((path) => {
    read++;
    return reader(path);
  }, 'store');
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

function put(place: string, content: string | Uint8Array): string {
  const path = join(base, 'x509', place);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const subjects = async (kind: 'ca' | 'signingAuthority' | 'tsa', name = 'acme'): Promise<readonly string[]> =>
  (await store.certificates(kind, name)).map((c) => c.subjectText);

describe('a trust store', () => {
  test('holds PEM and DER, several in a file, each certificate once, and only of its own kind and name', async () => {
    put('ca/acme/a.pem', root.pem + intermediate.pem);
    put('ca/acme/b.cer', root.der);
    put('ca/other/c.crt', pinned.pem);
    put('signingAuthority/acme/d.crt', pinned.der);
    expect(await subjects('ca')).toEqual(['CN=root', 'CN=between']);
    expect(await subjects('ca', 'other')).toEqual(['CN=pinned']);
    expect(await subjects('signingAuthority')).toEqual(['CN=pinned']);
  });

  test('is read once', async () => {
    put('ca/acme/a.pem', root.pem);
    await Promise.all([subjects('ca'), subjects('ca')]);
    expect(read).toBe(1);
  });

  test('of timestamp authorities holds roots', async () => {
    put('tsa/acme/a.pem', root.pem);
    expect(await subjects('tsa')).toEqual(['CN=root']);
  });

  const NOT_A_ROOT: readonly (readonly [what: string, kind: 'ca' | 'signingAuthority' | 'tsa', content: string | Uint8Array])[] = [
    ['a leaf in place of a root', 'ca', leaf.pem],
    ['a leaf beside its root', 'ca', root.pem + leaf.pem],
    ['a leaf in place of a signing authority', 'signingAuthority', leaf.der],
    ['a leaf that names itself as issuer and another signed', 'ca', make('fake', { extensions: [], bend: { signingKey: root.key } }).pem],
    ['an intermediate in place of a timestamp root', 'tsa', intermediate.pem],
    ['a pinned leaf in place of a timestamp root', 'tsa', pinned.pem],
    ['a timestamp root that another signed', 'tsa', make('tsa', { bend: { signingKey: root.key } }).pem],
    [
      'a timestamp root that may not sign certificates',
      'tsa',
      make('tsa', { extensions: [basicConstraints(true), keyUsage(['cRLSign'])] }).pem,
    ],
    ['a private key', 'ca', root.key.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string],
    ['an empty file', 'ca', ''],
    ['a text', 'ca', 'hello'],
    ['bytes that are neither', 'ca', Buffer.from([0xff, 0x00, 0xff])],
    ['a certificate that is cut off', 'ca', root.der.subarray(0, 100)],
    ['bytes behind a certificate', 'ca', Buffer.concat([root.der, Buffer.from([0])])],
    ['PEM that is no base64', 'ca', root.pem.replace(/[A-Z]{2}/, '!!')],
  ];
  test.each(NOT_A_ROOT)('refuses %s, naming the file', async (_what, kind, content) => {
    put(`${kind}/acme/good.pem`, root.pem);
    put(`${kind}/acme/odd.pem`, content);
    await expect(store.certificates(kind, 'acme')).rejects.toMatchObject({
      code: 'trust-invalid',
      message: expect.stringContaining('odd.pem'),
    });
  });

  test('says of a leaf which root is wanted', async () => {
    put('ca/acme/leaf.pem', leaf.pem);
    await expect(subjects('ca')).rejects.toMatchObject({ hint: expect.stringContaining('CN=root') });
  });

  test('holds no folders and follows no symbolic links', async () => {
    const real = put('ca/real/root.pem', root.pem);
    mkdirSync(join(base, 'x509/ca/withfolder/inner'), { recursive: true });
    mkdirSync(join(base, 'x509/ca/withlink'));
    symlinkSync(real, join(base, 'x509/ca/withlink/root.pem'));
    symlinkSync(join(base, 'x509/ca/real'), join(base, 'x509/ca/linked'));
    put('ca/file', root.pem);
    for (const name of ['withfolder', 'withlink', 'linked', 'file'])
      await expect(store.certificates('ca', name), name).rejects.toMatchObject({ code: 'trust-invalid' });
  });

  test('is there, and not empty', async () => {
    mkdirSync(join(base, 'x509/ca/empty'), { recursive: true });
    for (const name of ['empty', 'absent'])
      await expect(store.certificates('ca', name), name).rejects.toMatchObject({ code: 'trust-invalid' });
  });

  test.each(['', '.', '..', '../ca/acme', 'a/b', 'a b', 'a\0b', 'x'.repeat(256)])('is not named %j', async (name) => {
    put('ca/acme/a.pem', root.pem);
    expect(isStoreName(name)).toBe(false);
    await expect(store.certificates('ca', name)).rejects.toMatchObject({ code: 'trust-invalid' });
    expect(read).toBe(0);
  });

  test('has bounds', async () => {
    put('ca/large/a.pem', Buffer.alloc(LIMITS.trustStoreFileBytes + 1));
    put('ca/many/a.pem', root.pem.repeat(LIMITS.trustStoreCertificates));
    put('ca/many/b.pem', root.pem);
    for (const name of ['large', 'many']) await expect(store.certificates('ca', name), name).rejects.toMatchObject({ code: 'limit' });
  });
});
