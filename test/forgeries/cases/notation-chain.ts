/** The certificates of Notary Project signatures, and whom they name. */
import { utf8 } from '../../../src/bytes/index.ts';
import {
  basicConstraints,
  type Certificate,
  type Extension,
  extendedKeyUsage,
  keyUsage,
  makeNotaryAuthority,
  notaryChain,
  OID,
  sharedKey,
} from '../../../src/testing/index.ts';
import { BY_AUTHORITY, bent, deep, type Make, notationTable, now, ours, parsed, policy, theirs, twin } from './notation-lab.ts';

const { cases, forgeries } = notationTable('notation-chain');
/** Its rows. */
export const notationChainCases = cases;

// --- the chain ---
const [ourLeaf, ...ourRoots] = notaryChain(ours);
const [theirLeaf] = notaryChain(theirs);
const unsignedLink = notaryChain(ours, { key: sharedKey('p256', 'glued'), bend: { signingKey: theirs.root.key } });
forgeries("a stranger's leaf that names our root, which did not sign it", 'notation-chain', 'invalid', () => [{ chain: unsignedLink }]);
forgeries("a stranger's leaf with our root glued behind", 'notation-chain', 'invalid', () => [{ chain: [...first(theirLeaf), ours.root] }]);
forgeries('a chain without its root', 'notation-chain', 'invalid', () => [
  {
    by: deep,
    bend: {
      certificates: notaryChain(deep)
        .slice(0, 2)
        .map((c) => c.der),
    },
  },
  { notation: [policy({ roots: deep.chain })] },
]);
forgeries('a chain in the wrong order', 'notation-chain', 'invalid', () => [
  { by: deep, bend: { certificates: reordered(notaryChain(deep)) } },
  { notation: [policy({ roots: deep.chain })] },
]);
forgeries('a chain with an unrelated certificate at its end', 'notation-chain', 'invalid', () => [
  { bend: { certificates: [...first(ourLeaf), ...ourRoots, theirs.root].map((c) => c.der) } },
]);
forgeries('a chain with the leaf twice', 'notation-chain', 'invalid', () => [
  { bend: { certificates: [...first(ourLeaf), ...first(ourLeaf), ...ourRoots].map((c) => c.der) } },
]);
forgeries('a chain without a certificate', 'decode', 'invalid', bent({ certificates: [] }));
forgeries('a certificate that is none', 'decode', 'invalid', bent({ certificates: [utf8('x')] }));
const leafWith =
  (change: (usual: readonly Extension[]) => readonly Extension[]): Make =>
  () => [{ leaf: { extensions: change } }];
const without = (id: string, ...more: readonly Extension[]) => leafWith((usual) => [...usual.filter((e) => e.id !== id), ...more]);
forgeries('a leaf that is a CA', 'notation-leaf', 'invalid', without(OID.keyUsage, keyUsage(['digitalSignature']), basicConstraints(true)));
forgeries('a leaf without key usage', 'notation-leaf', 'invalid', without(OID.keyUsage));
forgeries(
  'a leaf whose key usage is not critical',
  'notation-leaf',
  'invalid',
  without(OID.keyUsage, keyUsage(['digitalSignature'], false)),
);
forgeries('a leaf that may not sign', 'notation-leaf', 'invalid', without(OID.keyUsage, keyUsage(['contentCommitment'])));
for (const usage of ['keyEncipherment', 'dataEncipherment', 'keyAgreement', 'keyCertSign', 'cRLSign'] as const)
  forgeries(`a leaf for ${usage} too`, 'notation-leaf', 'invalid', without(OID.keyUsage, keyUsage(['digitalSignature', usage])));
for (const [name, oid] of [
  ['TLS servers', OID.serverAuth],
  ['TLS clients', OID.clientAuth],
  ['time stamping', OID.timeStamping],
  ['mail', '1.3.6.1.5.5.7.3.4'],
  ['OCSP', '1.3.6.1.5.5.7.3.9'],
  ['anything', OID.anyUsage],
] as const)
  forgeries(`a leaf for ${name}`, 'notation-leaf', 'invalid', without(OID.extendedKeyUsage, extendedKeyUsage([OID.codeSigning, oid])));
