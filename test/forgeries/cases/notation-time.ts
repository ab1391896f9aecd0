/** When Notary Project signatures were made, and whether their certificates held. */
import { utf8 } from '../../../src/bytes/index.ts';
import { implicit, seq, tagged } from '../../../src/testing/authority/encode.ts';
import { type Extension, keyUsage, makeNotaryAuthority, makeTimestampAuthority, OID } from '../../../src/testing/index.ts';
import type { Facts, RevocationAnswer } from '../../../src/verify/request.ts';
import type { Ask } from '../case.ts';
import {
  ago,
  BY_AUTHORITY,
  GONE,
  type Make,
  notationTable,
  now,
  ours,
  parsed,
  policy,
  STAMPED,
  STRICT,
  stamp,
  strangeTsa,
  tsa,
  WITH_TSA,
} from './notation-lab.ts';

const { cases, controls, forgeries } = notationTable('notation-time');
/** Its rows. */
export const notationTimeCases = cases;

// --- when ---
forgeries('a signature that expired an hour ago', 'notation-expiry', 'expired', () => [{ at: ago(2), expiry: ago(1 / 24) }]);
forgeries('a signature that expires now', 'notation-expiry', 'expired', () => [{ at: ago(2), expiry: now }]);
forgeries('a certificate that has expired', 'notation-time', 'expired', () => [{ leaf: GONE, at: ago(30) }]);
forgeries('a certificate of the future', 'notation-time', 'expired', () => [{ leaf: { notBefore: ago(-1), notAfter: ago(-9) } }]);
forgeries('a root that has expired', 'notation-time', 'expired', () => {
  const by = makeNotaryAuthority({ name: 'old', now, notAfter: ago(1) });
  return [{ by }, { notation: [policy({ roots: [by.root] })] }];
});
forgeries('a signing authority that signed after the certificate had expired', 'notation-time', 'expired', () => [
  { scheme: 'notary.x509.signingAuthority', leaf: GONE, at: ago(5) },
  { notation: [BY_AUTHORITY] },
]);
controls('a timestamp inside the life of an expired certificate', () => [STAMPED, { notation: [WITH_TSA] }]);
const LATER = { ...WITH_TSA, verifyTimestamp: 'afterCertExpiry' } as const;
controls('no timestamp where one is asked for after expiry only', () => [{}, { notation: [LATER] }]);
controls('a timestamp where one is asked for after expiry only', () => [STAMPED, { notation: [LATER] }]);
controls('a useless timestamp that nobody asks for', () => [{ timestamp: stamp(30, strangeTsa) }]);
forgeries('no timestamp where one is asked for', 'timestamp', 'untrusted', () => [{}, { notation: [WITH_TSA] }]);
forgeries('no timestamp where one is asked for after expiry', 'timestamp', 'untrusted', () => [
  { leaf: GONE, at: ago(30) },
  { notation: [LATER] },
]);
forgeries('a timestamp by an unknown authority', 'notation-timestamp', 'untrusted', () => [
  { ...STAMPED, timestamp: stamp(30, strangeTsa) },
  { notation: [WITH_TSA] },
]);
forgeries('a timestamp of other bytes', 'timestamp-imprint', 'invalid', () => [
  { ...STAMPED, timestamp: { ...stamp(30), over: utf8('other') } },
  { notation: [WITH_TSA] },
]);
forgeries('a timestamp from after the certificate', 'notation-time', 'expired', () => [
  { ...STAMPED, timestamp: stamp(5) },
  { notation: [WITH_TSA] },
]);
forgeries('a timestamp from before the certificate', 'notation-time', 'expired', () => [
  { ...STAMPED, timestamp: stamp(70) },
  { notation: [WITH_TSA] },
]);
forgeries('a timestamp whose inaccuracy reaches beyond the certificate', 'notation-time', 'expired', () => [
  { ...STAMPED, timestamp: { tsa, at: new Date(GONE.notAfter.getTime() - 500) } },
  { notation: [WITH_TSA] },
]);
forgeries('a timestamp that is none', 'timestamp', 'invalid', () => [
  { ...STAMPED, timestamp: { ...stamp(30), bend: { contentType: '1.2.3' } } },
  { notation: [WITH_TSA] },
]);
forgeries('a timestamp authority in the store of code signers', 'notation-timestamp', 'untrusted', () => [
  STAMPED,
  { notation: [policy({ stores: { ca: parsed([ours.root, ...tsa.chain.slice(-1)]), signingAuthority: [], tsa: [] } })] },
]);

const tsaWith =
  (name: string, change: (usual: readonly Extension[]) => readonly Extension[]): Make =>
  () => {
    const by = makeTimestampAuthority({ name, now, leafExtensions: change });
    const stores = { ca: parsed([ours.root]), signingAuthority: [], tsa: parsed(by.chain.slice(-1)) };
    return [{ ...STAMPED, timestamp: stamp(30, by) }, { notation: [policy({ stores })] }];
  };
const butUsage = (usual: readonly Extension[]) => usual.filter((e) => e.id !== OID.keyUsage);
forgeries('a timestamp authority without key usage', 'notation-timestamp-chain', 'invalid', tsaWith('no usage tsa', butUsage));
forgeries(
  'a timestamp authority whose key encrypts too',
  'notation-timestamp-chain',
  'invalid',
  tsaWith('wide tsa', (usual) => [...butUsage(usual), keyUsage(['digitalSignature', 'keyEncipherment'])]),
);

// --- revocation ---
const LISTED: Extension = { id: '2.5.29.31', value: seq(seq(tagged(0, tagged(0, implicit(6, utf8('http://crl.test/a.crl')))))) };
const revocable = { extensions: (usual: readonly Extension[]) => [...usual, LISTED] };
const answering =
  (status: RevocationAnswer['status']): NonNullable<Facts['revocation']> =>
  async (chain) =>
    chain.slice(0, -1).map((certificate) => ({ certificate, status, reason: 'said so' }));
const revocation = (ask: NonNullable<Facts['revocation']>): Ask => ({ facts: { revocation: ask } });
controls('a certificate that is not revoked', () => [{ leaf: revocable }, revocation(answering('good'))]);
controls('a certificate whose revocation is not asked', () => [
  { leaf: revocable },
  { notation: [policy({ level: { ...STRICT, revocation: 'skip' } })], ...revocation(answering('revoked')) },
]);
controls('a revocation that is only logged', () => [
  { leaf: revocable },
  { notation: [policy({ level: { ...STRICT, revocation: 'log' } })], ...revocation(answering('revoked')) },
]);
forgeries('a revoked certificate', 'notation-revocation', 'revoked', () => [{ leaf: revocable }, revocation(answering('revoked'))]);
forgeries('a certificate of which it is not known', 'notation-revocation', 'inconclusive', () => [
  { leaf: revocable },
  revocation(answering('unknown')),
]);
forgeries('a source that says nothing', 'notation-revocation', 'inconclusive', () => [{ leaf: revocable }, revocation(async () => [])]);
forgeries('a source that breaks', 'notation-revocation', 'inconclusive', () => [
  { leaf: revocable },
  revocation(async () => {
    throw new Error('no answer');
  }),
]);
forgeries('no source at all', 'notation-revocation', 'inconclusive', () => [{ leaf: revocable }]);
forgeries('a timestamp authority that is revoked', 'notation-revocation', 'revoked', () => [
  STAMPED,
  {
    notation: [{ ...WITH_TSA, level: { ...STRICT, revocation: 'skip' } }],
    ...revocation(answering('revoked')),
  },
]);
