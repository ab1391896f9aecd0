/** Lists and answers with one part wrong, each stopped by one rule. */
import { describe, expect, test } from 'vitest';
import {
  HOUR,
  type MintedAnswer,
  type MintedList,
  makeAnswer,
  makeLeaf,
  makeList,
  makeResponder,
  makeRoot,
  NOW,
  points,
  REVOKED,
  responders,
  UNKNOWN,
} from '../../../test/trust/revocation/mint.ts';
import { memorySource } from '../../../test/trust/revocation/sources.ts';
import { der } from '../../codec/der/index.ts';
import { LIMITS } from '../../limits.ts';
import { bool, generalizedTime, implicit, int, nul, octets, oid, seq, tagged, time } from '../../testing/authority/encode.ts';
import { encodeName } from '../../testing/authority/names.ts';
import { authorityKeyId, type Certificate, type Extension, keyUsage, newKey, signatureAlgorithm } from '../../testing/index.ts';
import { parseCertificate } from '../x509/index.ts';
import { type CertificateRevocation, checkRevocation, createRevocationCache, parseOcspAnswer, parseRevocationList } from './index.ts';

const LIST = 'http://lists.test/ca.crl';
const OCSP = 'http://ocsp.test';
const root = makeRoot();
const leaf = makeLeaf(root, [points([[LIST]])]);
const asked = makeLeaf(root, [responders(OCSP)]);
const plain = makeLeaf(root);

interface Told {
  readonly chain?: readonly Certificate[];
  readonly list?: Uint8Array;
  readonly answer?: Uint8Array;
  readonly now?: number;
  readonly signedAt?: number;
}

async function check(
  certificate: Certificate,
  { chain = [root], list, answer, now = NOW, signedAt }: Told,
): Promise<CertificateRevocation> {
  const source = memorySource({ crl: list === undefined ? {} : { [LIST]: list }, ocsp: answer === undefined ? {} : { [OCSP]: answer } });
  const parsed = [certificate, ...chain].map((c) => parseCertificate(c.der));
  const [first] = await checkRevocation(parsed, { source, now, ...(signedAt === undefined ? {} : { signedAt }) });
  if (first === undefined) throw new Error('no result');
  return first;
}

const checkList = (parts: Partial<MintedList>, told: Told = {}) => check(leaf, { list: makeList({ by: root, ...parts }), ...told });
const checkAnswer = (parts: Partial<MintedAnswer>, told: Told = {}) =>
  check(asked, { answer: makeAnswer({ signer: root, singles: [{ certificate: asked, issuer: root }], ...parts }), ...told });

const critical = (id: string): Extension => ({ id, critical: true, value: nul() });
const scope = (...parts: Buffer[]): Extension => ({ id: '2.5.29.28', critical: true, value: seq(...parts) });
const named = (...names: Buffer[]): Buffer => tagged(0, tagged(0, ...names));

