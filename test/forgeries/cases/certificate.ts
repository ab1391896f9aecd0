/** Certificates: chain, usage, constraints, windows; and the promises of CT logs. */
import { bits, int, octets, seq, time } from '../../../src/testing/authority/encode.ts';
import {
  authorityKeyId,
  basicConstraints,
  type Certificate,
  type CertificateAuthority,
  DAY,
  type EvidenceSigner,
  type Extension,
  extendedKeyUsage,
  fulcioClaim,
  issueLeaf,
  keyUsage,
  type LeafOptions,
  makeAuthority,
  makeIntermediate,
  nameConstraints,
  newKey,
  OID,
  type San,
  type SctOptions,
  subjectAltName,
  subjectKeyId,
} from '../../../src/testing/index.ts';
import { type Ask, type Posed, table } from '../case.ts';
import { bundle, ISSUED, keyless, lab, logged, sig, stranger, USED } from '../lab.ts';

const t = table('certificate');
export const certificateCases = t.cases;
const { now } = lab;

/** Evidence by a leaf of another authority, which the trusted root has in place of ours. */
function by(ca: CertificateAuthority, leaf: LeafOptions = {}, ask: Ask = {}, window: { start?: Date | null; end?: Date } = {}): Posed {
  const signer: EvidenceSigner = { kind: 'certificate', certificate: issueLeaf(ca, lab.ct, now, leaf), chain: ca.chain };
  return bundle({ signer }, { trust: lab.trustedRoot({ authorities: [{ of: ca, window }] }), ...ask });
}
const lazy = <T>(make: () => T): (() => T) => {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
};
const without = (id: string) => (usual: readonly Extension[]) => usual.filter((e) => e.id !== id);
const swap = (id: string, put: Extension) => (usual: readonly Extension[]) => usual.map((e) => (e.id === id ? put : e));
const add = (put: Extension) => (usual: readonly Extension[]) => [...usual, put];

// --- whose ---
t.forgery("a certificate of a stranger's authority", 'certificate-chain', 'untrusted', () => bundle({ by: stranger }));
t.forgery("a certificate of a stranger's authority, in a layer with its whole chain", 'certificate-chain', 'untrusted', () =>
  sig({ by: stranger }),
);
t.forgery('an authority of the same names with other keys', 'certificate-chain', 'untrusted', () => {
  const impostor = makeAuthority({ name: 'lab', now });
  return bundle({ signer: { kind: 'certificate', certificate: issueLeaf(impostor, lab.ct, now), chain: impostor.chain } });
});
t.forgery('a leaf that says our authority, signed by another key', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { bend: { signingKey: newKey('p384') } } }),
);
t.forgery('a bit of the certificate was turned', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { bend: { bytes: (der) => Buffer.from(der.map((b, i) => (i === der.length - 1 ? b ^ 1 : b))) } } }),
);
t.forgery('a leaf issued by another leaf of our authority', 'certificate-chain', 'untrusted', () => {
  const mother = lab.issue();
  return sig({
    signer: { kind: 'certificate', certificate: lab.issue({ by: named(mother, 'mother') }), chain: [mother, ...lab.ca.chain] },
  });
});
t.forgery('a self-signed certificate', 'certificate-chain', 'untrusted', () => {
  const key = newKey();
  return bundle({ leaf: { key, by: { subject: [['CN', 'self']], key } } });
});
t.control('a root that issues leaves itself', () => by(rootOnly()));
const rootOnly = lazy(() => makeAuthority({ name: 'flat', now, intermediate: false, rootPathLength: 0 }));
for (const keyKind of ['p256', 'p521', 'rsa2048'] as const)
  t.control(`an authority with ${keyKind} keys`, () => by(makeAuthority({ name: `ca ${keyKind}`, now, keyKind })));
