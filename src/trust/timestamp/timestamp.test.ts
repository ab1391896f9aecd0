import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Bytes } from '../../bytes/index.ts';
import { children, der, encodingOf, readDer } from '../../codec/der/index.ts';
import { hash } from '../../crypto/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import {
  basicConstraints,
  DAY,
  extendedKeyUsage,
  type Certificate as Made,
  makeTimestampAuthority,
  newKey,
  OID,
  type TimestampBend,
  type TimestampAuthority as Tsa,
  timestamp,
  timestampToken,
} from '../../testing/index.ts';
import { createPairCache, parseCertificate } from '../x509/index.ts';
import { isNamedBy, parseEssCertIds } from './ess.ts';
import { parseTimestamp, verifyTimestamp } from './index.ts';

const NOW = new Date('2025-03-01T12:00:00.250Z');
const message = Buffer.from('a signature');
const tsa = makeTimestampAuthority({ now: NOW, intermediate: true });
const stranger = makeTimestampAuthority({ now: NOW, name: 'stranger' });
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const chainOf = (chain: readonly Made[]) => chain.map((c) => parseCertificate(c.der));

function outcome(bytes: Bytes, chain: readonly Made[] = tsa.chain, extra: readonly Made[] = []): string {
  const result = verifyTimestamp(parseTimestamp(bytes), { chain: chainOf(chain), extraIntermediates: chainOf(extra) });
  return 'signer' in result ? `signed by ${result.signer.subjectText}` : `${result.problem}: ${result.reason}`;
}

const make = (options: Partial<Parameters<typeof timestamp>[2]> = {}, by: Tsa = tsa) => timestamp(by, message, { at: NOW, ...options });
const bent = (bend: TimestampBend) => make({ bend });
const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'nothing';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

describe('a timestamp that holds', () => {
  test('says when what was signed', () => {
    const token = parseTimestamp(make());
    expect(token).toMatchObject({ time: NOW.getTime(), accuracy: 1000, policy: '1.3.6.1.4.1.57264.2' });
    expect(token.imprint).toEqual({ hash: 'sha256', digest: hash('sha256', message) });
    expect(outcome(make())).toBe('signed by CN=virtual tsa signer');
  });

  test('may come as the token alone, and with more of its certificates or none', () => {
    expect(outcome(timestampToken(tsa, message, { at: NOW }))).toMatch(/^signed/);
    for (const embed of ['chain', 'leaf', 'none'] as const) expect(outcome(make({ embed }))).toMatch(/^signed/);
  });

  test.each(['sha384', 'sha512'] as const)('may have an imprint of %s', (name) => {
    expect(parseTimestamp(make({ hash: name })).imprint.hash).toBe(name);
    expect(outcome(make({ hash: name }))).toMatch(/^signed/);
  });

  test.each(['p384', 'p521', 'rsa2048', 'ed25519'] as const)('may be signed with a key that is %s', (keyKind) => {
    const other = makeTimestampAuthority({ now: NOW, keyKind });
    expect(outcome(make({}, other), other.chain)).toMatch(/^signed/);
  });

  test('may be of an authority that lists no leaf, if its certificate is inside', () => {
    const [, ...authorities] = tsa.chain;
    expect(outcome(make(), authorities)).toMatch(/^signed/);
    expect(outcome(make({ embed: 'none' }), authorities)).toMatch(/^untrusted: .*neither/);
    const root = tsa.chain.slice(-1);
    expect(outcome(make({ embed: 'leaf' }), root)).toMatch(/^untrusted: /);
    expect(outcome(make({ embed: 'chain' }), root)).toMatch(/^signed/);
    expect(outcome(make({ embed: 'leaf' }), root, authorities)).toMatch(/^signed/);
  });

  test('may be of an authority whose chain is in no order', () => {
    expect(outcome(make(), tsa.chain.toReversed())).toMatch(/^signed/);
    expect(outcome(make(), tsa.chain.slice(1).toReversed())).toMatch(/^signed/);
    expect(outcome(make({}, stranger), tsa.chain.toReversed())).toMatch(/^untrusted/);
  });

  test('may be of an authority that lists its leaf only', () => {
    expect(outcome(make(), [tsa.leaf])).toMatch(/^signed/);
  });

  test('may be granted with modifications', () => {
    expect(outcome(bent({ status: 1 }))).toMatch(/^signed/);
  });

  test('is checked at its own time, whatever happened since', () => {
    const old = makeTimestampAuthority({ now: new Date('2010-06-01T00:00:00Z'), notAfter: new Date('2010-07-01T00:00:00Z') });
    expect(outcome(make({ at: new Date('2010-06-15T00:00:00Z') }, old), old.chain)).toMatch(/^signed/);
    expect(outcome(make({ at: new Date('2010-07-01T00:00:00Z') }, old), old.chain)).toMatch(/^signed/);
    expect(outcome(make({ at: new Date('2010-07-01T00:00:00.001Z') }, old), old.chain)).toMatch(
      /^expired: .*was not valid at 2010-07-01T00:00:00\.001Z/,
    );
  });

  test('keeps the pairs of its certificates in the cache', () => {
    const pairs = createPairCache();
    const chain = chainOf(tsa.chain);
    expect(verifyTimestamp(parseTimestamp(make()), { chain }, pairs)).toHaveProperty('signer');
    const [leaf, intermediate] = chain;
    expect(leaf !== undefined && intermediate !== undefined && pairs.has(intermediate, leaf)).toBe(true);
  });
});

