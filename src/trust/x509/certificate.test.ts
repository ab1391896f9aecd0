import { describe, expect, test } from 'vitest';
import { children, der, encodingOf, readDer } from '../../codec/der/index.ts';
import { LIMITS } from '../../limits.ts';
import {
  authorityKeyId,
  basicConstraints,
  type CertificateBend,
  type Extension,
  extendedKeyUsage,
  fulcioClaim,
  issueLeaf,
  keyUsage,
  type Certificate as Made,
  makeAuthority,
  makeCertificate,
  type Name,
  newKey,
  OID,
  type San,
  subjectAltName,
} from '../../testing/index.ts';
import { altNamesOf, certificatesFromPem, describeCertificate, fulcioClaims, issuerClaim, parseCertificate, publicKeyOf } from './index.ts';
import { ipText } from './ip.ts';

const NOW = new Date('2025-03-01T00:00:00Z');
const ct = { key: newKey() };
const ca = makeAuthority({ now: NOW, keyKind: 'p256' });
const leaf = (options: Parameters<typeof issueLeaf>[3] = {}) => issueLeaf(ca, ct, NOW, { scts: null, ...options });
const hex = (text: string) => Buffer.from(text.replace(/\s/g, ''), 'hex');
const withExtension = (id: string, value: Buffer, critical = false) =>
  leaf({ extensions: (list) => [...list.filter((e) => e.id !== id), { id, critical, value }] });
