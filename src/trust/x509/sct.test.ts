import { describe, expect, test } from 'vitest';
import { type Bytes, concat } from '../../bytes/index.ts';
import { importPublicKey } from '../../crypto/index.ts';
import { LIMITS } from '../../limits.ts';
import {
  type CertificateBend,
  type Extension,
  issueLeaf,
  makeAuthority,
  newKey,
  OID,
  type SctOptions,
  sharedKey,
} from '../../testing/index.ts';
import { embeddedScts, parseCertificate, sctSignedBy } from './index.ts';

const NOW = new Date('2025-03-01T00:00:00Z');
const ct = { key: newKey() };
const ca = makeAuthority({ now: NOW, keyKind: 'p256' });
const issuer = parseCertificate(ca.issuing.der);
const at = new Date('2025-02-27T12:00:00.123Z');

const leaf = (
  scts: readonly SctOptions[] | null,
  options: { bend?: CertificateBend; extensions?: (l: readonly Extension[]) => readonly Extension[] } = {},
) => parseCertificate(issueLeaf(ca, ct, NOW, { scts, ...options }).der);

/** For each SCT, whether the log signed it. */
function judge(certificate: ReturnType<typeof leaf>, log = ct, by = issuer): boolean[] {
  return embeddedScts(certificate).map((sct) => sctSignedBy(sct, certificate, by, importPublicKey(log.key.spki)));
}

describe('an SCT over the precertificate', () => {
  test('is found, with its parts', () => {
    const certificate = leaf([{ log: ct, at }]);
    const [sct] = embeddedScts(certificate);
    expect(sct).toMatchObject({ timestamp: at.getTime(), hash: 'sha256', algorithm: 'ecdsa' });
    expect(Buffer.compare(sct?.logId ?? Buffer.alloc(0), ct.key.id)).toBe(0);
    expect(judge(certificate)).toEqual([true]);
  });

  test('may have extensions, which are signed', () => {
    expect(judge(leaf([{ log: ct, at, extensions: Buffer.from('0000040000012c', 'hex') }]))).toEqual([true]);
  });

  test('may stand anywhere among the extensions, or alone', () => {
    for (const sctPosition of [0, 1, 3]) expect(judge(leaf([{ log: ct, at }], { bend: { sctPosition } }))).toEqual([true]);
    expect(judge(leaf([{ log: ct, at }], { extensions: () => [] }))).toEqual([true]);
  });

  test.each(['p384', 'rsa2048', 'ed25519'] as const)('may be signed with a key that is %s', (kind) => {
    const log = { key: sharedKey(kind) };
    const certificate = leaf([{ log, at }]);
    expect(judge(certificate, log)).toEqual([true]);
    expect(judge(certificate)).toEqual([false]);
  });

  test('stays with its length fields when the certificate is long', () => {
    const long = { id: '1.2.3.4', value: Buffer.alloc(70_000, 0x41) };
    expect(judge(leaf([{ log: ct, at }], { extensions: (list) => [...list, long] }))).toEqual([true]);
    expect(judge(leaf([{ log: ct, at }], { extensions: () => [{ id: '1.2.3.4', value: Buffer.alloc(100, 0x41) }] }))).toEqual([true]);
  });

  test('is one of several, each judged by itself', () => {
    const other = { key: newKey() };
    const certificate = leaf([
      { log: other, at },
      { log: ct, at },
      { log: ct, at, bend: { version: 1 } },
    ]);
    expect(judge(certificate)).toEqual([false, true]);
    expect(judge(certificate, other)).toEqual([true, false]);
  });

  test('is none where there is no list', () => {
    expect(embeddedScts(leaf(null))).toEqual([]);
  });
});

describe('an SCT does not hold', () => {
  const other = { key: newKey() };
  const foreign = makeAuthority({ now: NOW, keyKind: 'p256' });
  test.each<[string, boolean[]]>([
    ['when another log signed it', judge(leaf([{ log: other, at }]))],
    ['over another time', judge(leaf([{ log: ct, at, bend: { statedAt: new Date(at.getTime() + 1) } }]))],
    ['as an entry of another kind', judge(leaf([{ log: ct, at, bend: { entryType: 0 } }]))],
    ['over another certificate', judge(leaf([{ log: ct, at }], { bend: { sctOver: { tbs: Buffer.from('3000', 'hex') } } }))],
    ['for another issuer', judge(leaf([{ log: ct, at }], { bend: { sctOver: { issuerKeyHash: foreign.issuing.key.id } } }))],
    ['asked about another issuer', judge(leaf([{ log: ct, at }]), ct, parseCertificate(foreign.issuing.der))],
    ['signed for RSA by a key of ECDSA', judge(leaf([{ log: ct, at, bend: { algorithm: [4, 1] } }]))],
    ['signed with another hash than stated', judge(leaf([{ log: ct, at, bend: { algorithm: [5, 3] } }]))],
    ['with an empty signature', judge(leaf([{ log: ct, at, bend: { signature: Buffer.alloc(0) } }]))],
  ])('%s', (_, found) => {
    expect(found).toEqual([false]);
  });
});

describe('a list of SCTs is refused', () => {
  const raw = (value: Bytes) => leaf(null, { extensions: (list) => [...list, { id: OID.sct, value }] });
  const octets = (bytes: Bytes) => concat(Buffer.of(0x04, bytes.length), bytes);
  test.each<[string, () => unknown, string]>([
    ['when it is no OCTET STRING', () => embeddedScts(raw(Buffer.from('0500', 'hex'))), 'der-invalid'],
    ['when it is empty', () => embeddedScts(raw(octets(Buffer.of(0, 0)))), 'certificate-invalid'],
    ['when it ends too early', () => embeddedScts(raw(octets(Buffer.of(0, 9, 0)))), 'certificate-invalid'],
    ['with bytes after it', () => embeddedScts(raw(octets(Buffer.of(0, 3, 0, 1, 1, 7)))), 'certificate-invalid'],
    ['with an empty SCT', () => embeddedScts(raw(octets(Buffer.of(0, 2, 0, 0)))), 'certificate-invalid'],
    ['with bytes after an SCT', () => embeddedScts(leaf([{ log: ct, at, bend: { trailing: Buffer.of(0) } }])), 'certificate-invalid'],
    ['with a hash that is not accepted', () => embeddedScts(leaf([{ log: ct, at, bend: { algorithm: [2, 3] } }])), 'certificate-invalid'],
    [
      'with an algorithm that is not accepted',
      () => embeddedScts(leaf([{ log: ct, at, bend: { algorithm: [4, 0] } }])),
      'certificate-invalid',
    ],
    [
      'with too many',
      () => embeddedScts(leaf(Array.from({ length: LIMITS.scts + 1 }, () => ({ log: ct, at, bend: { signature: Buffer.of(1) } })))),
      'limit',
    ],
  ])('%s', (_, run, code) => {
    expect(run).toThrow(expect.objectContaining({ code }));
  });
});