describe('a timestamp is malformed', () => {
  test.each<[string, Bytes]>([
    ['with an imprint of SHA-1', make({ hash: 'sha1' })],
    ['with a digest of SHA-1', bent({ digestHash: 'sha1' })],
    ['with an imprint of a wrong length', bent({ imprint: Buffer.alloc(20) })],
    ['of version 2', bent({ version: 2 })],
    ['that was refused', bent({ status: 2 })],
    ['with a time without seconds', bent({ genTime: hex('180d 3230323530333031313230305a') })],
    ["with a time in UTC's short form", bent({ genTime: hex('170d 3235303330313132303030305a') })],
    ['with a fraction that ends in zero', bent({ genTime: hex('1812 32303235303330313132303030302e35305a') })],
    ['with an unknown critical extension', bent({ extensions: hex('a10e 300c 0603 2a0304 0101ff 0402 0500') })],
    ['with another content type in the attributes and outside', bent({ contentType: '1.2.840.113549.1.7.1' })],
    ['with another digest', bent({ messageDigest: Buffer.alloc(32) })],
    ['with content changed after signing', bent({ tstInfo: (info) => Buffer.concat([info.subarray(0, -1), Buffer.of(2)]) })],
    ['without the content type', bent({ without: ['contentType'] })],
    ['without the signing certificate', bent({ without: ['signingCertificate'] })],
    ['without the message digest', bent({ without: ['messageDigest'] })],
    ['with two signers', bent({ twice: true })],
    ['with attributes out of order', bent({ unsorted: true })],
    ['with bytes after it', Buffer.concat([make(), Buffer.of(0)])],
    ['that is empty', Buffer.alloc(0)],
    ['that is a certificate', tsa.leaf.der],
  ])('%s', (_, bytes) => {
    expect(codeOf(() => parseTimestamp(bytes))).toBe('timestamp-invalid');
  });

  test('or too large', () => {
    expect(codeOf(() => parseTimestamp(Buffer.alloc(LIMITS.timestampBytes + 1)))).toBe('limit');
    const many = Array.from({ length: LIMITS.chainCertificates + 1 }, () => tsa.leaf);
    expect(codeOf(() => parseTimestamp(bent({ certificates: many })))).toBe('limit');
  });

  test.each<[string, Buffer, string]>([
    ['nothing: the control', signedData((p) => p), 'nothing'],
    ['nothing of the signer: the control', attributes((p) => p), 'nothing'],
    [
      'certificates that cannot be read, which nothing needs',
      signedData((p) => p.toSpliced(3, 1, der(0xa0, hex('3000'), hex('a2020500')))),
      'nothing',
    ],
    [
      'another content type outside',
      signedData((p) => p.toSpliced(2, 1, der(0x30, hex('0609 2a864886f70d010701'), partsOf(p[2])[1] ?? hex('')))),
      'timestamp-invalid',
    ],
    ['data that is not signed', der(0x30, hex('0609 2a864886f70d010701'), ...partsOf(signedData((p) => p)).slice(1)), 'timestamp-invalid'],
    ['an unknown version', signedData((p) => p.toSpliced(0, 1, hex('020107'))), 'timestamp-invalid'],
    ['no signers', signedData((p) => [...p.slice(0, -1), hex('3100')]), 'timestamp-invalid'],
    ['signers before certificates', signedData((p) => [...p.slice(0, 3), ...p.slice(3).reverse()]), 'timestamp-invalid'],
    ['a version that does not fit the signer', signer((p) => p.toSpliced(0, 1, hex('020103'))), 'timestamp-invalid'],
    ['no signed attributes', signer((p) => p.toSpliced(3, 1)), 'timestamp-invalid'],
    ['an attribute twice', attributes((p) => [...p, p[0] ?? hex('')]), 'timestamp-invalid'],
    ['an attribute with two values', attributes((p) => [...p, hex('300b 0603 2a0304 3104 0500 0500')]), 'timestamp-invalid'],
    ['an attribute without a value', attributes((p) => [...p, hex('3007 0603 2a0304 3100')]), 'timestamp-invalid'],
    ['an attribute nobody knows', attributes((p) => [...p, hex('3009 0603 2a0304 3102 0500')]), 'nothing'],
    [
      'an issuer and serial number with a third part',
      signer((p) => p.toSpliced(1, 1, der(0x30, hex('3000'), hex('020101'), hex('0500')))),
      'timestamp-invalid',
    ],
  ])('with %s', (_, bytes, code) => {
    expect(codeOf(() => parseTimestamp(bytes))).toBe(code);
  });

  test('with attributes changed after signing, it is signed by nobody', () => {
    expect(outcome(attributes((p) => p))).toMatch(/^signed/);
    expect(outcome(attributes((p) => [...p, hex('3009 0603 2a0304 3102 0500')]))).toMatch(/^invalid: the signature/);
  });

  test('with a signer named by key identifier, it is the same', () => {
    const keyId = parseCertificate(tsa.leaf.der).subjectKeyId ?? hex('');
    const named = signer((p) => p.toSpliced(0, 2, hex('020103'), der(0x80, keyId)));
    expect(outcome(named)).toMatch(/^signed/);
    expect(outcome(signer((p) => p.toSpliced(0, 2, hex('020103'), der(0x80, hex('00')))))).toMatch(/^untrusted/);
  });
});