const bent = (bend: CertificateBend) => leaf({ bend });
const codeOf = (run: () => unknown): string => {
  try {
    run();
    return 'nothing';
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
};

describe('a certificate', () => {
  test('is read as views, with texts on demand', () => {
    const key = newKey();
    const made = leaf({
      key,
      subject: [
        ['C', 'DE'],
        ['O', 'Acme, "Inc" '],
        ['CN', '#\u202e\u0007'],
      ],
      basicConstraints: basicConstraints(false),
    });
    const read = parseCertificate(made.der);
    expect(Buffer.compare(read.der, made.der)).toBe(0);
    expect(read.subjectText).toBe('CN=\\#\\e2\\80\\ae\\07,O=Acme\\, \\"Inc\\"\\ ,C=DE');
    expect(read.issuerText).toBe('CN=virtual intermediate,O=virtual');
    expect(read.notAfter - read.notBefore).toBe(600_000);
    expect(read.basicConstraints).toEqual({ ca: false, pathLength: undefined });
    expect(read.extendedKeyUsage).toEqual([OID.codeSigning]);
    expect(read.fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(publicKeyOf(read)).toBe(publicKeyOf(read));
    expect(Buffer.compare(publicKeyOf(read).spki, key.spki)).toBe(0);
  });

  test('is read the same from a plain Uint8Array inside a larger one', () => {
    const { der } = leaf({ claims: new Map([[9, 'https://b.example']]) });
    const larger = new Uint8Array(der.length + 20);
    larger.set(der, 7);
    const read = parseCertificate(larger.subarray(7, 7 + der.length));
    expect(fulcioClaims(read).get('buildSignerURI')).toBe('https://b.example');
    expect(altNamesOf(read)).toHaveLength(1);
  });

  test('is named in reasons by what it has', () => {
    expect(describeCertificate(parseCertificate(leaf({ sans: [{ email: 'a@b.example' }] }).der))).toBe('certificate of a@b.example');
    expect(describeCertificate(parseCertificate(leaf({ sans: [], bend: { serial: 255 } }).der))).toBe(
      'certificate with the serial number 00ff',
    );
  });
});

describe('the form of a certificate: refused is', () => {
  test.each<[string, Made, string]>([
    ['version 1', bent({ version: 0 }), 'certificate-invalid'],
    ['version 2', bent({ version: 1 }), 'certificate-invalid'],
    ['version 4', bent({ version: 3 }), 'certificate-invalid'],
    ['another algorithm outside than inside', bent({ outerAlgorithm: hex('300a06082a8648ce3d040303') }), 'certificate-invalid'],
    ['the serial number zero', bent({ serial: 0 }), 'certificate-invalid'],
    ['a negative serial number', bent({ serial: hex('0201ff') }), 'certificate-invalid'],
    ['a serial number of 21 octets', bent({ serial: Buffer.concat([hex('0215'), Buffer.alloc(21, 0x41)]) }), 'certificate-invalid'],
    ['a serial number that is not the shortest', bent({ serial: hex('02020001') }), 'der-invalid'],
    ['an empty issuer', bent({ issuerName: [] }), 'certificate-invalid'],
    ['a time without seconds', bent({ validity: hex('301c 170b 323530333031303030305a 170d 3235303330323030303030305a') }), 'der-invalid'],
    [
      'a time with an offset',
      bent({ validity: hex('3022 1711 3235303330313030303030302b30313030 170d 3235303330323030303030305a') }),
      'der-invalid',
    ],
    [
      'the 30th of February',
      bent({ validity: hex('301e 170d 3235303233303030303030305a 170d 3235303330323030303030305a') }),
      'der-invalid',
    ],
    [
      'a third time',
      bent({ validity: hex('302d 170d 3235303330313030303030305a 170d 3235303330323030303030305a 170d 3235303330323030303030305a') }),
      'certificate-invalid',
    ],
    ['an extension twice', leaf({ extra: [extendedKeyUsage([OID.codeSigning])] }), 'certificate-invalid'],
    ['bytes after the end', bent({ bytes: (der) => Buffer.concat([der, Buffer.of(0)]) }), 'der-invalid'],
    ['a length that is not the shortest', bent({ bytes: (der) => Buffer.concat([hex('308300'), der.subarray(2)]) }), 'der-invalid'],
    ['an indefinite length', bent({ bytes: (der) => Buffer.concat([hex('3080'), der.subarray(4), hex('0000')]) }), 'der-invalid'],
    ['a CA flag that states its default', withExtension(OID.basicConstraints, hex('3003010100')), 'certificate-invalid'],
    ['a path length without the CA flag', withExtension(OID.basicConstraints, hex('3003020100')), 'certificate-invalid'],
    ['a negative path length', withExtension(OID.basicConstraints, hex('30060101ff0201ff')), 'der-invalid'],
    ['a boolean that is neither', withExtension(OID.basicConstraints, hex('3003010101')), 'der-invalid'],
    ['a key usage that is no bit string', withExtension(OID.keyUsage, hex('0401 80')), 'der-invalid'],
    ['an empty extended key usage', withExtension(OID.extendedKeyUsage, hex('3000')), 'certificate-invalid'],
    ['an empty list of names', withExtension(OID.subjectAltName, hex('3000')), 'certificate-invalid'],
    ['an empty name', withExtension(OID.subjectAltName, hex('30028600')), 'certificate-invalid'],
    ['a name with a NUL', leaf({ sans: [{ uri: 'https://good.example\0.evil.example' }] }), 'certificate-invalid'],
    ['a name with a line break', leaf({ sans: [{ email: 'good@example.com\n' }] }), 'certificate-invalid'],
    ['a name that is not ASCII', leaf({ sans: [{ dns: 'ex\u00e4mple.com' }] }), 'certificate-invalid'],
    ['a name of an unknown kind', leaf({ sans: [{ raw: hex('8900') }] }), 'certificate-invalid'],
    ['an IP address of five bytes', leaf({ sans: [{ ip: [1, 2, 3, 4, 5] }] }), 'certificate-invalid'],
    ['an OtherName of two values', leaf({ sans: [{ raw: hex('a00b 0603 2a0304 a000 a002 0500') }] }), 'certificate-invalid'],
    ["bytes after an extension's value", withExtension(OID.extendedKeyUsage, hex('300a06082b06010505070303 00')), 'der-invalid'],
    ['a key identifier that is no octet string', withExtension(OID.subjectKeyId, hex('0500')), 'der-invalid'],
    ['an authority key identifier of unknown parts', withExtension(OID.authorityKeyId, hex('3003830101')), 'certificate-invalid'],
  ])('%s', (_, made, code) => {
    expect(codeOf(() => parseCertificate(made.der))).toBe(code);
  });

  test.each<[string, (parts: Buffer[]) => Buffer[], string]>([
    ['nothing: the control', (p) => p, 'nothing'],
    ['unique identifiers, which nobody uses', (p) => p.toSpliced(7, 0, hex('81020001'), hex('82020001')), 'nothing'],
    ['unique identifiers in the wrong order', (p) => p.toSpliced(7, 0, hex('82020001'), hex('81020001')), 'certificate-invalid'],
    ['something after the extensions', (p) => [...p, hex('0500')], 'certificate-invalid'],
    ['extensions twice', (p) => [...p, p[7] ?? hex('')], 'certificate-invalid'],
    ['an empty list of extensions', (p) => [...p.slice(0, 7), hex('a3023000')], 'certificate-invalid'],
    ['two lists of extensions', (p) => [...p.slice(0, 7), hex('a30430003000')], 'certificate-invalid'],
    [
      'a critical flag that states its default',
      (p) => [...p.slice(0, 7), extensions(hex('300a 0603 2a0304 0101 00 0400'))],
      'certificate-invalid',
    ],
    ['a critical flag: the control', (p) => [...p.slice(0, 7), extensions(hex('300a 0603 2a0304 0101 ff 0400'))], 'nothing'],
    [
      'an extension with a fourth part',
      (p) => [...p.slice(0, 7), extensions(hex('300c 0603 2a0304 0101 ff 0400 0500'))],
      'certificate-invalid',
    ],
    ['an extension without a value', (p) => [...p.slice(0, 7), extensions(hex('3008 0603 2a0304 0101 ff'))], 'der-invalid'],
    ['a version of two values', (p) => [hex('a006020102020102'), ...p.slice(1)], 'certificate-invalid'],
    ['no version', (p) => p.slice(1), 'certificate-invalid'],
    ['no key', (p) => p.toSpliced(6, 1), 'der-invalid'],
    ['a name with an empty part', (p) => p.toSpliced(5, 1, hex('30023100')), 'certificate-invalid'],
    ['a name whose attribute has no value', (p) => p.toSpliced(5, 1, hex('3009 3107 3005 0603 550403')), 'certificate-invalid'],
    ['a name that is text', (p) => p.toSpliced(5, 1, hex('0c0141')), 'der-invalid'],
  ])('%s', (_, change, code) => {
    expect(codeOf(() => parseCertificate(rebuilt(leaf().der, change)))).toBe(code);
  });

  test('a fourth part beside the signature', () => {
    const [tbs, algorithm, signature] = children(readDer(leaf().der)).map(encodingOf);
    const outside = (...more: Buffer[]) => der(0x30, tbs ?? hex(''), algorithm ?? hex(''), signature ?? hex(''), ...more);
    expect(codeOf(() => parseCertificate(outside()))).toBe('nothing');
    expect(codeOf(() => parseCertificate(outside(hex('0500'))))).toBe('certificate-invalid');
  });

  test('one that is larger than any', () => {
    expect(codeOf(() => parseCertificate(Buffer.alloc(LIMITS.certificateBytes + 1)))).toBe('limit');
  });

  test('accepted are a serial number of 20 octets with a leading zero, and years far away', () => {
    expect(codeOf(() => parseCertificate(bent({ serial: Buffer.concat([hex('021500'), Buffer.alloc(20, 0x81)]) }).der))).toBe('nothing');
    const forever = makeCertificate({ ...parts(), notAfter: new Date('9999-12-31T23:59:59Z') });
    expect(parseCertificate(forever.der).notAfter).toBe(Date.parse('9999-12-31T23:59:59Z'));
    const old = makeCertificate({ ...parts(), notBefore: new Date('1950-01-01T00:00:00Z') });
    expect(parseCertificate(old.der).notBefore).toBe(Date.parse('1950-01-01T00:00:00Z'));
  });
});

describe('alternative names', () => {
  const names = (...sans: San[]) => altNamesOf(parseCertificate(leaf({ sans }).der));

  test('keep their order and kinds', () => {
    const subject: Name = [['CN', 'x']];
    expect(
      names(
        { email: 'a@b.example' },
        { uri: 'https://x' },
        { directory: subject },
        { dns: 'd.example' },
        { ip: [10, 0, 0, 1] },
        { other: 'Ünïcode' },
        { other: 'upn', oid: '1.3.6.1.4.1.311.20.2.3' },
      ),
    ).toEqual([
      { kind: 'email', value: 'a@b.example' },
      { kind: 'uri', value: 'https://x' },
      { kind: 'dns', value: 'd.example' },
      { kind: 'ip', value: '10.0.0.1' },
      { kind: 'other', value: 'Ünïcode' },
    ]);
  });

  test("of Fulcio's own kind are UTF8Strings without control characters", () => {
    expect(codeOf(() => names({ other: 'a\nb' }))).toBe('certificate-invalid');
    expect(codeOf(() => names({ other: '' }))).toBe('certificate-invalid');
    const ia5 = hex('a011 060a 2b0601040183bf300107 a003 160161');
    expect(codeOf(() => names({ raw: ia5 }))).toBe('der-invalid');
  });

  test.each([
    ['20010db8000000000000000000000001', '2001:db8::1'],
    ['00000000000000000000000000000000', '::'],
    ['00000000000000000000ffff0a000001', '10.0.0.1'],
    ['20010db8000100000002000000000003', '2001:db8:1:0:2::3'],
    ['20010db8000100020003000400050006', '2001:db8:1:2:3:4:5:6'],
    ['20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['fe800000000000000000000000000000', 'fe80::'],
  ])('write the IP address %s as %s', (bytes, text) => {
    expect(ipText(hex(bytes))).toBe(text);
  });
});

describe("Fulcio's claims", () => {
  const claims =
    (...extra: Extension[]) =>
    () =>
      fulcioClaims(parseCertificate(leaf({ issuer: null, extra }).der));

  test('have their names', () => {
    const all = new Map(Array.from({ length: 23 }, (_, i) => [i + 2, `value ${i + 2}`] as const).filter(([n]) => n !== 7 && n !== 8));
    const found = fulcioClaims(parseCertificate(leaf({ claims: all }).der));
    expect([...found.keys()]).toEqual([
      'issuer',
      ...['githubWorkflowTrigger', 'githubWorkflowSHA', 'githubWorkflowName', 'githubWorkflowRepository', 'githubWorkflowRef'],
      ...[
        'buildSignerURI',
        'buildSignerDigest',
        'runnerEnvironment',
        'sourceRepositoryURI',
        'sourceRepositoryDigest',
        'sourceRepositoryRef',
      ],
      ...[
        'sourceRepositoryIdentifier',
        'sourceRepositoryOwnerURI',
        'sourceRepositoryOwnerIdentifier',
        'buildConfigURI',
        'buildConfigDigest',
        'buildTrigger',
      ],
      ...['runInvocationURI', 'sourceRepositoryVisibilityAtSigning', 'deploymentEnvironment', 'tokenSubject'],
    ]);
    expect(found.get('githubWorkflowSHA')).toBe('value 3');
    expect(found.get('tokenSubject')).toBe('value 24');
  });

  test('state one issuer, from the newer extension or the older', () => {
    const issuer = (...extra: Extension[]) => issuerClaim(parseCertificate(leaf({ issuer: null, extra }).der));
    expect(issuer()).toBeUndefined();
    expect(issuer(fulcioClaim(1, 'https://a'))).toBe('https://a');
    expect(issuer(fulcioClaim(8, 'https://a'))).toBe('https://a');
    expect(issuer(fulcioClaim(1, 'https://a'), fulcioClaim(8, 'https://a'))).toBe('https://a');
    expect(codeOf(() => issuer(fulcioClaim(1, 'https://a'), fulcioClaim(8, 'https://b')))).toBe('certificate-invalid');
  });

  test('are refused when they are malformed', () => {
    expect(codeOf(claims(fulcioClaim(11, 'x', 'raw')))).toBe('certificate-invalid');
    expect(codeOf(claims(fulcioClaim(11, 'x', 'ia5')))).toBe('certificate-invalid');
    expect(codeOf(claims({ ...fulcioClaim(11, 'x'), value: hex('0c02ff41') }))).toBe('certificate-invalid');
    expect(codeOf(claims({ ...fulcioClaim(11, 'x'), value: hex('0c01410c0141') }))).toBe('certificate-invalid');
    expect(codeOf(claims({ ...fulcioClaim(3, 'x'), value: hex('ff') }))).toBe('certificate-invalid');
    expect(codeOf(claims(fulcioClaim(8, 'x', 'raw')))).toBe('certificate-invalid');
    expect(claims({ ...fulcioClaim(11, 'x'), value: hex('0c03efbfbd') })().get('runnerEnvironment')).toBe('\ufffd');
  });
});

describe('PEM', () => {
  test('holds certificates only, and not too many', () => {
    expect(certificatesFromPem(`words\n${ca.root.pem}${ca.issuing.pem}`, 'chain')).toHaveLength(2);
    expect(codeOf(() => certificatesFromPem('', 'chain'))).toBe('pem-invalid');
    expect(codeOf(() => certificatesFromPem(ca.root.key.spkiPem, 'chain'))).toBe('pem-invalid');
    expect(codeOf(() => certificatesFromPem(ca.root.pem.repeat(LIMITS.chainCertificates + 1), 'chain'))).toBe('limit');
    expect(certificatesFromPem(ca.root.pem.repeat(LIMITS.chainCertificates + 1), 'roots', { max: 100 })).toHaveLength(
      LIMITS.chainCertificates + 1,
    );
  });
});

function parts() {
  const key = newKey();
  const extensions = [keyUsage(['digitalSignature']), authorityKeyId(key), subjectAltName([{ dns: 'x.example' }])];
  return { subject: [['CN', 'x']] as const, key, notBefore: NOW, notAfter: new Date('2026-01-01T00:00:00Z'), extensions };
}

/** A certificate with other parts in its content; its signature is no longer one, which parsing does not ask. */
function rebuilt(certificate: Buffer, change: (parts: Buffer[]) => Buffer[]): Buffer {
  const [tbs, ...rest] = children(readDer(certificate));
  const inside = tbs === undefined ? [] : children(tbs).map((part) => Buffer.from(encodingOf(part)));
  return der(0x30, der(0x30, ...change(inside)), ...rest.map(encodingOf));
}

function extensions(...list: Buffer[]): Buffer {
  return der(0xa3, der(0x30, ...list));
}