describe('chains', () => {
  test('controls: what is not listed and what is said to be good', async () => {
    expect(await checkList({})).toMatchObject({ status: 'good', reason: expect.stringContaining(LIST) });
    expect(await checkAnswer({})).toMatchObject({ status: 'good', reason: expect.stringContaining(OCSP) });
    expect(await check(plain, {})).toMatchObject({ status: 'not-revocable' });
  });

  test('every certificate but the root is asked about, in the order of the chain', async () => {
    const middle = makeRoot('Middle');
    const issued = makeLeaf(middle, [points([['http://lists.test/middle.crl']])]);
    const crossed = makeLeaf(root, [points([[LIST]])], middle.subject);
    const certificates = [issued, { ...crossed, key: middle.key }, root].map((c) => parseCertificate(c.der));
    const source = memorySource({
      crl: {
        [LIST]: makeList({ by: root, entries: [{ serial: crossed.serial }] }),
        'http://lists.test/middle.crl': makeList({ by: middle }),
      },
    });
    // The middle certificate has another key than its list is signed with: nothing is known about the leaf.
    const found = await checkRevocation(certificates, { source, now: NOW });
    expect(found.map(({ status }) => status)).toEqual(['unknown', 'revoked', 'not-revocable']);
    expect(found.map(({ certificate }) => certificate)).toEqual(certificates);
    expect(await checkRevocation([], { source, now: NOW })).toEqual([]);
  });

  test('a chain that is in no order is not asked about', async () => {
    expect(await check(leaf, { chain: [makeRoot('Other')], list: makeList({ by: root }) })).toMatchObject({ status: 'unknown' });
  });

  test('malformed addresses are no permission', async () => {
    for (const id of ['2.5.29.31', '1.3.6.1.5.5.7.1.1'])
      expect(await check(makeLeaf(root, [{ id, value: nul() }]), {})).toMatchObject({ status: 'unknown' });
    expect(await check(makeLeaf(root, [{ id: '2.5.29.31', value: seq() }]), {})).toMatchObject({ status: 'unknown' });
  });

  test('more addresses than there may be are an error, not a choice of them', async () => {
    const many = Array.from({ length: LIMITS.revocationAddresses + 1 }, () => LIST);
    const told = { list: makeList({ by: root }), answer: makeAnswer({ signer: root, singles: [{ certificate: asked, issuer: root }] }) };
    expect(await check(makeLeaf(root, [points([many])]), told)).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining('more than'),
    });
    expect(await check(makeLeaf(root, [responders(...many)]), told)).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining('more than'),
    });
  });

  test('who cancels gets an error, not a status', async () => {
    const abort = new AbortController();
    const source = {
      crl: () => {
        abort.abort();
        return Promise.reject(new Error('gone'));
      },
      ocsp: () => Promise.reject(new Error('gone')),
    };
    const chain = [leaf, root].map((c) => parseCertificate(c.der));
    await expect(checkRevocation(chain, { source, now: NOW, signal: abort.signal })).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('lists', () => {
  const entry = (...extensions: Extension[]) => ({ serial: leaf.serial, extensions });
  const stranger = makeLeaf(root);

  test.each<[string, Partial<MintedList>, string]>([
    ['of version 1', { version: Buffer.alloc(0), number: null }, 'version 2'],
    ['of version 3', { version: int(2) }, 'version 2'],
    ['with another algorithm outside', { outerAlgorithm: signatureAlgorithm(newKey('ed25519')) }, 'another outside'],
    ['signed by another key', { signer: newKey() }, 'does not match'],
    ['signed by another kind of key', { signer: newKey('ed25519') }, 'another kind of key'],
    ['signed with a weak curve', { signer: newKey('secp256k1') }, 'does not match'],
    ['without an end', { nextUpdate: null }, 'until when'],
    ['that ended a millisecond ago', { nextUpdate: NOW - 1000 }, 'it held until'],
    ['that begins later than clocks differ', { thisUpdate: NOW + LIMITS.revocationSkewMs + 1000 }, 'of the future'],
    ['with an extension twice', { extensions: [authorityKeyId(root.key), authorityKeyId(root.key)] }, 'twice'],
    ['whose number is negative', { number: null, extensions: [{ id: '2.5.29.20', value: der(2, Buffer.of(0xff)) }] }, 'negative'],
    [
      'with an entry that has an unknown critical extension',
      { entries: [{ serial: stranger.serial, extensions: [critical('1.2.3')] }] },
      '1.2.3',
    ],
    ['with an entry of another issuer', { entries: [{ serial: stranger.serial, extensions: [critical('2.5.29.29')] }] }, '2.5.29.29'],
    ['with an entry that is none', { entries: [{ raw: int(1) }] }, 'no sequence'],
    ['with an entry that is too long', { entries: [{ raw: seq(leaf.serial, time(new Date(NOW)), seq(), nul()) }] }, 'a part too many'],
    ['of a scope of two kinds', { extensions: [scope(implicit(1, Buffer.of(0xff)), implicit(2, Buffer.of(0xff)))] }, 'two kinds'],
    ['of a scope out of order', { extensions: [scope(implicit(2, Buffer.of(0xff)), implicit(1, Buffer.of(0xff)))] }, 'does not belong'],
    [
      'of a point that is named by another kind of name',
      { extensions: [scope(named(der(0x82, Buffer.from(LIST))))] },
      'another distribution point',
    ],
    [
      'of a point that the certificate has in part',
      { extensions: [scope(named(der(0x86, Buffer.from(`${LIST}/`))))] },
      'another distribution point',
    ],
  ])('a list %s says nothing', async (_, parts, reason) => {
    expect(await checkList(parts)).toMatchObject({ status: 'unknown', reason: expect.stringContaining(reason) });
  });

  test('a scope counts when it is not marked critical too', async () => {
    const loose = { ...scope(named(der(0x86, Buffer.from('http://lists.test/other.crl')))), critical: false };
    expect(await checkList({ extensions: [loose] })).toMatchObject({ status: 'unknown' });
  });

  test('an authority that may not sign lists signs none', async () => {
    for (const [usages, status] of [
      [['keyCertSign'], 'unknown'],
      [['keyCertSign', 'cRLSign'], 'good'],
    ] as const) {
      const ca = makeRoot('Root', usages);
      expect((await check(makeLeaf(ca, [points([[LIST]])]), { chain: [ca], list: makeList({ by: ca }) })).status).toBe(status);
    }
  });

  test('a list of another issuer for one point is refused before it is asked for', async () => {
    const value = seq(seq(tagged(0, tagged(0, der(0x86, Buffer.from(LIST)))), tagged(2, tagged(4, encodeName([['CN', 'x']])))));
    const indirect = makeLeaf(root, [{ id: '2.5.29.31', value }]);
    expect(await check(indirect, { list: makeList({ by: root }) })).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining('indirect'),
    });
  });

  test('points that cover some reasons each are good together, and not alone', async () => {
    const some = (mask: number[]): Buffer => implicit(1, Buffer.from(mask));
    // Reasons 1 to 4, and 5 to 8.
    const point = (url: string, reasons: Buffer): Buffer => seq(tagged(0, tagged(0, der(0x86, Buffer.from(url)))), reasons);
    const first = point(LIST, some([3, 0x78]));
    const second = point('http://lists.test/b.crl', some([7, 0x07, 0x80]));
    const list = makeList({ by: root });
    const source = memorySource({ crl: { [LIST]: list, 'http://lists.test/b.crl': list } });
    const look = async (...of: Buffer[]) => {
      const chain = [makeLeaf(root, [{ id: '2.5.29.31', value: seq(...of) }]), root].map((c) => parseCertificate(c.der));
      return (await checkRevocation(chain, { source, now: NOW }))[0];
    };
    expect(await look(first, second)).toMatchObject({ status: 'good' });
    expect(await look(first)).toMatchObject({ status: 'unknown', reason: expect.stringContaining('all reasons') });
    expect(await look(second)).toMatchObject({ status: 'unknown' });
  });

  test('an entry that stands there twice weighs as the heavier', async () => {
    const end = { serial: leaf.serial, reason: 1, at: NOW - 5 * HOUR };
    const hold = { serial: leaf.serial, reason: 6, at: NOW - 3 * HOUR };
    for (const entries of [
      [end, hold],
      [hold, end],
    ])
      expect(await checkList({ entries })).toMatchObject({ status: 'revoked', reason: expect.stringContaining('key compromise') });
    const early = { ...end, extensions: [{ id: '2.5.29.24', value: generalizedTime(new Date(NOW - 9 * HOUR)) }] };
    const late = { ...end, extensions: [{ id: '2.5.29.24', value: generalizedTime(new Date(NOW - 4 * HOUR)) }] };
    for (const entries of [
      [early, late],
      [late, early],
    ])
      expect(await checkList({ entries }, { signedAt: NOW - 6 * HOUR })).toMatchObject({ status: 'revoked' });
    expect(await checkList({ entries: [late] }, { signedAt: NOW - 6 * HOUR })).toMatchObject({ status: 'good' });
  });

  test('a hold that is void since later counts as an end does', async () => {
    const entries = [{ serial: leaf.serial, reason: 6, extensions: [{ id: '2.5.29.24', value: generalizedTime(new Date(NOW - HOUR)) }] }];
    expect(await checkList({ entries })).toMatchObject({ status: 'revoked', at: new Date(NOW - 2 * HOUR) });
    expect(await checkList({ entries }, { signedAt: NOW - 2 * HOUR })).toMatchObject({ status: 'good' });
    expect(await checkList({ entries }, { signedAt: NOW - HOUR })).toMatchObject({ status: 'revoked' });
  });

  test('an invalidity date that cannot be read saves nothing', async () => {
    for (const value of [time(new Date(NOW)), nul(), octets(Buffer.from('x'))])
      expect(await checkList({ entries: [entry({ id: '2.5.29.24', value })] }, { signedAt: 0 })).toMatchObject({ status: 'unknown' });
  });

  test('reasons that nobody knows are ends', async () => {
    for (const reason of [0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 200])
      expect(await checkList({ entries: [{ serial: leaf.serial, reason }] }), String(reason)).toMatchObject({ status: 'revoked' });
  });

  test('a serial number is compared as a whole', async () => {
    const longer = int(Buffer.concat([Buffer.of(1), leaf.serial.subarray(2)]));
    const shorter = int(leaf.serial.subarray(3));
    expect(
      await checkList({
        entries: [{ serial: longer }, { serial: shorter }, { serial: int(Buffer.concat([leaf.serial.subarray(2), Buffer.of(1)])) }],
      }),
    ).toMatchObject({ status: 'good' });
    expect(await checkList({ entries: [{ serial: longer }, { serial: leaf.serial }, { serial: shorter }] })).toMatchObject({
      status: 'revoked',
    });
  });

  test('a critical flag that states its default, as some authorities write it, is read', async () => {
    const raw = seq(leaf.serial, time(new Date(NOW)), seq(seq(oid('1.2.3'), bool(false), octets(nul()))));
    expect(await checkList({ entries: [{ raw }] })).toMatchObject({ status: 'revoked' });
  });

  test('a list may have more entries than other DER values may have parts', async () => {
    const others = Array.from({ length: LIMITS.derElements + 10 }, (_, i) => ({ serial: int(i + 1), reason: (i >> 3) % 6 }));
    expect(await checkList({ entries: others })).toMatchObject({ status: 'good' });
    expect(await checkList({ entries: [...others, { serial: leaf.serial, reason: 4 }] })).toMatchObject({ status: 'revoked' });
    // The last of them has what the ones before it have not: comparing with the one before does not hide it.
    const last = { serial: int(7), extensions: [critical('1.2.3')] };
    expect(await checkList({ entries: [...others, last] })).toMatchObject({ status: 'unknown' });
  });

  test('too large a list is not read', () => {
    expect(() => parseRevocationList(Buffer.alloc(LIMITS.crlBytes + 1))).toThrow(expect.objectContaining({ code: 'limit' }));
    expect(() => parseRevocationList(Buffer.alloc(100))).toThrow(expect.objectContaining({ code: 'revocation-invalid' }));
  });
});

