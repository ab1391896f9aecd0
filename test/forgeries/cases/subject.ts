/** What was signed: payload type, statement, predicate, subject, simple signing payload, annotations. */
import { utf8 } from '../../../src/bytes/index.ts';
import type { Json } from '../../../src/codec/json.ts';
import { inTotoStatement, PREDICATES, signEnvelope, simpleSigningPayload } from '../../../src/testing/index.ts';
import { type Ask, type Posed, table } from '../case.ts';
import { asKey, asType, att, bundle, byKey, DIGEST, KEY, message, OTHER_DIGEST, sig, signStatement } from '../lab.ts';

const t = table('subject');
export const subjectCases = t.cases;
const hex = DIGEST.slice(7);
const otherHex = OTHER_DIGEST.slice(7);
const signer = byKey();
const S = PREDICATES.slsa1;

// --- simple signing ---
const simple = (payload: Uint8Array, ask: Ask = {}): Posed => sig({ signer, payload }, asKey(ask));
t.control('a simple signing payload', () => simple(simpleSigningPayload(DIGEST)));
t.control("a payload under another repository's name: the digest counts", () =>
  simple(simpleSigningPayload(DIGEST, { reference: 'elsewhere.test/x' })),
);
t.forgery('a good signature of another image', 'subject-digest', 'invalid', () => simple(simpleSigningPayload(OTHER_DIGEST)));
t.forgery('the digest in upper case', 'subject-digest', 'invalid', () => simple(simpleSigningPayload(DIGEST.toUpperCase())));
t.forgery('the digest without its algorithm', 'subject-digest', 'invalid', () => simple(simpleSigningPayload(hex)));
t.forgery('the digest with another algorithm', 'subject-digest', 'invalid', () => simple(simpleSigningPayload(`sha512:${hex}`)));
t.forgery('the beginning of the digest', 'subject-digest', 'invalid', () => simple(simpleSigningPayload(DIGEST.slice(0, 40))));
t.forgery('the digest with a space after it', 'subject-digest', 'invalid', () => simple(simpleSigningPayload(`${DIGEST} `)));
t.forgery('the digest stands in the reference only', 'subject-digest', 'invalid', () =>
  simple(simpleSigningPayload(OTHER_DIGEST, { reference: `registry.example/app@${DIGEST}` })),
);
t.forgery('the digest stands in the optional part only', 'subject-digest', 'invalid', () =>
  simple(simpleSigningPayload(OTHER_DIGEST, { optional: { 'docker-manifest-digest': DIGEST } })),
);
t.forgery('another type of signature', 'payload-form', 'invalid', () =>
  simple(simpleSigningPayload(DIGEST, { type: 'acme test report, failed' })),
);
t.forgery('the type of atomic signatures', 'payload-form', 'invalid', () =>
  simple(simpleSigningPayload(DIGEST, { type: 'atomic container signature' })),
);
t.forgery('a payload without its critical part', 'payload-form', 'invalid', () => simple(utf8('{"optional":{}}')));
t.forgery('a payload whose critical part has a member that nobody knows', 'payload-form', 'invalid', () =>
  simple(
    utf8(
      JSON.stringify({
        critical: {
          identity: { 'docker-reference': 'x' },
          image: { 'docker-manifest-digest': DIGEST },
          type: 'cosign container image signature',
          valid: false,
        },
      }),
    ),
  ),
);
t.forgery('a payload that names the digest twice', 'payload-form', 'invalid', () =>
  simple(
    utf8(
      Buffer.from(simpleSigningPayload(DIGEST))
        .toString()
        .replace('"docker-manifest-digest":', `"docker-manifest-digest":"${OTHER_DIGEST}","docker-manifest-digest":`),
    ),
  ),
);
t.forgery('a payload that is no JSON', 'payload-form', 'invalid', () => simple(utf8(`digest ${DIGEST}`)));
t.forgery('a payload that is a list', 'payload-form', 'invalid', () => simple(utf8('[]')));
t.forgery('a payload with bytes that are no UTF-8', 'payload-form', 'invalid', () =>
  simple(Buffer.concat([simpleSigningPayload(DIGEST), Buffer.of(0xff)])),
);
t.forgery('a statement, signed bare, as a payload', 'payload-form', 'invalid', () => simple(inTotoStatement(DIGEST, S)));
t.forgery('a payload whose digest is a list', 'payload-form', 'invalid', () =>
  simple(utf8(JSON.stringify({ critical: { image: { 'docker-manifest-digest': [DIGEST] }, type: 'cosign container image signature' } }))),
);
t.forgery('an empty payload', 'payload-form', 'invalid', () => simple(utf8('')));