t.control("the chain in the annotations is a stranger's: a hint that is not followed", () =>
  sig({ edit: (l) => Object.assign(l.annotations, { 'dev.sigstore.cosign/chain': stranger.ca.chain.map((c) => c.pem).join('') }) }),
);
t.control('no chain in the annotations', () => sig({ edit: (l) => delete l.annotations['dev.sigstore.cosign/chain'] }));
t.control('two authorities of the same name in the trusted root, ours the second', () => {
  const twin = makeAuthority({ name: 'lab', now });
  return bundle({}, { trust: lab.trustedRoot({ authorities: [{ of: twin }, { of: lab.ca }] }) });
});

// --- what for ---
t.forgery('a leaf that is not for code signing', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { extendedKeyUsage: [OID.serverAuth] } }),
);
t.forgery('a leaf for any purpose', 'certificate-chain', 'invalid', () => bundle({ leaf: { extendedKeyUsage: [OID.anyUsage] } }));
t.forgery('a leaf without an extended key usage', 'certificate-chain', 'invalid', () => bundle({ leaf: { extendedKeyUsage: null } }));
t.forgery('a leaf for time stamping', 'certificate-chain', 'invalid', () => bundle({ leaf: { extendedKeyUsage: [OID.timeStamping] } }));
t.forgery('a leaf whose key is not for signatures', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { keyUsage: ['keyEncipherment'] } }),
);
t.forgery('a leaf whose key is for certificates', 'certificate-chain', 'invalid', () => bundle({ leaf: { keyUsage: ['keyCertSign'] } }));
t.forgery('the certificate of an authority as leaf', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { basicConstraints: basicConstraints(true) } }),
);
t.control('a leaf that says that it is no authority', () => bundle({ leaf: { basicConstraints: basicConstraints(false) } }));
t.forgery("our authority's own intermediate as leaf", 'certificate-chain', 'invalid', () =>
  bundle({ signer: { kind: 'certificate', certificate: lab.ca.issuing, chain: [lab.ca.root] } }),
);
t.forgery('a critical extension that nobody knows', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { extra: [{ id: '1.2.3.4.5', critical: true, value: octets(Buffer.of(1)) }] } }),
);
t.control('an extension that nobody knows and that is not critical', () =>
  bundle({ leaf: { extra: [{ id: '1.2.3.4.5', value: octets(Buffer.of(1)) }] } }),
);
t.forgery('an extension twice', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { extra: [fulcioClaim(8, 'https://elsewhere.test')] } }),
);
t.forgery('a poisoned precertificate', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { extra: [{ id: OID.poison, critical: true, value: Buffer.from('0500', 'hex') }] } }),
);

// --- intermediates ---
const intermediate = (name: string, change: (usual: readonly Extension[]) => readonly Extension[]) =>
  lazy(() => makeAuthority({ name, now, intermediateExtensions: change }));
const wrongIntermediates: readonly (readonly [string, (usual: readonly Extension[]) => readonly Extension[]])[] = [
  ['without basic constraints', without(OID.basicConstraints)],
  ['that says that it is no authority', swap(OID.basicConstraints, basicConstraints(false))],
  ['whose key is not for certificates', swap(OID.keyUsage, keyUsage(['digitalSignature', 'cRLSign']))],
  ['that is for servers only', swap(OID.extendedKeyUsage, extendedKeyUsage([OID.serverAuth]))],
  ['with a critical extension that nobody knows', add({ id: '1.2.3.4', critical: true, value: seq() })],
];
for (const [says, change] of wrongIntermediates) {
  const ca = intermediate(`intermediate ${says}`, change);
  t.forgery(`an intermediate ${says}`, 'certificate-chain', 'invalid', () => by(ca()));
}
t.control('an intermediate without an extended key usage', () =>
  by(makeAuthority({ name: 'plain', now, intermediateExtensions: without(OID.extendedKeyUsage) })),
);
t.forgery('an intermediate under a root that allows none', 'certificate-chain', 'invalid', () =>
  by(makeAuthority({ name: 'short', now, rootPathLength: 0 })),
);
t.control('a root without a bound on the path', () => by(makeAuthority({ name: 'unbounded', now, rootPathLength: null })));
t.forgery('a second intermediate under one that allows none', 'certificate-chain', 'invalid', () => {
  const issuing = makeIntermediate(lab.ca.issuing, { name: 'second' });
  return by({ name: 'deep', root: lab.ca.root, issuing, chain: [issuing, lab.ca.issuing, lab.ca.root] });
});
t.forgery("an intermediate signed by a stranger's root", 'certificate-chain', 'untrusted', () => {
  const issuing = makeIntermediate(stranger.ca.root, { name: 'astray' });
  return by({ name: 'astray', root: lab.ca.root, issuing, chain: [issuing, lab.ca.root] });
});
t.forgery('the intermediate comes with the evidence, the trusted root lists another one', 'certificate-chain', 'untrusted', () => {
  const issuing = makeIntermediate(lab.ca.root, { name: 'unlisted' });
  const signer: EvidenceSigner = { kind: 'certificate', certificate: lab.issue({ by: issuing }), chain: [issuing, lab.ca.root] };
  return bundle({ version: '0.2', signer });
});