describe('the certificate that signed attributes name', () => {
  const certificate = parseCertificate(tsa.leaf.der);
  const named = (digest: Bytes, issuer?: Bytes, serial?: Bytes): boolean => {
    const issuerSerial = issuer === undefined || serial === undefined ? [] : [der(0x30, der(0x30, der(0xa4, issuer)), der(0x02, serial))];
    const attribute = der(0x30, der(0x30, der(0x30, der(0x04, digest), ...issuerSerial)));
    return parseEssCertIds(readDer(attribute), 2).every((id) => isNamedBy(certificate, id));
  };

  test('has that digest, issuer and serial number', () => {
    const digest = hash('sha256', tsa.leaf.der);
    expect(named(digest)).toBe(true);
    expect(named(digest, certificate.issuer, certificate.serial)).toBe(true);
    expect(named(hash('sha256', stranger.leaf.der), certificate.issuer, certificate.serial)).toBe(false);
    expect(named(digest, certificate.subject, certificate.serial)).toBe(false);
    expect(named(digest, certificate.issuer, hex('01'))).toBe(false);
  });
});

describe('a timestamp is not believed', () => {
  test('that says another algorithm than its key has: nobody signed that part', () => {
    const rsa = makeTimestampAuthority({ now: NOW, keyKind: 'rsa2048' });
    const token = timestampToken(rsa, message, { at: NOW });
    const relabelled = signer((parts) => parts.toSpliced(4, 1, hex('300a 0608 2a8648ce3d040302')), token);
    expect(outcome(token, rsa.chain)).toMatch(/^signed/);
    expect(outcome(relabelled, rsa.chain)).toMatch(/^invalid: the signature/);
  });

  test.each<[string, () => string, RegExp]>([
    [
      'of a stranger, by its own certificate',
      () => outcome(make({}, stranger)),
      /^untrusted: .*not by the signer that the authority lists/,
    ],
    ['of a stranger, without a certificate', () => outcome(make({ embed: 'none' }, stranger)), /^untrusted: .*neither/],
    ['of a stranger, where no leaf is listed', () => outcome(make({ embed: 'chain' }, stranger), tsa.chain.slice(1)), /^untrusted/],
    ['of nobody that is listed', () => outcome(make(), []), /^untrusted/],
    ['signed by another key', () => outcome(bent({ signingKey: newKey() })), /^invalid: the signature/],
    ['signed with SHA-1', () => outcome(bent({ signatureHash: 'sha1', digestHash: 'sha256' })), /^invalid: the signature/],
    [
      'that says it was signed with another certificate',
      () => outcome(bent({ signingCertificate: stranger.leaf })),
      /^invalid: .*another certificate/,
    ],
    ['made before its certificate', () => outcome(make({ at: new Date(NOW.getTime() - 400 * DAY) })), /^expired/],
  ])('%s', (_, run, reason) => {
    expect(run()).toMatch(reason);
  });

  const authority = (options: Partial<Parameters<typeof makeTimestampAuthority>[0]>): string => {
    const other = makeTimestampAuthority({ now: NOW, ...options });
    return outcome(make({}, other), other.chain);
  };
  const replaced =
    (id: string, ...by: ReturnType<typeof extendedKeyUsage>[]) =>
    (list: readonly ReturnType<typeof extendedKeyUsage>[]) => [...list.filter((e) => e.id !== id), ...by];

  test.each<[string, string, RegExp]>([
    [
      'with another purpose',
      authority({ leafExtensions: replaced(OID.extendedKeyUsage, extendedKeyUsage([OID.codeSigning], true)) }),
      /^invalid: .*not for timeStamping/,
    ],
    [
      'with a second purpose',
      authority({ leafExtensions: replaced(OID.extendedKeyUsage, extendedKeyUsage([OID.timeStamping, OID.serverAuth], true)) }),
      /^invalid: .*another purpose/,
    ],
    [
      'with a purpose that is not critical',
      authority({ leafExtensions: replaced(OID.extendedKeyUsage, extendedKeyUsage([OID.timeStamping])) }),
      /^invalid: .*not critical/,
    ],
    ['without a purpose', authority({ leafExtensions: replaced(OID.extendedKeyUsage) }), /^invalid: .*not for timeStamping/],
    [
      'under an intermediate for code signing',
      authority({ intermediate: true, intermediateExtensions: replaced(OID.extendedKeyUsage, extendedKeyUsage([OID.codeSigning])) }),
      /^invalid: .*may not issue/,
    ],
    [
      'under an intermediate that is no CA',
      authority({ intermediate: true, intermediateExtensions: replaced(OID.basicConstraints, basicConstraints(false)) }),
      /^(?:invalid|untrusted): /,
    ],
    ['under a root that has run out', authority({ rootNotAfter: new Date(NOW.getTime() - DAY) }), /^expired: .*root/],
  ])('of an authority %s', (_, found, reason) => {
    expect(found).toMatch(reason);
  });

  test("by a certificate with the listed leaf's issuer and serial number", () => {
    const twin: Tsa = { ...stranger, leaf: { ...stranger.leaf, serial: tsa.leaf.serial }, chain: [stranger.leaf, ...tsa.chain.slice(1)] };
    expect(outcome(timestamp(twin, message, { at: NOW }))).toMatch(/^(?:untrusted|invalid)/);
  });
});