// --- statements ---
const said = (more: { readonly [k: string]: Json }, ask: Ask = asType(S), type: string = S): Posed =>
  bundle({ signer, payload: inTotoStatement(DIGEST, type, { more }) }, asKey(ask));
const raw = (text: string, ask: Ask = asType(S)): Posed => bundle({ signer, payload: utf8(text) }, asKey(ask));
const text = (): string => Buffer.from(inTotoStatement(DIGEST, S)).toString();
t.control('a statement of version 1', () => said({}));
t.control('a statement of version 0.1', () => said({ _type: 'https://in-toto.io/Statement/v0.1' }));
t.control('a statement about several images, ours the second', () =>
  said({
    subject: [
      { name: 'a', digest: { sha256: otherHex } },
      { name: 'b', digest: { sha256: hex } },
    ],
  }),
);
t.control('a subject with several digests', () => said({ subject: [{ name: 'a', digest: { gitCommit: 'abc', sha256: hex } }] }));
t.forgery('another image', 'subject-digest', 'invalid', () => said({ subject: [{ name: 'a', digest: { sha256: otherHex } }] }));
t.forgery('no subject', 'subject-digest', 'invalid', () => said({ subject: [] }));
t.forgery('the digest in the name of the subject only', 'subject-digest', 'invalid', () =>
  said({ subject: [{ name: `app@${DIGEST}`, digest: { sha256: otherHex } }] }),
);
t.forgery('the digest under another algorithm', 'subject-digest', 'invalid', () =>
  said({ subject: [{ name: 'a', digest: { sha512: hex } }] }),
);
t.forgery('the digest as a git commit', 'subject-digest', 'invalid', () => said({ subject: [{ name: 'a', digest: { gitCommit: hex } }] }));
t.forgery('the digest with its algorithm before it', 'subject-digest', 'invalid', () =>
  said({ subject: [{ name: 'a', digest: { sha256: DIGEST } }] }),
);
t.forgery('the digest in upper case, in a statement', 'subject-digest', 'invalid', () =>
  said({ subject: [{ name: 'a', digest: { sha256: hex.toUpperCase() } }] }),
);
t.forgery('the digest in the predicate only', 'subject-digest', 'invalid', () =>
  said({ subject: [{ name: 'a', digest: { sha256: otherHex } }], predicate: { subject: [{ digest: { sha256: hex } }] } }),
);
t.forgery('a subject without digests', 'subject-digest', 'invalid', () => said({ subject: [{ name: 'a' }] }));
t.forgery('an algorithm named __proto__', 'subject-digest', 'invalid', () => raw(text().replace('"sha256":', '"__proto__":')));
t.forgery('a subject that is no object', 'statement-form', 'invalid', () => said({ subject: ['a'] }));
t.forgery('subjects that are no list', 'statement-form', 'invalid', () => said({ subject: { digest: { sha256: hex } } }));
t.forgery('a digest that is no text', 'statement-form', 'invalid', () => said({ subject: [{ digest: { sha256: [hex] } }] }));
t.forgery('another type of document', 'statement-form', 'invalid', () => said({ _type: 'https://acme.test/NotAStatement' }));
t.forgery('a version of the statement that nobody knows', 'statement-form', 'invalid', () =>
  said({ _type: 'https://in-toto.io/Statement/v2' }),
);
t.forgery('no type of document', 'statement-form', 'invalid', () => raw(text().replace('"_type":"https://in-toto.io/Statement/v1",', '')));
t.forgery('no predicate type', 'statement-form', 'invalid', () => raw(text().replace(`"predicateType":"${S}",`, '')));
t.forgery('a predicate type that is no text', 'statement-form', 'invalid', () => said({ predicateType: [S] }));
t.forgery('the predicate type twice', 'statement-form', 'invalid', () =>
  raw(text().replace('"predicateType":', '"predicateType":"https://acme.test/failed","predicateType":')),
);
t.forgery('the subject twice', 'statement-form', 'invalid', () =>
  raw(text().replace('"subject":', `"subject":[{"digest":{"sha256":"${otherHex}"}}],"subject":`)),
);
t.forgery('a statement that is no JSON', 'statement-form', 'invalid', () => raw('no JSON'));
t.forgery('a statement with a byte order mark', 'statement-form', 'invalid', () => raw(`\ufeff${text()}`));
t.forgery('a statement that is a list', 'statement-form', 'invalid', () => raw(`[${text()}]`));
t.forgery('a statement nested too deep', 'statement-form', 'inconclusive', () =>
  raw(text().replace('"predicate":{}', `"predicate":${'['.repeat(200)}${']'.repeat(200)}`)),
);
t.forgery('a statement with 1025 subjects', 'statement-form', 'inconclusive', () =>
  said({ subject: Array.from({ length: 1025 }, () => ({ digest: { sha256: hex } })) }),
);
t.forgery('a subject with 33 digests', 'statement-form', 'inconclusive', () =>
  said({ subject: [{ digest: { sha256: hex, ...Object.fromEntries(Array.from({ length: 32 }, (_, i) => [`x${i}`, 'a'])) } }] }),
);
t.forgery('another payload type', 'payload-type', 'invalid', () => bundle({ signer, payloadType: 'application/vnd.acme+json' }, asKey()));
t.forgery('another payload type, an attestation asked for', 'payload-type', 'invalid', () =>
  bundle({ signer, payload: inTotoStatement(DIGEST, S), payloadType: 'text/plain' }, asKey(asType(S))),
);
t.forgery('the payload type of in-toto with a parameter', 'payload-type', 'invalid', () =>
  bundle({ signer, payloadType: 'application/vnd.in-toto+json;v=1' }, asKey()),
);
t.forgery('a simple signing payload in an envelope', 'payload-type', 'invalid', () =>
  bundle({ signer, payload: simpleSigningPayload(DIGEST), payloadType: 'application/vnd.dev.cosign.simplesigning.v1+json' }, asKey()),
);