// --- name constraints ---
const constrained: readonly (readonly [string, readonly San[], readonly San[], San, boolean])[] = [
  ['hosts of addresses, met', [{ uri: 'github.com' }], [], { uri: 'https://github.com/acme/app' }, true],
  ['hosts of addresses, broken', [{ uri: 'gitlab.com' }], [], { uri: 'https://github.com/acme/app' }, false],
  ['hosts of addresses, broken by a longer name', [{ uri: 'github.com' }], [], { uri: 'https://evilgithub.com/acme' }, false],
  ['hosts below a domain, met', [{ uri: '.acme.test' }], [], { uri: 'https://ci.acme.test/x' }, true],
  ['an excluded host', [], [{ uri: 'github.com' }], { uri: 'https://github.com/acme/app' }, false],
  ['hosts of addresses, met in upper case', [{ uri: 'github.com' }], [], { uri: 'https://GitHub.com/acme' }, true],
  ['hosts of addresses, met with a port', [{ uri: 'github.com' }], [], { uri: 'https://github.com:8443/acme' }, true],
  ['hosts of addresses, broken behind a user name', [{ uri: 'github.com' }], [], { uri: 'https://github.com@evil.test/acme' }, false],
  ['hosts of addresses, broken by an address without a host', [{ uri: 'github.com' }], [], { uri: 'urn:github.com:acme' }, false],
  ['hosts of addresses, broken in the path', [{ uri: 'github.com' }], [], { uri: 'https://evil.test/github.com' }, false],
  ['hosts below a domain, broken by the domain itself', [{ uri: '.acme.test' }], [], { uri: 'https://acme.test/x' }, false],
  ['an excluded host in upper case', [], [{ uri: 'github.com' }], { uri: 'https://GITHUB.COM/acme/app' }, false],
  ['an excluded host with a port', [], [{ uri: 'github.com' }], { uri: 'https://github.com:443/acme/app' }, false],
  ['an excluded mailbox host in upper case', [], [{ email: 'acme.test' }], { email: 'dev@ACME.test' }, false],
  ['names of another kind than the constraint, met', [{ dns: 'acme.test' }], [], { uri: 'https://github.com/acme/app' }, true],
  ['mail of a host, met', [{ email: 'acme.test' }], [], { email: 'dev@acme.test' }, true],
  ['mail of a host, broken', [{ email: 'acme.test' }], [], { email: 'dev@evil.test' }, false],
  ['mail of a host, broken by a trick in the name', [{ email: 'acme.test' }], [], { email: 'acme.test@evil.test' }, false],
  ['one mailbox, broken', [{ email: 'ops@acme.test' }], [], { email: 'dev@acme.test' }, false],
  ['DNS names, met', [{ dns: 'acme.test' }], [], { dns: 'ci.acme.test' }, true],
  ['DNS names, broken', [{ dns: 'acme.test' }], [], { dns: 'evilacme.test' }, false],
  ['addresses of a network, met', [{ ip: [10, 0, 0, 0, 255, 0, 0, 0] }], [], { ip: [10, 1, 2, 3] }, true],
  ['addresses of a network, broken', [{ ip: [10, 0, 0, 0, 255, 0, 0, 0] }], [], { ip: [11, 1, 2, 3] }, false],
];
for (const [says, permitted, excluded, san, met] of constrained) {
  const make = (): Posed => {
    const ca = makeAuthority({ name: `constrained: ${says}`, now, intermediateExtensions: add(nameConstraints(permitted, excluded)) });
    const subject = 'ip' in san ? san.ip.join('.') : 'uri' in san ? san.uri : 'email' in san ? san.email : 'dns' in san ? san.dns : '';
    return by(ca, { sans: [san] }, { identities: [{ subject }] });
  };
  if (met) t.control(`name constraints: ${says}`, make);
  else t.forgery(`name constraints: ${says}`, 'certificate-chain', 'invalid', make);
}