describe('answers', () => {
  const responder = makeResponder(root);
  const impostor = makeRoot();
  const [strange, foreign] = [makeResponder(impostor), makeResponder(makeRoot('Other'))];
  const single = { certificate: asked, issuer: root };

  test('a responder that the issuer has certified', async () => {
    expect(await checkAnswer({ signer: responder, certificates: [responder] })).toMatchObject({ status: 'good' });
    expect(await checkAnswer({ signer: responder, certificates: [impostor, plain, responder] })).toMatchObject({ status: 'good' });
    for (const hash of ['sha1', 'sha256'] as const)
      expect(await checkAnswer({ singles: [{ ...single, hash }] })).toMatchObject({ status: 'good' });
  });

  test.each<[string, Partial<MintedAnswer>, string]>([
    ['about another serial number', { singles: [{ certificate: plain, issuer: root }] }, 'another certificate'],
    ['about the same serial number of another issuer', { singles: [{ ...single, issuer: impostor }] }, 'another certificate'],
    [
      'about the same serial number of an issuer of another name',
      { singles: [{ ...single, issuer: { ...root, subject: [['CN', 'x']] } }] },
      'another certificate',
    ],
    ['that names it with a broken hash', { singles: [{ ...single, hash: 'md5' }] }, 'another certificate'],
    ['about nothing', { singles: [] }, 'another certificate'],
    ['signed by another key', { key: newKey() }, 'does not match'],
    ['signed by an authority of the same name', { signer: impostor }, 'does not match'],
    ['signed by an authority that it brings along', { signer: impostor, certificates: [impostor] }, 'neither'],
    ['by a responder of another authority', { signer: strange, certificates: [strange] }, 'is not issued by'],
    ['by a responder of an authority of another name', { signer: foreign, certificates: [foreign] }, 'issued by another authority'],
    ['by another certificate of the issuer', { signer: plain, certificates: [plain] }, 'not for OCSP signing'],
    ['that names another responder than signed it', { signer: { ...root, subject: [['CN', 'x']] } }, 'neither'],
    ['of another type', { type: '1.2.3' }, 'not a basic one'],
    ['of another version', { version: 1 }, 'version 1'],
    ['with a critical extension', { extensions: [critical('1.2.3')] }, '1.2.3'],
    ['with a critical extension about it', { singles: [{ ...single, extensions: [critical('1.2.3')] }] }, '1.2.3'],
    ['without an end', { singles: [{ ...single, nextUpdate: null }] }, 'until when'],
    ['that has ended', { singles: [{ ...single, nextUpdate: NOW - 1000 }] }, 'it held until'],
    ['of the future', { singles: [{ ...single, thisUpdate: NOW + LIMITS.revocationSkewMs + 1000 }] }, 'of the future'],
    ['made in the future', { producedAt: NOW + LIMITS.revocationSkewMs + 1000 }, 'of the future'],
    ['of no status', { singles: [{ ...single, status: der(0x83) }] }, 'none of good'],
    ['of a status that is not empty', { singles: [{ ...single, status: der(0x80, Buffer.of(0)) }] }, 'none of good'],
    ['that does not know it', { singles: [{ ...single, status: UNKNOWN }] }, 'does not know'],
  ])('an answer %s says nothing', async (_, parts, reason) => {
    expect(await checkAnswer(parts)).toMatchObject({ status: 'unknown', reason: expect.stringContaining(reason) });
  });

  test('a responder whose certificate is for later, past, or has a critical extension', async () => {
    const signed = (certificate: Certificate, now?: number) =>
      checkAnswer(
        {
          signer: certificate,
          certificates: [certificate],
          producedAt: 0,
          singles: [{ ...single, thisUpdate: 0, nextUpdate: NOW + 900 * HOUR }],
        },
        now === undefined ? {} : { now },
      );
    expect(await signed(responder)).toMatchObject({ status: 'good' });
    for (const now of [NOW - 101 * HOUR, NOW + 101 * HOUR]) expect(await signed(responder, now)).toMatchObject({ status: 'unknown' });
    expect(await signed(makeResponder(root, critical('1.2.3')))).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining('1.2.3'),
    });
    expect(await signed(makeResponder(root, keyUsage(['keyCertSign'])))).toMatchObject({
      status: 'unknown',
      reason: expect.stringContaining('usage'),
    });
  });

  test('a responder whose certificate says where its revocation is told has to be found good there', async () => {
    const listed = makeResponder(root, points([[LIST]]));
    const parts = { signer: listed, certificates: [listed] };
    expect(await checkAnswer(parts)).toMatchObject({ status: 'unknown', reason: expect.stringContaining('the server is down') });
    expect(await checkAnswer(parts, { list: makeList({ by: root }) })).toMatchObject({ status: 'good' });
    const revoked = makeList({ by: root, entries: [{ serial: listed.serial }] });
    expect(await checkAnswer(parts, { list: revoked })).toMatchObject({ status: 'unknown', reason: expect.stringContaining('revoked at') });
    const excused = makeResponder(root, points([[LIST]]), { id: '1.3.6.1.5.5.7.48.1.5', value: nul() });
    expect(await checkAnswer({ signer: excused, certificates: [excused] })).toMatchObject({ status: 'good' });
    const circular = makeResponder(root, responders(OCSP));
    expect(await checkAnswer({ signer: circular, certificates: [circular] })).toMatchObject({ status: 'unknown' });
  });

  test('of several answers about it the worst counts', async () => {
    const [good, revoked, unknown] = [single, { ...single, status: REVOKED }, { ...single, status: UNKNOWN }];
    expect(await checkAnswer({ singles: [good, revoked] })).toMatchObject({ status: 'revoked', at: new Date(NOW - 2 * HOUR) });
    expect(await checkAnswer({ singles: [good, unknown] })).toMatchObject({ status: 'unknown' });
    expect(await checkAnswer({ singles: [unknown, revoked] })).toMatchObject({ status: 'revoked' });
    expect(await checkAnswer({ singles: [{ certificate: plain, issuer: root, status: REVOKED }, good] })).toMatchObject({ status: 'good' });
  });

  test('bounds', () => {
    const many = (n: number) => makeAnswer({ signer: root, singles: Array.from({ length: n }, () => single) });
    const large = { id: '1.2.3', value: Buffer.alloc(LIMITS.ocspBytes) };
    expect(parseOcspAnswer(many(LIMITS.ocspAnswers)).singles).toHaveLength(LIMITS.ocspAnswers);
    const certificates = Array.from({ length: LIMITS.ocspCertificates + 1 }, () => plain);
    for (const answer of [
      many(LIMITS.ocspAnswers + 1),
      makeAnswer({ signer: root, singles: [single], certificates }),
      makeAnswer({ signer: root, singles: [single], extensions: [large] }),
    ])
      expect(() => parseOcspAnswer(answer)).toThrow(expect.objectContaining({ code: 'limit' }));
  });
});