describe('a timestamp that was changed', () => {
  const good = make({ embed: 'chain' });
  const chain = chainOf(tsa.chain);
  const judge = (bytes: Bytes): boolean => {
    try {
      return 'signer' in verifyTimestamp(parseTimestamp(bytes), { chain });
    } catch (error) {
      if (error instanceof AssayError && ['timestamp-invalid', 'limit'].includes(error.code)) return false;
      throw error;
    }
  };

  test('throws nothing but errors of its own, and never says another time or imprint', () => {
    const { time, imprint } = parseTimestamp(good);
    const edit = fc.record({ at: fc.nat(good.length - 1), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), fc.option(fc.nat(good.length)), (edits, length) => {
        const copy = Buffer.from(good);
        for (const { at, value } of edits) copy[at] = value;
        const bytes = length === null ? copy : copy.subarray(0, length);
        if (!judge(bytes)) return;
        expect(parseTimestamp(bytes)).toMatchObject({ time, imprint });
      }),
      { numRuns: 1500 },
    );
  });
});

function partsOf(bytes: Bytes | undefined): Buffer[] {
  return bytes === undefined ? [] : children(readDer(bytes)).map((part) => Buffer.from(encodingOf(part)));
}

type Change = (parts: Buffer[]) => Buffer[];

/** The token with other parts in its SignedData. */
function signedData(change: Change, token = timestampToken(tsa, message, { at: NOW })): Buffer {
  const [type, wrapped] = partsOf(token);
  const [inner] = partsOf(wrapped);
  return der(0x30, type ?? hex(''), der(0xa0, der(0x30, ...change(partsOf(inner)))));
}

/** The token with other parts in its signer. */
function signer(change: Change, token?: Buffer): Buffer {
  return signedData(
    (parts) => [...parts.slice(0, -1), der(0x31, der(0x30, ...change(partsOf(partsOf(parts[parts.length - 1])[0]))))],
    token,
  );
}

/** The token with other signed attributes, in the order of DER. */
function attributes(change: Change): Buffer {
  return signer((parts) => parts.toSpliced(3, 1, der(0xa0, ...change(partsOf(parts[3])).sort(Buffer.compare))));
}