// --- form ---
t.forgery('a certificate of version 1', 'certificate-chain', 'invalid', () => bundle({ leaf: { bend: { version: 0 } } }));
t.forgery('a negative serial number', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { bend: { serial: Buffer.from('020181', 'hex') } } }),
);
t.forgery('a serial number of 30 bytes', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { bend: { serial: int(Buffer.alloc(30, 0x11)) } } }),
);
t.forgery('one algorithm inside, another outside', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { bend: { outerAlgorithm: Buffer.from('300a06082a8648ce3d040302', 'hex') } } }),
);
t.forgery('a certificate signed with SHA-1', 'certificate-chain', 'invalid', () => bundle({ leaf: { bend: { signatureHash: 'sha1' } } }));
t.forgery('a certificate for a key of RSA with 1024 bits', 'certificate-chain', 'invalid', () => bundle({ leaf: { keyKind: 'rsa1024' } }));
t.forgery('a certificate for a key on the curve secp256k1', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { keyKind: 'secp256k1' } }),
);
t.forgery('bytes after the certificate', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { bend: { bytes: (der) => Buffer.concat([der, Buffer.of(0)]) } } }),
);
t.forgery('a length that is not the shortest', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { bend: { bytes: (der) => Buffer.concat([Buffer.of(0x30, 0x83, 0), der.subarray(2)]) } } }),
);
t.forgery('a validity without seconds', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { bend: { validity: seq(Buffer.from('170b323630323237313230305a', 'hex'), time(now)) } } }),
);
t.forgery('a public key with unused bits', 'certificate-chain', 'invalid', () => {
  const key = newKey();
  const spki = seq(Buffer.from(key.spki.subarray(2, 23)), bits(key.spki.subarray(26), 1));
  return bundle({ leaf: { key, bend: { spki } } });
});

// --- when ---
const rootWith = (window: { start?: Date | null; end?: Date }) => lab.trustedRoot({ authorities: [{ of: lab.ca, window }] });
t.control('the authority is trusted until exactly the time', () => bundle({}, { trust: rootWith({ end: USED }) }));
t.control('the authority is trusted from exactly the time', () => bundle({}, { trust: rootWith({ start: USED }) }));
t.forgery('the authority was retired a second before', 'authority-window', 'untrusted', () =>
  bundle({}, { trust: rootWith({ end: new Date(USED.getTime() - 1000) }) }),
);
t.forgery('the authority is trusted only from a second after', 'authority-window', 'untrusted', () =>
  bundle({}, { trust: rootWith({ start: new Date(USED.getTime() + 1000) }) }),
);
t.control('the authority stands there twice, the window of one contains the time', () =>
  bundle(
    {},
    {
      trust: lab.trustedRoot({
        authorities: [
          { of: lab.ca, window: { end: ISSUED } },
          { of: lab.ca, window: { start: ISSUED } },
        ],
      }),
    },
  ),
);
t.forgery('the intermediate had ended when the leaf was used', 'certificate-time', 'expired', () =>
  by(makeAuthority({ name: 'ended', now, intermediateNotAfter: new Date(USED.getTime() - 1000) })),
);
t.forgery('the intermediate had not begun when the leaf was used', 'certificate-time', 'expired', () =>
  by(makeAuthority({ name: 'young', now, intermediateNotBefore: new Date(USED.getTime() + 1000) })),
);
t.forgery('the root had ended when the leaf was used', 'certificate-time', 'expired', () =>
  by(makeAuthority({ name: 'dead', now, notAfter: new Date(USED.getTime() - 1000), intermediateNotAfter: new Date(USED.getTime() + DAY) })),
);
t.forgery('a certificate that is valid today but was not when it was used', 'certificate-time', 'expired', () =>
  bundle({
    leaf: { notBefore: new Date(now.getTime() - DAY), lifetime: 300 * DAY, scts: [{ log: lab.ct, at: ISSUED }] },
    ...logged({ at: USED }),
  }),
);
t.control('a certificate that ended long ago, used while it was valid', () =>
  bundle({ leaf: { notBefore: new Date(now.getTime() - 300 * DAY) } }),
);
t.forgery('a validity that ends before it begins', 'certificate-time', 'expired', () =>
  bundle({ leaf: { lifetime: -60_000 }, ...logged({ at: ISSUED }) }),
);