// --- which kind ---
t.forgery('an attestation as a signature', 'evidence-kind', 'untrusted', () =>
  bundle({ signer, payload: inTotoStatement(DIGEST, S) }, asKey()),
);
t.forgery('a report of vulnerabilities as a signature', 'evidence-kind', 'untrusted', () =>
  bundle({ signer, payload: inTotoStatement(DIGEST, PREDICATES.vuln) }, asKey()),
);
t.forgery('an attestation in a layer of .sig', 'evidence-kind', 'untrusted', () => att({ signer }, asKey({ want: 'signature' })));
t.forgery('a signature as an attestation', 'evidence-kind', 'untrusted', () => bundle({ signer }, asKey(asType(S))));
t.forgery('a signature as an attestation of its own type', 'evidence-kind', 'untrusted', () =>
  bundle({ signer }, asKey(asType(PREDICATES.sign))),
);
t.forgery('a simple signature as an attestation', 'evidence-kind', 'untrusted', () => sig({ signer }, asKey(asType(S))));
t.forgery('the signature of a message as an attestation', 'evidence-kind', 'untrusted', () => message({ signer }, asKey(asType(S))));
t.forgery('another predicate type', 'predicate-type', 'untrusted', () =>
  bundle({ signer, payload: inTotoStatement(DIGEST, PREDICATES.vuln) }, asKey(asType(S))),
);
t.forgery('a predicate type that only begins so', 'predicate-type', 'untrusted', () =>
  bundle({ signer, payload: inTotoStatement(DIGEST, `${S}.1`) }, asKey(asType(S))),
);
t.forgery('a predicate type of an older version', 'predicate-type', 'untrusted', () =>
  bundle({ signer, payload: inTotoStatement(DIGEST, PREDICATES.slsa02) }, asKey(asType(S))),
);
t.forgery("the layer's annotation says the type that was asked for, the statement another", 'predicate-type', 'untrusted', () =>
  att(
    { signer, payload: inTotoStatement(DIGEST, PREDICATES.vuln), edit: (l) => Object.assign(l.annotations, { predicateType: S }) },
    asKey(asType(S)),
  ),
);
for (const type of [
  PREDICATES.custom,
  PREDICATES.slsa02,
  PREDICATES.vuln,
  PREDICATES.spdx,
  PREDICATES.cyclonedx,
  PREDICATES.openvex,
  'https://acme.test/review/v1',
]) {
  t.control(`an attestation ${type}`, () => bundle({ signer, payload: inTotoStatement(DIGEST, type) }, asKey(asType(type))));
}