describe('the cache', () => {
  const chain = [leaf, root].map((c) => parseCertificate(c.der));

  test('a finding is kept until its next update, and a failure is not', async () => {
    const cache = createRevocationCache();
    const source = memorySource({ crl: { [LIST]: makeList({ by: root }) } });
    const look = async (of: ReturnType<typeof memorySource>, now: number) =>
      (await checkRevocation(chain, { source: of, now, cache }))[0]?.status;
    expect(await look(memorySource({}), NOW)).toBe('unknown');
    expect(await look(memorySource({ crl: { [LIST]: makeList({ by: root, signer: newKey(), nextUpdate: NOW + 50 * HOUR }) } }), NOW)).toBe(
      'unknown',
    );
    expect(await look(source, NOW)).toBe('good');
    expect(await look(source, NOW + HOUR)).toBe('good');
    expect(source.asked).toHaveLength(1);
    expect(await look(source, NOW + HOUR + 1)).toBe('unknown');
    expect(source.asked).toHaveLength(2);
  });

  test('a finding is about one certificate and issuer, and weighs against the time of each signature', async () => {
    const cache = createRevocationCache();
    const since = { id: '2.5.29.24', value: generalizedTime(new Date(NOW - HOUR)) };
    const source = memorySource({ crl: { [LIST]: makeList({ by: root, entries: [{ serial: leaf.serial, extensions: [since] }] }) } });
    const look = async (signedAt: number) => (await checkRevocation(chain, { source, now: NOW, cache, signedAt }))[0]?.status;
    expect(await look(NOW - 2 * HOUR)).toBe('good');
    expect(await look(NOW)).toBe('revoked');
    expect(await look(NOW - 2 * HOUR)).toBe('good');
    const twin = makeRoot();
    const other = [makeLeaf(twin, [points([[LIST]])]), twin].map((c) => parseCertificate(c.der));
    expect((await checkRevocation(other, { source, now: NOW, cache }))[0]?.status).toBe('unknown');
  });

  test('it holds no more than it may', () => {
    const cache = createRevocationCache();
    const [certificate, issuer] = chain;
    if (certificate === undefined || issuer === undefined) throw new Error('no chain');
    const finding = { status: 'good', reason: '', until: NOW } as const;
    const numbered = (n: number) => ({ ...certificate, serial: certificate.serial, fingerprint: String(n) });
    for (let i = 0; i <= LIMITS.revocationsKept; i++) cache.keepFinding(numbered(i), issuer, finding);
    expect(cache.finding(numbered(0), issuer, NOW)).toBeUndefined();
    expect(cache.finding(numbered(1), issuer, NOW)).toBe(finding);
    const half = { ...parseRevocationList(makeList({ by: root })), der: Buffer.alloc(LIMITS.crlCacheBytes / 2) };
    for (const url of ['a', 'b', 'b', 'c']) cache.keepList(url, half);
    expect(['a', 'b', 'c'].map((url) => cache.list(url, NOW) === half)).toEqual([false, true, true]);
    cache.keepList('d', { ...half, der: Buffer.alloc(LIMITS.crlCacheBytes + 1) });
    expect(cache.list('d', NOW)).toBeUndefined();
    // One that has ended makes room.
    expect(cache.list('b', NOW + 2 * HOUR)).toBeUndefined();
    cache.keepList('a', half);
    expect(['a', 'b', 'c'].map((url) => cache.list(url, NOW) === half)).toEqual([true, false, true]);
    cache.clear();
    expect(cache.finding(numbered(1), issuer, NOW)).toBeUndefined();
  });
});