// --- promises of CT logs ---
const ct = (change: Partial<SctOptions> = {}): SctOptions => ({ log: lab.ct, at: ISSUED, ...change });
const scts = (...list: readonly SctOptions[]) => bundle({ leaf: { scts: list } });
const ctRoot = (window: { start?: Date | null; end?: Date }) => lab.trustedRoot({ ctLogs: [{ of: lab.ct, window }] });
t.forgery('a certificate without an SCT', 'sct-threshold', 'untrusted', () => bundle({ leaf: { scts: null } }));
t.forgery('a certificate with an empty list of SCTs', 'sct', 'invalid', () => scts());
t.forgery("an SCT of a stranger's log", 'sct-threshold', 'untrusted', () => scts(ct({ log: stranger.ct })));
t.control("an SCT of a stranger's log before ours", () => scts(ct({ log: stranger.ct }), ct()));
t.control("an SCT of a stranger's log after ours", () => scts(ct(), ct({ log: stranger.ct })));
t.control('no SCT, and none is asked for', () => bundle({ leaf: { scts: null } }, { scts: 0 }));
t.control('an SCT with extensions', () => scts(ct({ extensions: Buffer.from('000102', 'hex') })));
t.control('the SCTs before the other extensions', () => bundle({ leaf: { bend: { sctPosition: 0 } } }));
t.control('an RSA key of the CT log', () => {
  const log = { key: newKey('rsa2048') };
  return bundle({ leaf: { scts: [ct({ log })] } }, { trust: lab.trustedRoot({ ctLogs: [{ of: log }] }) });
});
t.forgery("a stranger's SCT under our log's id", 'sct', 'invalid', () => scts(ct({ log: stranger.ct, bend: { logId: lab.ct.key.id } })));
t.forgery('an SCT whose signature is not one', 'sct', 'invalid', () => scts(ct({ bend: { signature: Buffer.from('00', 'hex') } })));
t.forgery('an SCT whose time was moved', 'sct', 'invalid', () => scts(ct({ bend: { statedAt: new Date(ISSUED.getTime() + 1) } })));
t.forgery('an SCT made for another certificate', 'sct', 'invalid', () =>
  bundle({ leaf: { bend: { sctOver: { tbs: Buffer.from('3000', 'hex') } } } }),
);
t.forgery('an SCT made for another issuer', 'sct', 'invalid', () =>
  bundle({ leaf: { bend: { sctOver: { issuerKeyHash: stranger.ca.issuing.key.id } } } }),
);
t.forgery('an SCT made for an end certificate', 'sct', 'invalid', () => scts(ct({ bend: { entryType: 0 } })));
t.forgery('an SCT of another version', 'sct-threshold', 'untrusted', () => scts(ct({ bend: { version: 1 } })));
t.forgery('an SCT that states MD5', 'sct', 'invalid', () => scts(ct({ bend: { algorithm: [1, 3] } })));
t.forgery('an SCT with bytes after its signature', 'sct', 'invalid', () => scts(ct({ bend: { trailing: Buffer.of(0) } })));
t.forgery('a forged SCT of our log beside a true one', 'sct', 'invalid', () =>
  scts(ct(), ct({ bend: { statedAt: new Date(ISSUED.getTime() + 5) } })),
);
t.forgery('a list of SCTs that ends too early', 'sct', 'invalid', () =>
  bundle({ leaf: { bend: { sctExtension: octets(Buffer.from('00ff00', 'hex')) } } }),
);
t.forgery('a list of SCTs with bytes after it', 'sct', 'invalid', () =>
  bundle({ leaf: { bend: { sctExtension: octets(Buffer.from('000000', 'hex')) } } }),
);
t.control('the CT log is trusted until exactly the time of the SCT', () => bundle({}, { trust: ctRoot({ end: ISSUED }) }));
t.control('the CT log is trusted from exactly the time of the SCT', () => bundle({}, { trust: ctRoot({ start: ISSUED }) }));
t.forgery('the CT log was retired a second before the SCT', 'sct-window', 'untrusted', () =>
  bundle({}, { trust: ctRoot({ end: new Date(ISSUED.getTime() - 1000) }) }),
);
t.forgery('the CT log is trusted only from a second after the SCT', 'sct-window', 'untrusted', () =>
  bundle({}, { trust: ctRoot({ start: new Date(ISSUED.getTime() + 1000) }) }),
);
t.forgery('the trusted root does not say since when the CT log is trusted', 'sct-window', 'untrusted', () =>
  bundle({}, { trust: ctRoot({ start: null }) }),
);
const second = { key: newKey() };
t.control('a CT log that the trusted root lists twice, with one window after the other', () =>
  bundle(
    {},
    {
      trust: lab.trustedRoot({
        ctLogs: [
          { of: lab.ct, window: { end: new Date(ISSUED.getTime() - 86_400_000) } },
          { of: lab.ct, window: { start: ISSUED } },
        ],
      }),
    },
  ),
);
const twoCt = lazy(() => lab.trustedRoot({ ctLogs: [{ of: lab.ct }, { of: second }] }));
t.control('two SCTs of two logs, two asked for', () =>
  bundle({ leaf: { scts: [ct(), ct({ log: second })] } }, { trust: twoCt(), scts: 2 }),
);
t.forgery('two SCTs of one log, two asked for', 'sct-threshold', 'untrusted', () =>
  bundle({ leaf: { scts: [ct(), ct({ at: USED })] } }, { trust: twoCt(), scts: 2 }),
);
t.forgery('one SCT, two asked for', 'sct-threshold', 'untrusted', () => bundle({}, { trust: twoCt(), scts: 2 }));