// --- annotations ---
const wanted = new Map([['env', 'prod']]);
t.control('an annotation in a simple signing payload', () =>
  simple(simpleSigningPayload(DIGEST, { optional: { env: 'prod', team: 'a' } }), { annotations: wanted }),
);
t.control('an annotation in the statement of a signature', () =>
  bundle({ signer, payload: signStatement(DIGEST, { annotations: { env: 'prod' } }) }, asKey({ annotations: wanted })),
);
t.forgery('an annotation with another value', 'annotations', 'denied', () =>
  simple(simpleSigningPayload(DIGEST, { optional: { env: 'dev' } }), { annotations: wanted }),
);
t.forgery('an annotation that is absent', 'annotations', 'denied', () => simple(simpleSigningPayload(DIGEST), { annotations: wanted }));
t.forgery('an annotation that is a list', 'annotations', 'denied', () =>
  simple(simpleSigningPayload(DIGEST, { optional: { env: ['prod'] } }), { annotations: wanted }),
);
t.forgery('an annotation that stands on the layer, not in what was signed', 'annotations', 'untrusted', () =>
  sig({ signer, edit: (l) => Object.assign(l.annotations, { env: 'prod' }) }, asKey({ annotations: wanted })),
);
t.forgery('an annotation outside the optional part', 'annotations', 'denied', () =>
  simple(simpleSigningPayload(DIGEST, { more: { env: 'prod' } }), { annotations: wanted }),
);
t.forgery('the second of two annotations is absent', 'annotations', 'denied', () =>
  simple(simpleSigningPayload(DIGEST, { optional: { env: 'prod' } }), {
    annotations: new Map([
      ['env', 'prod'],
      ['team', 'a'],
    ]),
  }),
);
t.forgery('an annotation on the subject of another image', 'annotations', 'denied', () =>
  bundle(
    {
      signer,
      payload: signStatement(DIGEST, {
        more: { subject: [{ digest: { sha256: hex } }, { digest: { sha256: otherHex }, annotations: { env: 'prod' } }] },
      }),
    },
    asKey({ annotations: wanted }),
  ),
);
t.forgery('an annotation named __proto__', 'annotations', 'denied', () =>
  simple(simpleSigningPayload(DIGEST), { annotations: new Map([['__proto__', '[object Object]']]) }),
);
t.forgery('an annotation that a bundle of a message cannot have', 'annotations', 'denied', () =>
  message({ signer }, asKey({ annotations: wanted })),
);
t.control('the payload is written with white space', () => {
  const spaced = utf8(JSON.stringify(JSON.parse(text()), null, 2));
  return bundle({ signer, payload: spaced, envelope: signEnvelope(KEY, spaced) }, asKey(asType(S)));
});