forgeries('a leaf with an RSA key of 1,024 bits', 'decode', 'invalid', () => [{ leaf: { keyKind: 'rsa1024' } }]);
const rootWith =
  (name: string, change: (usual: readonly Extension[]) => readonly Extension[]): Make =>
  () => {
    const by = makeNotaryAuthority({ name, now, rootExtensions: change });
    return [{ by }, { notation: [policy({ roots: [by.root] })] }];
  };
const rootBut = (name: string, id: string, ...more: readonly Extension[]) =>
  rootWith(name, (usual) => [...usual.filter((e) => e.id !== id), ...more]);
forgeries('a root that is no CA', 'notation-authority', 'invalid', rootBut('no ca', OID.basicConstraints));
forgeries(
  'a root whose basic constraints are not critical',
  'notation-authority',
  'invalid',
  rootBut('soft', OID.basicConstraints, basicConstraints(true, 1, false)),
);
forgeries('a root without key usage', 'notation-authority', 'invalid', rootBut('no usage', OID.keyUsage));
forgeries(
  'a root whose key usage is not critical',
  'notation-authority',
  'invalid',
  rootBut('soft usage', OID.keyUsage, keyUsage(['keyCertSign'], false)),
);
forgeries(
  'a root that may not sign certificates',
  'notation-authority',
  'invalid',
  rootBut('no sign', OID.keyUsage, keyUsage(['cRLSign'])),
);
forgeries('more CAs than the root allows', 'notation-authority', 'invalid', () => {
  const by = makeNotaryAuthority({
    name: 'short',
    now,
    intermediate: true,
    rootExtensions: (usual) => [...usual.filter((e) => e.id !== OID.basicConstraints), basicConstraints(true, 0)],
  });
  return [{ by }, { notation: [policy({ roots: [by.root] })] }];
});
forgeries('a root that is signed with SHA-1', 'notation-chain', 'invalid', () => {
  const by = makeNotaryAuthority({ name: 'sha1', now, keyKind: 'rsa2048', rootBend: { signatureHash: 'sha1' } });
  return [{ by }, { notation: [policy({ roots: [by.root] })] }];
});

// --- who ---
forgeries('a signer of another authority', 'notation-anchor', 'untrusted', () => [{ by: theirs, leaf: { subject: subject('acme') } }]);
forgeries("a self-made authority with ours' names", 'notation-anchor', 'untrusted', () => [{ by: twin }]);
forgeries('the authority stands in another kind of store (x509)', 'notation-anchor', 'untrusted', () => [{}, { notation: [BY_AUTHORITY] }]);
forgeries('the authority stands in another kind of store (signing authority)', 'notation-anchor', 'untrusted', () => [
  { scheme: 'notary.x509.signingAuthority' },
]);
forgeries('the authority stands in the tsa store only', 'notation-anchor', 'untrusted', () => [
  {},
  { notation: [policy({ stores: { ca: [], signingAuthority: [], tsa: parsed([ours.root]) } })] },
]);
forgeries('another subject', 'notation-identity', 'untrusted', () => [{ leaf: { subject: subject('umbrella') } }]);
forgeries('a subject that has the wanted organization beside another', 'notation-identity', 'untrusted', () => [
  { leaf: { subject: [...subject('umbrella'), ['O', 'acme']] } },
]);
forgeries('a subject in other letters', 'notation-identity', 'untrusted', () => [{ leaf: { subject: subject('Acme') } }]);
forgeries('a subject without a wanted attribute', 'notation-identity', 'untrusted', () => [
  { leaf: { subject: subject('acme').filter(([type]) => type !== 'ST') } },
]);
forgeries('identities of a plugin alone, and no plugin', 'notation-identity', 'untrusted', () => [
  {},
  { notation: [policy({ identities: [], foreignIdentities: ['acme:arn'] })] },
]);

function first(certificate: Certificate | undefined): readonly Certificate[] {
  return certificate === undefined ? [] : [certificate];
}

function reordered([leaf, ...others]: readonly Certificate[]): readonly Uint8Array[] {
  return [...first(leaf), ...others.toReversed()].map((c) => c.der);
}

function subject(organization: string): readonly (readonly ['C' | 'ST' | 'O' | 'CN', string])[] {
  return [
    ['C', 'US'],
    ['ST', 'WA'],
    ['O', organization],
    ['CN', 'signer'],
  ];
}
