/** Who: subjects and issuers, exact and by expression, claims, keys, thresholds. */
import { utf8String } from '../../../src/testing/authority/encode.ts';
import { fulcioClaim, GITHUB_ISSUER, type LeafOptions, OID, type San, WORKFLOW } from '../../../src/testing/index.ts';
import { type AskedIdentity, type Posed, table } from '../case.ts';
import { asKey, asLoggedKey, bundle, byKey, KEY, keyless, message, OTHER_DIGEST, STRANGE_KEY, sig, signStatement } from '../lab.ts';

const t = table('identity');
export const identityCases = t.cases;
const as = (sans: readonly San[], identity: AskedIdentity, leaf: LeafOptions = {}): Posed =>
  bundle({ leaf: { sans, ...leaf } }, { identities: [identity] });
const uri = (text: string): San[] => [{ uri: text }];
const NUL = String.fromCharCode(0);

// --- exact ---
t.control('a mail address', () => as([{ email: 'dev@acme.test' }], { subject: 'dev@acme.test' }));
t.control('a host name', () => as([{ dns: 'ci.acme.test' }], { subject: 'ci.acme.test' }));
t.control("Fulcio's OtherName", () => as([{ other: 'runner!acme' }], { subject: 'runner!acme' }));
t.control('an address of IPv4', () => as([{ ip: [192, 0, 2, 7] }], { subject: '192.0.2.7' }));
t.control('the second of two names', () => as([{ uri: 'https://a.test/x' }, { email: 'dev@acme.test' }], { subject: 'dev@acme.test' }));
const wrong: readonly (readonly [string, string, string])[] = [
  ['another workflow', WORKFLOW, WORKFLOW.replace('release.yml', 'test.yml')],
  ['another branch', WORKFLOW.replace('main', 'evil'), WORKFLOW],
  ['another owner', WORKFLOW.replace('acme', 'acme-evil'), WORKFLOW],
  ['a name that only begins with the one asked for', `${WORKFLOW}.evil`, WORKFLOW],
  ['a name that only ends with the one asked for', `https://evil.test/?${WORKFLOW}`, WORKFLOW],
  ['a name that is only the beginning of the one asked for', WORKFLOW.slice(0, -1), WORKFLOW],
  ['a name in upper case', WORKFLOW.toUpperCase(), WORKFLOW],
  ['a name with a space at its end', `${WORKFLOW} `, WORKFLOW],
  ['a name that looks the same, with a Greek letter', WORKFLOW.replace('o', '%CE%BF'), WORKFLOW],
];
for (const [says, found, asked] of wrong) t.forgery(says, 'identity-subject', 'untrusted', () => as(uri(found), { subject: asked }));
t.forgery('a name that ends with NUL and more', 'identity-subject', 'invalid', () =>
  as(uri(`${WORKFLOW}${NUL}.evil.test`), { subject: WORKFLOW }),
);
t.forgery('a mail address that ends with NUL and more', 'identity-subject', 'invalid', () =>
  as([{ email: `dev@acme.test${NUL}.evil.test` }], { subject: 'dev@acme.test' }),
);
t.forgery('a name with a line break', 'identity-subject', 'invalid', () =>
  as(uri(`https://evil.test\n${WORKFLOW}`), { subject: /[\s\S]*/ }),
);
t.forgery('a certificate without names', 'identity-subject', 'untrusted', () => as([], { subject: WORKFLOW }, { subject: [['CN', 'x']] }));
t.forgery('a certificate without names, any asked for by expression', 'identity-subject', 'untrusted', () =>
  as([], { subject: /.*/ }, { subject: [['CN', 'x']] }),
);
t.forgery('the name stands in the subject of the certificate only', 'identity-subject', 'untrusted', () =>
  as(uri('https://evil.test/x'), { subject: WORKFLOW }, { subject: [['CN', WORKFLOW]] }),
);
t.forgery("the name stands in an OtherName that is not Fulcio's", 'identity-subject', 'untrusted', () =>
  as([{ other: WORKFLOW, oid: '1.3.6.1.4.1.311.20.2.3' }], { subject: WORKFLOW }),
);
t.forgery('the name is a directory name', 'identity-subject', 'untrusted', () =>
  as([{ directory: [['CN', WORKFLOW]] }], { subject: WORKFLOW }),
);
t.forgery('mail of another host', 'identity-subject', 'untrusted', () => as([{ email: 'dev@evil.test' }], { subject: 'dev@acme.test' }));
t.forgery('a broken list of names', 'identity-subject', 'invalid', () => as([{ raw: Buffer.from('86ff', 'hex') }], { subject: WORKFLOW }));

