/** Certificates, lists and answers that `openssl ca` and `openssl ocsp` made. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as pkijs from 'pkijs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Certificate } from '../../../src/trust/index.ts';
import { entryOf } from '../../../src/trust/revocation/crl/entry.ts';
import {
  checkRevocation,
  combineRevocation,
  createRevocationCache,
  fileRevocation,
  networkRevocation,
  parseOcspAnswer,
  parseRevocationList,
  type RevocationSource,
} from '../../../src/trust/revocation/index.ts';
import { HAS_OPENSSL, type OpensslAuthority, opensslAuthority, type Responder, stamp } from './openssl.ts';
import { memorySource, serve } from './sources.ts';

const DAY = 86_400_000;
const LIST = 'http://lists.test/ca.crl';
const DELTA = 'http://lists.test/delta.crl';
const OCSP = 'http://ocsp.test/';
const POINT = `crlDistributionPoints=URI:${LIST}`;
const ACCESS = `authorityInfoAccess=OCSP;URI:${OCSP}`;

describe.runIf(HAS_OPENSSL)('revocation by openssl (skipped where openssl is missing)', () => {
  let ca: OpensslAuthority;
  let twin: OpensslAuthority;
  let other: OpensslAuthority;
  const certificates = new Map<string, Certificate>();
  const of = (name: string): Certificate => certificates.get(name) as Certificate;

  beforeAll(() => {
    ca = opensslAuthority('Test CA');
    twin = opensslAuthority('Test CA');
    other = opensslAuthority('Other CA');
    const make = (name: string, ...extensions: string[]): void => {
      certificates.set(name, ca.issue(name, extensions));
    };
    for (const name of ['good', 'revoked', 'held', 'compromised', 'new']) make(name, POINT, ACCESS);
    make('listed', POINT);
    make('asked', ACCESS);
    make('plain');
    make('authority', POINT, 'basicConstraints=critical,CA:TRUE');
    make('fresh', POINT, `freshestCRL=URI:${DELTA}`);
    make('two', 'crlDistributionPoints=URI:http://lists.test/a.crl,URI:http://lists.test/b.crl');
    make('ldap', 'crlDistributionPoints=URI:ldap://lists.test/ca,URI:https://lists.test/ca.crl');
    make('responder', 'extendedKeyUsage=OCSPSigning', 'noCheck=ignored');
    make('responder-listed', 'extendedKeyUsage=OCSPSigning', POINT);
    make('responder-revoked', 'extendedKeyUsage=OCSPSigning', POINT);
    make('responder-purpose', 'extendedKeyUsage=codeSigning');
    make('responder-usage', 'extendedKeyUsage=OCSPSigning', 'keyUsage=critical,keyAgreement');
    certificates.set(
      'responder-late',
      ca.issue('responder-late', ['extendedKeyUsage=OCSPSigning', 'noCheck=ignored'], '-enddate', stamp(3 * 3600)),
    );
    certificates.set('foreign', twin.issue('foreign', ['extendedKeyUsage=OCSPSigning', 'noCheck=ignored']));
    ca.revoke('revoked', '-crl_reason', 'superseded');
    ca.revoke('held', '-crl_hold', '1.2.840.10040.2.2');
    ca.revoke('compromised', '-crl_compromise', '20260101000000Z');
    ca.revoke('responder-revoked');
  });
  afterAll(() => {
    for (const it of [ca, twin, other]) it.remove();
  });

  interface Told {
    readonly crl?: Readonly<Record<string, Uint8Array>>;
    readonly ocsp?: Uint8Array;
    readonly at?: number;
    readonly signedAt?: number;
    readonly source?: RevocationSource;
  }
  async function check(name: string, told: Told = {}) {
    const source = told.source ?? memorySource({ crl: told.crl ?? {}, ocsp: told.ocsp === undefined ? {} : { [OCSP]: told.ocsp } });
    const now = Date.now() + (told.at ?? 0);
    const [leaf, root] = await checkRevocation([of(name), ca.root], {
      source,
      now,
      ...(told.signedAt === undefined ? {} : { signedAt: told.signedAt }),
    });
    expect(root?.status).toBe('not-revocable');
    return { status: leaf?.status, reason: leaf?.reason ?? '', at: leaf?.at };
  }

  describe('lists', () => {
    const listed = (list: Uint8Array, more: Told = {}): Told => ({ crl: { [LIST]: list }, ...more });

    test('what is not listed is good, what is listed is revoked, with reason and time', async () => {
      const list = ca.list();
      expect(await check('good', listed(list))).toMatchObject({ status: 'good' });
      const revoked = await check('revoked', listed(list));
      expect(revoked).toMatchObject({ status: 'revoked', reason: expect.stringMatching(/superseded.*lists\.test/) });
      expect(Math.abs((revoked.at?.getTime() ?? 0) - Date.now())).toBeLessThan(DAY);
      expect(await check('held', listed(list))).toMatchObject({ status: 'revoked', reason: expect.stringContaining('hold') });
      expect(await check('plain', listed(list))).toMatchObject({ status: 'not-revocable' });
    });

    test('a signature from before the invalidity date stays good, and only with a proven time', async () => {
      const list = ca.list();
      const before = Date.parse('2025-12-31T00:00:00Z');
      expect(await check('compromised', listed(list))).toMatchObject({ status: 'revoked' });
      expect(await check('compromised', listed(list, { signedAt: before }))).toMatchObject({ status: 'good' });
      expect(await check('compromised', listed(list, { signedAt: Date.parse('2026-01-01T00:00:00Z') }))).toMatchObject({
        status: 'revoked',
      });
      // A superseded list may have been followed by one with an earlier date.
      expect(await check('compromised', listed(list, { signedAt: before, at: 2 * DAY }))).toMatchObject({ status: 'unknown' });
      // Without an invalidity date the time of the revocation makes no difference.
      expect(await check('revoked', listed(list, { signedAt: before }))).toMatchObject({ status: 'revoked' });
    });

    test('a superseded list proves an end, and nothing else', async () => {
      const list = ca.list({ lastUpdate: stamp(-7200), nextUpdate: stamp(-3600) });
      expect(await check('listed', listed(list))).toMatchObject({ status: 'unknown', reason: expect.stringContaining('it held until') });
      expect(await check('revoked', listed(list))).toMatchObject({ status: 'revoked' });
      expect(await check('held', listed(list))).toMatchObject({ status: 'unknown' });
    });

    test.each<[string, () => Uint8Array, string]>([
      ['by another authority', () => ca.list({ signer: other.folder }), 'it is not by'],
      ['by an authority of the same name with another key', () => ca.list({ signer: twin.folder }), 'it is not signed by'],
      ['of the future', () => ca.list({ lastUpdate: stamp(3600), nextUpdate: stamp(7200) }), 'of the future'],
      [
        'of another distribution point',
        () => ca.list({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'fullname=URI:http://lists.test/other.crl'] }),
        'another distribution point',
      ],
      [
        'relative to a name',
        () => ca.list({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'relativename=r', '[r]', 'CN=part'] }),
        'another distribution point',
      ],
      [
        'about authorities',
        () => ca.list({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'onlyCA=TRUE'] }),
        'about authorities only',
      ],
      [
        'about attribute certificates',
        () => ca.list({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'onlyAA=TRUE'] }),
        'attribute certificates',
      ],
      ['that is indirect', () => ca.list({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'indirectCRL=TRUE'] }), 'indirect'],
      [
        'about some reasons',
        () => ca.list({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'onlysomereasons=keyCompromise,CACompromise'] }),
        'all reasons',
      ],
      ['with a critical extension', () => ca.list({ extensions: ['1.2.3.4=critical,ASN1:NULL'] }), '1.2.3.4'],
      ['that is a delta', () => ca.list({ number: 2, extensions: ['2.5.29.27=critical,ASN1:INTEGER:1'] }), 'only a delta'],
      ['cut off', () => ca.list().subarray(0, -1), 'cannot be read'],
      ['that is none', () => Buffer.from('<html>'), 'cannot be read'],
    ])('a list %s says nothing', async (_, list, reason) => {
      expect(await check('listed', listed(list()))).toMatchObject({ status: 'unknown', reason: expect.stringContaining(reason) });
    });

    test.each(['URI:http://lists.test/ca.crl', 'URI:http://elsewhere.test/x,URI:http://lists.test/ca.crl'])(
      'a list of this distribution point (%s) counts',
      async (names) => {
        const list = ca.list({ extensions: ['issuingDistributionPoint=critical,@p', '[p]', `fullname=${names}`, 'onlyuser=TRUE'] });
        expect(await check('listed', listed(list))).toMatchObject({ status: 'good' });
        expect(await check('authority', listed(list))).toMatchObject({
          status: 'unknown',
          reason: expect.stringContaining('not about authorities'),
        });
      },
    );

    test('a list with a flipped bit anywhere never says good', async () => {
      const list = ca.list();
      for (let i = 0; i < list.length; i += 1) {
        const bent = Buffer.from(list);
        bent[i] = (bent[i] ?? 0) ^ (1 << (i % 8));
        expect((await check('revoked', listed(bent))).status, `byte ${i}`).toBe('unknown');
      }
    });

    test('every distribution point has to answer', async () => {
      const list = ca.list();
      const [a, b] = ['http://lists.test/a.crl', 'http://lists.test/b.crl'];
      expect(await check('two', { crl: { [a]: list, [b]: list } })).toMatchObject({ status: 'good' });
      expect(await check('two', { crl: { [a]: list } })).toMatchObject({ status: 'unknown', reason: `${b}: the server is down` });
    });

    test('only http is asked', async () => {
      const source = memorySource({});
      expect(await check('ldap', { source })).toMatchObject({ status: 'unknown', reason: expect.stringContaining('no http address') });
      expect(source.asked).toEqual([]);
    });

    test('entries are those that pkijs reads', () => {
      const der = ca.list();
      const theirs = pkijs.CertificateRevocationList.fromBER(Buffer.from(der));
      const ours = parseRevocationList(der);
      expect(ours.thisUpdate).toBe(theirs.thisUpdate.value.getTime());
      expect(ours.nextUpdate).toBe(theirs.nextUpdate?.value.getTime());
      expect(theirs.revokedCertificates).toHaveLength(4);
      for (const [name, certificate] of certificates) {
        if (name === 'foreign') continue;
        const judged = theirs.isCertificateRevoked(pkijs.Certificate.fromBER(Buffer.from(certificate.der)));
        expect(entryOf(ours, certificate.serial) !== undefined, name).toBe(judged);
      }
    });
  });

  describe('deltas', () => {
    const freshest = `freshestCRL=URI:${DELTA}`;
    const indicator = (n: number): string => `2.5.29.27=critical,ASN1:INTEGER:${n}`;
    const line = (name: string, how: string): string => `R\t301231000000Z\t260601000000Z${how}\t${serialOf(name)}\tunknown\t/CN=${name}\n`;
    const serialOf = (name: string): string => Buffer.from(of(name).serial).toString('hex').toUpperCase();
    function delta(
      lines: readonly string[],
      parts: { number?: number; base?: number; nextUpdate?: string; extensions?: string[] } = {},
    ): Buffer {
      ca.database('delta.txt');
      writeFileSync(ca.at('delta.txt'), lines.join(''));
      const { number = 6, base = 4, extensions = [], nextUpdate } = parts;
      return ca.list({
        database: 'delta.txt',
        number,
        extensions: [indicator(base), ...extensions],
        ...(nextUpdate === undefined ? {} : { nextUpdate, lastUpdate: stamp(-7200) }),
      });
    }
    const both = (base: Uint8Array, delta: Uint8Array): Told => ({ crl: { [LIST]: base, [DELTA]: delta } });

    test('a delta adds revocations, holds and removals', async () => {
      const base = ca.list({ number: 5, extensions: [freshest] });
      expect(await check('listed', both(base, delta([])))).toMatchObject({ status: 'good' });
      expect(await check('listed', both(base, delta([line('listed', ',keyCompromise')])))).toMatchObject({ status: 'revoked' });
      expect(await check('listed', both(base, delta([line('listed', ',holdInstruction,1.2.840.10040.2.2')])))).toMatchObject({
        status: 'revoked',
      });
      expect(await check('held', both(base, delta([])))).toMatchObject({ status: 'revoked' });
      expect(await check('held', both(base, delta([line('held', ',removeFromCRL')])))).toMatchObject({
        status: 'good',
        reason: expect.stringContaining('removed'),
      });
      // What is revoked for good cannot be taken back.
      expect(await check('revoked', both(base, delta([line('revoked', ',removeFromCRL')])))).toMatchObject({ status: 'revoked' });
    });

    test('a delta that the certificate names is asked for too', async () => {
      const base = ca.list({ number: 5 });
      expect(await check('fresh', both(base, delta([line('fresh', '')])))).toMatchObject({ status: 'revoked' });
      expect(await check('fresh', { crl: { [LIST]: base } })).toMatchObject({ status: 'unknown' });
    });

    test.each<[string, () => Buffer | undefined, string]>([
      ['is not there', () => undefined, 'the server is down'],
      ['is complete', () => ca.list({ number: 6 }), 'it is no delta'],
      ['adds to a later list', () => delta([], { base: 6 }), 'it adds to list 6'],
      ['is older than the list', () => delta([], { number: 4, base: 3 }), 'older than the list'],
      ['is superseded', () => delta([], { nextUpdate: stamp(-3600) }), 'it held until'],
      [
        'has another scope',
        () => delta([], { extensions: ['issuingDistributionPoint=critical,@p', '[p]', 'onlyuser=TRUE'] }),
        'another scope',
      ],
    ])('without a delta that fits, nothing is good: it %s', async (_, make, reason) => {
      const list = make();
      const base = ca.list({ number: 5, extensions: [freshest] });
      const told = { crl: { [LIST]: base, ...(list === undefined ? {} : { [DELTA]: list }) } };
      expect(await check('listed', told)).toMatchObject({ status: 'unknown', reason: expect.stringContaining(reason) });
      expect(await check('revoked', told)).toMatchObject({ status: 'revoked' });
    });

    test('a removal in a complete list is no answer', async () => {
      ca.database('removed.txt');
      writeFileSync(ca.at('removed.txt'), line('listed', ',removeFromCRL'));
      expect(await check('listed', { crl: { [LIST]: ca.list({ database: 'removed.txt' }) } })).toMatchObject({ status: 'unknown' });
    });
  });

  describe('answers', () => {
    test.each(['root', 'responder'])('good and revoked, signed by the %s', async (signer) => {
      expect(await check('asked', { ocsp: ca.answer('asked', signer) })).toMatchObject({
        status: 'good',
        reason: expect.stringContaining(OCSP),
      });
      const revoked = await check('revoked', { ocsp: ca.answer('revoked', signer) });
      expect(revoked).toMatchObject({ status: 'revoked', reason: expect.stringContaining('superseded') });
      expect(revoked.at).toBeInstanceOf(Date);
    });

    test('named by its key, named with SHA-256', async () => {
      expect(await check('asked', { ocsp: ca.answer('asked', 'responder', '-ndays', '1', '-resp_key_id') })).toMatchObject({
        status: 'good',
      });
      ca.openssl('ocsp', '-sha256', '-issuer', 'root.pem', '-cert', 'asked.pem', '-reqout', 'request.der', '-no_nonce');
      ca.openssl(
        'ocsp',
        '-index',
        'index.txt',
        '-CA',
        'root.pem',
        '-rsigner',
        'root.pem',
        '-rkey',
        'root.key',
        '-reqin',
        'request.der',
        '-respout',
        'answer256.der',
        '-ndays',
        '1',
      );
      mkdirSync(ca.at('sha256'), { recursive: true });
      writeFileSync(ca.at(join('sha256', 'a.ocsp')), readFileSync(ca.at('answer256.der')));
      expect(await check('asked', { source: fileRevocation(ca.at('sha256')) })).toMatchObject({ status: 'good' });
    });

    test('an invalidity date counts as in lists', async () => {
      const ocsp = ca.answer('compromised');
      expect(await check('compromised', { ocsp })).toMatchObject({ status: 'revoked' });
      expect(await check('compromised', { ocsp, signedAt: Date.parse('2025-12-31T00:00:00Z') })).toMatchObject({ status: 'good' });
    });

    test.each<[string, () => Uint8Array, number, string]>([
      ['about another certificate', () => ca.answer('good'), 0, 'another certificate'],
      ['that is superseded', () => ca.answer('asked'), 2 * DAY, 'it held until'],
      ['of the future', () => ca.answer('asked'), -3_600_000, 'of the future'],
      ['without an end', () => ca.answer('asked', 'root', '-resp_no_certs'), 0, 'does not say until when'],
      ['signed by a certificate for another purpose', () => ca.answer('asked', 'responder-purpose'), 0, 'not for OCSP signing'],
      ['signed by a certificate of another usage', () => ca.answer('asked', 'responder-usage'), 0, 'key usage'],
      ['signed by a certificate that has ended', () => ca.answer('asked', 'responder-late'), 4 * 3_600_000, 'is valid from'],
      ['signed by a certificate that is revoked', () => ca.answer('asked', 'responder-revoked'), 0, 'revoked at'],
      [
        'signed by a responder that it does not bring along',
        () => ca.answer('asked', 'responder', '-ndays', '1', '-resp_no_certs'),
        0,
        'neither',
      ],
      ['whose signature is bent', () => ca.answer('asked', 'root', '-ndays', '1', '-badsig'), 0, 'does not match'],
      ['signed with SHA-1', () => ca.answer('asked', 'root', '-ndays', '1', '-rmd', 'sha1'), 0, 'not accepted'],
      ['signed by itself', () => ca.answer('asked', 'asked'), 0, 'not for OCSP signing'],
      ['that refuses: unauthorized', () => Buffer.from('30030a0106', 'hex'), 0, 'unauthorized'],
      ['that refuses: try later', () => Buffer.from('30030a0103', 'hex'), 0, 'try later'],
      ['that says nothing', () => Buffer.alloc(0), 0, 'cannot be read'],
    ])('an answer %s says nothing', async (_, answer, at, reason) => {
      const crl = { [LIST]: ca.list() };
      expect(await check('asked', { ocsp: answer(), at, crl })).toMatchObject({
        status: 'unknown',
        reason: expect.stringContaining(reason),
      });
    });

    test('an answer by a responder of an authority of the same name says nothing', async () => {
      for (const file of ['foreign.pem', 'foreign.key', 'root.pem', 'root.key'])
        writeFileSync(ca.at(`twin-${file}`), twin.openssl(file.endsWith('.key') ? 'pkey' : 'x509', '-in', file));
      for (const signer of ['twin-foreign', 'twin-root'])
        expect(await check('asked', { ocsp: ca.answer('asked', signer) })).toMatchObject({
          status: 'unknown',
          reason: expect.stringContaining('neither'),
        });
    });

    test("a responder's own certificate is looked up in lists, unless it says that it need not be", async () => {
      const ocsp = ca.answer('asked', 'responder-listed');
      expect(await check('asked', { ocsp, crl: { [LIST]: ca.list() } })).toMatchObject({ status: 'good' });
      expect(await check('asked', { ocsp })).toMatchObject({ status: 'unknown', reason: expect.stringContaining('responder-listed') });
    });

    test('an unknown certificate, and a responder that is down, leave it to the lists', async () => {
      writeFileSync(ca.at('empty.txt'), '');
      ca.openssl('ocsp', '-issuer', 'root.pem', '-cert', 'good.pem', '-reqout', 'request.der', '-no_nonce');
      ca.openssl(
        'ocsp',
        '-index',
        'empty.txt',
        '-CA',
        'root.pem',
        '-rsigner',
        'root.pem',
        '-rkey',
        'root.key',
        '-reqin',
        'request.der',
        '-respout',
        'unknown.der',
        '-ndays',
        '1',
      );
      const ocsp = readFileSync(ca.at('unknown.der'));
      expect(await check('good', { ocsp })).toMatchObject({
        status: 'unknown',
        reason: expect.stringMatching(/does not know.*the server is down/),
      });
      expect(await check('good', { ocsp, crl: { [LIST]: ca.list() } })).toMatchObject({ status: 'good' });
      expect(await check('good', { crl: { [LIST]: ca.list() } })).toMatchObject({ status: 'good' });
      expect(await check('revoked', { crl: { [LIST]: ca.list() } })).toMatchObject({ status: 'revoked' });
    });

    test('an answer with a flipped bit anywhere never says good', async () => {
      const answer = ca.answer('asked', 'responder');
      // What follows the signature's content and is not signed: the certificates, whose own signature is checked.
      for (let i = 0; i < answer.length; i += 3) {
        const bent = Buffer.from(answer);
        bent[i] = (bent[i] ?? 0) ^ (1 << (i % 8));
        expect((await check('asked', { ocsp: bent })).status, `byte ${i}`).toBe('unknown');
      }
    });

    test('statuses are those that pkijs reads', async () => {
      for (const [name, status] of [
        ['asked', 0],
        ['revoked', 1],
      ] as const) {
        const der = ca.answer(name);
        const ours = parseOcspAnswer(der);
        const theirs = pkijs.OCSPResponse.fromBER(Buffer.from(der));
        const [certificate, issuer] = [of(name), ca.root].map((c) => pkijs.Certificate.fromBER(Buffer.from(c.der)));
        if (certificate === undefined || issuer === undefined) throw new Error('no certificate');
        expect(await theirs.getCertificateStatus(certificate, issuer)).toEqual({ isForCertificate: true, status });
        expect(ours.singles.map((single) => single.status)).toEqual([status === 0 ? 'good' : 'revoked']);
      }
    });
  });

  describe('over http', () => {
    let responder: Responder;
    const network = networkRevocation({ env: {} });
    beforeAll(async () => {
      responder = await ca.respond('responder');
    });
    afterAll(async () => {
      await responder.stop();
      await network.close();
    });

    test('a responder and a server of lists', async () => {
      const files = new Map<string, Buffer>();
      const asked: string[] = [];
      const server = await serve((request, response) => {
        asked.push(`${request.method} ${request.url}`);
        const bytes = files.get(request.url ?? '');
        response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
      });
      try {
        const point = `crlDistributionPoints=URI:${server.url}/ca.crl`;
        const access = `authorityInfoAccess=OCSP;URI:http://127.0.0.1:${responder.port}`;
        const live = ca.issue('live', [point, access]);
        const dead = ca.issue('dead', [point, access]);
        const silent = ca.issue('silent', [point, `authorityInfoAccess=OCSP;URI:${server.url}/nothing`]);
        ca.revoke('dead', '-crl_reason', 'keyCompromise');
        files.set('/ca.crl', ca.list());
        const source = combineRevocation(network);
        const cache = createRevocationCache();
        const look = async (certificate: Certificate, now = Date.now()) =>
          (await checkRevocation([certificate, ca.root], { source, now, cache }))[0];
        // It reads its database when it starts.
        await responder.stop();
        responder = await ca.respond('responder', responder.port);
        expect(await look(live)).toMatchObject({ status: 'good', reason: expect.stringContaining(`:${responder.port}`) });
        expect(await look(dead)).toMatchObject({ status: 'revoked', reason: expect.stringContaining('key compromise') });
        expect(asked).toEqual([]);
        expect(await look(silent)).toMatchObject({ status: 'good', reason: expect.stringContaining('/ca.crl') });
        expect(asked.map((line) => line.slice(0, 12))).toEqual(['GET /nothing', 'GET /ca.crl']);
        // The finding is kept; then, for another certificate, the list.
        expect(await look(silent)).toMatchObject({ status: 'good' });
        expect(asked).toHaveLength(2);
        const second = ca.issue('second', [point]);
        expect(await look(second)).toMatchObject({ status: 'good' });
        expect(asked).toHaveLength(2);
        // After the next update all is asked for again, and the old list is none.
        expect(await look(second, Date.now() + 2 * DAY)).toMatchObject({ status: 'unknown' });
        expect(asked).toHaveLength(3);
      } finally {
        await server.close();
      }
    });

    test('a long request is posted', async () => {
      ca.openssl(
        'ocsp',
        '-issuer',
        'root.pem',
        ...['good', 'revoked', 'held', 'asked'].flatMap((name) => ['-cert', `${name}.pem`]),
        '-reqout',
        'long.der',
        '-no_nonce',
      );
      const request = readFileSync(ca.at('long.der'));
      const answer = parseOcspAnswer(await network.ocsp(`http://127.0.0.1:${responder.port}/`, request));
      expect(answer.singles.map(({ status }) => status)).toEqual(['good', 'revoked', 'revoked', 'good']);
    });
  });
});