// --- roots without logs: GitHub's private Sigstore ---
const private_ = lazy(() => lab.trustedRoot({ logs: [], ctLogs: [] }));
t.control('a trusted root without logs: a timestamp is enough', () =>
  bundle({ leaf: { scts: null }, logs: [], timestamps: [{}] }, { trust: private_() }),
);
t.forgery('a trusted root without logs, and no timestamp', 'timestamp-threshold', 'untrusted', () =>
  bundle({ leaf: { scts: null }, logs: [] }, { trust: private_() }),
);
t.control('a leaf with a subject and names of an own authority', () =>
  by(
    makeAuthority({ name: 'own', now }),
    {
      subject: [['CN', 'release']],
      extensions: () => [
        keyUsage(['digitalSignature']),
        extendedKeyUsage([OID.codeSigning]),
        subjectAltName([{ email: 'dev@acme.test' }], false),
        fulcioClaim(8, 'https://login.acme.test'),
      ],
    },
    { identities: [{ subject: 'dev@acme.test', issuer: 'https://login.acme.test' }] },
  ),
);

function named(certificate: Certificate, name: string): Pick<Certificate, 'subject' | 'key'> {
  return { subject: certificate.subject.length > 0 ? certificate.subject : [['CN', name]], key: certificate.key };
}
t.forgery(
  "a leaf that names as its issuer a key id that is not the authority's, and is not signed by it",
  'certificate-chain',
  'invalid',
  () => {
    const key = newKey('p384');
    return bundle({
      leaf: {
        by: { subject: lab.ca.issuing.subject, key },
        extensions: (u) => [
          ...u.filter((e) => e.id !== OID.authorityKeyId && e.id !== OID.subjectKeyId),
          authorityKeyId(lab.ca.issuing.key),
          subjectKeyId(key),
        ],
      },
    });
  },
);
t.control('a signer whose key is P-384, hashed with SHA-384', () => bundle({ signer: keyless({ keyKind: 'p384' }) }));