// --- by expression ---
const pattern = /https:\/\/github\.com\/acme\/app\/\.github\/workflows\/[^/]+@refs\/heads\/main/;
t.control('an expression that matches the whole name', () => as(uri(WORKFLOW), { subject: pattern }));
t.forgery('an expression that matches only the beginning', 'identity-subject', 'untrusted', () =>
  as(uri(`${WORKFLOW}-evil`), { subject: pattern }),
);
t.forgery('an expression that matches only further in', 'identity-subject', 'untrusted', () =>
  as(uri(`https://evil.test/${WORKFLOW}`), { subject: pattern }),
);
t.control("cosign's flag: an expression that matches the beginning", () =>
  as(uri(WORKFLOW), { subject: /https:\/\/github\.com\/acme\//, dialect: 'cosign' }),
);
t.forgery("cosign's flag: an expression that matches only further in", 'identity-subject', 'untrusted', () =>
  as(uri(`https://evil.test/${WORKFLOW}`), { subject: /https:\/\/github\.com\/acme\//, dialect: 'cosign' }),
);
t.forgery("cosign's flag: an alternative that is not anchored", 'identity-subject', 'untrusted', () =>
  as(uri('https://evil.test/https://github.com/acme/'), {
    subject: /https:\/\/x\.test\/|https:\/\/github\.com\/acme\//,
    dialect: 'cosign',
  }),
);
t.forgery('an expression in which case counts', 'identity-subject', 'untrusted', () =>
  as(uri(WORKFLOW.replace('acme', 'ACME')), { subject: pattern }),
);

// --- the issuer ---
const issued = (issuer: string | null, asked: AskedIdentity = {}): Posed => bundle({ leaf: { issuer } }, { identities: [asked] });
t.control('the issuer that was asked for', () => issued('https://login.acme.test', { issuer: 'https://login.acme.test' }));
t.forgery('another issuer', 'identity-issuer', 'untrusted', () => issued('https://accounts.google.com'));
t.forgery('an issuer with a slash more', 'identity-issuer', 'untrusted', () => issued(`${GITHUB_ISSUER}/`));
t.forgery('an issuer of plain HTTP', 'identity-issuer', 'untrusted', () => issued(GITHUB_ISSUER.replace('https', 'http')));
t.forgery('an issuer that only begins so', 'identity-issuer', 'untrusted', () =>
  issued(`${GITHUB_ISSUER}.evil.test`, { issuer: /https:\/\/token\.actions\.githubusercontent\.com/ }),
);
t.forgery('no issuer at all', 'identity-issuer', 'untrusted', () => issued(null));
t.forgery('no issuer, any asked for by expression', 'identity-issuer', 'untrusted', () => issued(null, { issuer: /.*/ }));
const claims = (...list: readonly ReturnType<typeof fulcioClaim>[]): Posed => bundle({ leaf: { issuer: null, extra: list } });
t.control('only the older extension for the issuer', () => claims(fulcioClaim(1, GITHUB_ISSUER)));
t.control('only the newer extension for the issuer', () => claims(fulcioClaim(8, GITHUB_ISSUER)));
t.forgery('the older extension says the issuer, the newer another', 'identity-issuer', 'invalid', () =>
  claims(fulcioClaim(1, GITHUB_ISSUER), fulcioClaim(8, 'https://evil.test')),
);
t.forgery('the newer extension is no DER', 'identity-issuer', 'invalid', () => claims(fulcioClaim(8, GITHUB_ISSUER, 'raw')));
t.forgery('the newer extension has bytes after it', 'identity-issuer', 'invalid', () =>
  claims({ id: `${OID.fulcio}.8`, value: Buffer.concat([utf8String(GITHUB_ISSUER), Buffer.of(0)]) }),
);
t.forgery('the issuer ends with NUL and more', 'identity-issuer', 'untrusted', () => claims(fulcioClaim(8, `${GITHUB_ISSUER}${NUL}x`)));

// --- several ---
t.control('any of several identities suffices', () => bundle({}, { identities: [{ subject: 'nobody@acme.test' }, {}] }));
t.forgery('the subject of one identity with the issuer of the other', 'identity-issuer', 'untrusted', () =>
  bundle(
    { leaf: { sans: [{ email: 'dev@acme.test' }], issuer: 'https://b.test' } },
    {
      identities: [
        { subject: 'dev@acme.test', issuer: 'https://a.test' },
        { subject: 'ops@acme.test', issuer: 'https://b.test' },
      ],
    },
  ),
);

// --- claims ---
const CLAIMS = new Map([
  [11, 'github-hosted'],
  [12, 'https://github.com/acme/app'],
  [14, 'refs/heads/main'],
]);
const claimed = (wanted: readonly (readonly [string, string])[], leaf: LeafOptions = {}): Posed =>
  bundle({ leaf: { claims: CLAIMS, ...leaf } }, { claims: new Map(wanted) });
t.control('claims that were asked for', () =>
  claimed([
    ['sourceRepositoryURI', 'https://github.com/acme/app'],
    ['runnerEnvironment', 'github-hosted'],
  ]),
);
t.forgery('a claim with another value', 'identity-claims', 'untrusted', () =>
  claimed([['sourceRepositoryURI', 'https://github.com/acme/other']]),
);
t.forgery('a claim that is absent', 'identity-claims', 'untrusted', () => claimed([['sourceRepositoryDigest', 'abc']]));
t.forgery('a self-hosted runner', 'identity-claims', 'untrusted', () =>
  claimed([['runnerEnvironment', 'github-hosted']], { claims: new Map([[11, 'self-hosted']]) }),
);

// --- keys ---
t.control('the key that was asked for', () => bundle({ signer: byKey() }, asKey()));
t.control('one of several keys', () => bundle({ signer: byKey() }, asKey({ keys: [STRANGE_KEY, KEY] })));
for (const [form, make] of [['bundle', bundle] as const, ['layer of .sig', sig] as const, ['message bundle', message] as const]) {
  t.forgery(`another key, in a ${form}`, 'signature', 'untrusted', () => make({ signer: byKey(STRANGE_KEY) }, asKey()));
  t.forgery(`a certificate where a key was asked for, in a ${form}`, 'signature', 'untrusted', () => make({}, asLoggedKey()));
  t.forgery(`a key where a certificate was asked for, in a ${form}`, 'identity-subject', 'untrusted', () =>
    make({ signer: byKey(), logs: [{}] }),
  );
}
t.control('a certificate for the key that was asked for', () => sig({ signer: keyless({ key: KEY }) }, asLoggedKey()));
t.forgery("a stranger's signature under the hint of the key", 'key-hint', 'invalid', () =>
  bundle(
    { signer: byKey(STRANGE_KEY), edit: (b) => Object.assign(b.verificationMaterial, { publicKey: { hint: KEY.id.toString('base64') } }) },
    asKey(),
  ),
);
t.control('no hint', () => bundle({ signer: byKey(), edit: (b) => Object.assign(b.verificationMaterial, { publicKey: {} }) }, asKey()));
t.control("another key's hint above the right signature", () =>
  bundle({ signer: byKey(), edit: (b) => Object.assign(b.verificationMaterial, { publicKey: { hint: 'build-key-7' } }) }, asKey()),
);

// --- a number of them ---
const beside = (pieces: readonly Posed[], ask: Posed['ask']): Posed => {
  const [first, ...others] = pieces;
  if (first === undefined) throw new Error('no piece');
  return { stored: first.stored, more: others.map((p) => p.stored), ask };
};
const two = asKey({ keys: [KEY, STRANGE_KEY], threshold: 2 });
const mail = (name: string): Posed => bundle({ leaf: { sans: [{ email: name }] } });
t.control('two keys, two asked for', () => beside([bundle({ signer: byKey() }), sig({ signer: byKey(STRANGE_KEY) })], two));
t.forgery('one key, two asked for', 'threshold', 'untrusted', () => bundle({ signer: byKey() }, two));
t.forgery('one key twice, two asked for', 'threshold', 'untrusted', () =>
  beside([bundle({ signer: byKey() }), sig({ signer: byKey() })], two),
);
t.forgery('one key, listed twice, two asked for', 'threshold', 'untrusted', () =>
  beside([bundle({ signer: byKey() }), bundle({ signer: byKey() })], asKey({ keys: [KEY, KEY], threshold: 2 })),
);
t.forgery('the second key signed another image', 'subject-digest', 'untrusted', () =>
  beside([bundle({ signer: byKey() }), bundle({ signer: byKey(STRANGE_KEY), payload: signStatement(OTHER_DIGEST) })], two),
);
t.control('two people, two asked for', () =>
  beside([mail('a@acme.test'), mail('b@acme.test')], {
    identities: [{ subject: 'a@acme.test' }, { subject: 'b@acme.test' }],
    threshold: 2,
  }),
);
t.forgery('one person twice, two asked for', 'threshold', 'untrusted', () =>
  beside([mail('a@acme.test'), mail('a@acme.test')], {
    identities: [{ subject: 'a@acme.test' }, { subject: 'b@acme.test' }],
    threshold: 2,
  }),
);
t.forgery('one person whom two expressions mean, two asked for', 'threshold', 'untrusted', () =>
  beside([mail('a@acme.test'), mail('a@acme.test')], {
    identities: [{ subject: /a@acme\.test/ }, { subject: /.*@acme\.test/ }],
    threshold: 2,
  }),
);
t.forgery('two people whom one expression means, two authorities asked for', 'threshold', 'untrusted', () =>
  beside([mail('a@acme.test'), mail('b@acme.test')], { identities: [{ subject: /.*@acme\.test/ }], threshold: 2 }),
);
t.control('a key and a person, both asked for', () =>
  beside([bundle({ signer: byKey(), logs: [{}] }), mail('a@acme.test')], {
    keys: [KEY],
    identities: [{ subject: 'a@acme.test' }],
    threshold: 2,
  }),
);
t.control('a good piece beside a forged one: one suffices', () =>
  beside([bundle({ signer: byKey() }), bundle({ signer: byKey(), payload: signStatement(OTHER_DIGEST) })], asKey()),
);
t.forgery('many strangers', 'signature', 'untrusted', () =>
  beside(
    Array.from({ length: 20 }, () => bundle({ signer: byKey(STRANGE_KEY) })),
    asKey(),
  ),
);
t.control('one of ours among many strangers', () =>
  beside([...Array.from({ length: 20 }, () => bundle({ signer: byKey(STRANGE_KEY) })), bundle({ signer: byKey() })], asKey()),
);