// --- authorities that list no intermediate: those of the evidence may complete the chain ---
const openRoot = lazy(() => lab.trustedRoot({ authorities: [{ of: [lab.ca.root] }] }));
const chained = (chain: readonly Certificate[], leaf: LeafOptions = {}): EvidenceSigner => ({
  kind: 'certificate',
  certificate: lab.issue(leaf),
  chain,
});
t.control('the intermediate comes in a layer, the trusted root lists only the root', () => sig({}, { trust: openRoot() }));
t.control('the intermediate comes in a bundle v0.2, the trusted root lists only the root', () =>
  bundle({ version: '0.2' }, { trust: openRoot() }),
);
t.forgery('the intermediate comes with nothing, the trusted root lists only the root', 'certificate-chain', 'untrusted', () =>
  bundle({}, { trust: openRoot() }),
);
t.forgery('a layer brings an intermediate that a stranger signed', 'certificate-chain', 'untrusted', () => {
  const astray = makeIntermediate(stranger.ca.root, { name: 'brought' });
  return sig({ signer: chained([astray, stranger.ca.root], { by: astray }) }, { trust: openRoot() });
});
t.forgery("a layer brings the stranger's root and all, the trusted root lists only ours", 'certificate-chain', 'untrusted', () =>
  sig({ by: stranger }, { trust: openRoot() }),
);
t.forgery('a layer brings a leaf as an intermediate', 'certificate-chain', 'invalid', () => {
  const mother = lab.issue({ subject: [['CN', 'mother']] });
  return sig({ signer: chained([mother, lab.ca.issuing, lab.ca.root], { by: mother }) }, { trust: openRoot() });
});
t.forgery('a layer brings two intermediates that signed each other', 'certificate-chain', 'untrusted', () => {
  const [a, b] = [newKey('p384'), newKey('p384')];
  const names = { a: [['CN', 'a']], b: [['CN', 'b']] } as const;
  const first = makeIntermediate({ ...lab.ca.root, subject: names.b, key: b }, { key: a, subject: names.a, pathLength: 5 });
  const second = makeIntermediate({ ...lab.ca.root, subject: names.a, key: a }, { key: b, subject: names.b, pathLength: 5 });
  return sig({ signer: chained([first, second], { by: { subject: names.a, key: a } }) }, { trust: openRoot() });
});
t.forgery('a layer brings fourteen intermediates of one name, none of which signed', 'certificate-chain', 'untrusted', () => {
  const decoys = Array.from({ length: 14 }, () => makeIntermediate(lab.ca.root, { subject: lab.ca.issuing.subject }));
  return sig({ signer: chained(decoys) }, { trust: openRoot() });
});
t.control('a layer brings thirteen intermediates of one name, the last of which signed', () => {
  const decoys = Array.from({ length: 13 }, () => makeIntermediate(lab.ca.root, { subject: lab.ca.issuing.subject }));
  return sig({ signer: chained([...decoys, lab.ca.issuing]) }, { trust: openRoot() });
});
t.forgery('the names of the certificate stand there twice', 'certificate-chain', 'invalid', () =>
  bundle({ leaf: { extra: [subjectAltName([{ uri: 'https://evil.test' }])] } }),
);
t.forgery('an empty list of names', 'certificate-chain', 'invalid', () => bundle({ leaf: { sans: [], extra: [subjectAltName([])] } }));
