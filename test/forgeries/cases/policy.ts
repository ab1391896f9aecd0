/** What policies add: lists of what is revoked, and artifacts that are signed themselves. */
import { encodeHex, utf8 } from '../../../src/bytes/index.ts';
import { preAuthEncoding } from '../../../src/codec/dsse.ts';
import { importPublicKey, sha256 } from '../../../src/crypto/index.ts';
import { digestOf } from '../../../src/oci/digest.ts';
import { createMemoryStore, type MemoryStore } from '../../../src/oci/memory/index.ts';
import {
  dsseBundle,
  GITHUB_ISSUER,
  inTotoStatement,
  PREDICATES,
  type Pushed,
  pushArtifact,
  pushBundle,
  pushFallback,
  pushImage,
  WORKFLOW,
} from '../../../src/testing/index.ts';
import { parseTrustedRoot } from '../../../src/trust/index.ts';
import { exactly, UNSAFE_ANY } from '../../../src/verify/matcher.ts';
import { verifySubject } from '../../../src/verify/subject.ts';
import { type Posed, table } from '../case.ts';
import { after, asKey, bundle, byKey, KEY, keyless, lab, logged, STRANGE_KEY, signStatement } from '../lab.ts';

const t = table('policy');
export const policyCases = t.cases;

const IN_TOTO = 'application/vnd.in-toto+json';
const keyId = (key: typeof KEY): string => `sha256:${encodeHex(sha256(key.spki))}`;
const evidenceId = (key: typeof KEY, payload: Uint8Array): string =>
  `sha256:${encodeHex(sha256(utf8(keyId(key)), preAuthEncoding(IN_TOTO, payload)))}`;
const signed = (revoked: NonNullable<Posed['ask']['revoked']>): Posed => bundle({ signer: byKey(), logs: [] }, asKey({ revoked }));
const one = (what: string): ReadonlyMap<string, string> => new Map([[what, 'stolen']]);

// --- revoked ---
t.control('a list that revokes something else', () =>
  signed({ keys: one(keyId(STRANGE_KEY)), evidence: one(evidenceId(KEY, utf8('{}'))), images: one(digestOf(utf8('other'))) }),
);
t.forgery('the list of what is revoked is not there', 'revocation-list-missing', 'inconclusive', () =>
  signed({ unavailable: 'the list of what is revoked is not there' }),
);
t.forgery('the key is revoked', 'revoked-key', 'revoked', () => signed({ keys: one(keyId(KEY)) }));
t.forgery('the piece of evidence is revoked', 'revoked-evidence', 'revoked', () =>
  signed({ evidence: one(evidenceId(KEY, signStatement())) }),
);
t.forgery("the certificate's key is revoked", 'revoked-key', 'revoked', () => {
  const signer = keyless();
  if (signer.kind !== 'certificate') throw new Error('no certificate');
  return bundle({ signer }, { revoked: { keys: one(keyId(signer.certificate.key)) } });
});
t.forgery('the certificate is revoked', 'revoked-certificate', 'revoked', () => {
  const signer = keyless();
  if (signer.kind !== 'certificate') throw new Error('no certificate');
  return bundle({ signer }, { revoked: { certificates: one(digestOf(signer.certificate.der)) } });
});
t.forgery('the authority that issued the certificate is revoked', 'revoked-certificate', 'revoked', () => {
  const issuer = lab.ca.chain[0];
  if (issuer === undefined) throw new Error('no authority');
  return bundle({}, { revoked: { certificates: one(digestOf(issuer.der)) } });
});
t.forgery('the log entry is revoked', 'revoked-log-entry', 'revoked', () => {
  const posed = bundle(logged({}));
  if (posed.stored.form !== 'bundle') throw new Error('no bundle');
  const made = JSON.parse(Buffer.from(posed.stored.bytes).toString()) as {
    verificationMaterial: { tlogEntries: { logIndex: string; logId: { keyId: string } }[] };
  };
  const [entry] = made.verificationMaterial.tlogEntries;
  if (entry === undefined) throw new Error('no entry');
  const name = `${Buffer.from(entry.logId.keyId, 'base64').toString('hex')}:${entry.logIndex}`;
  return { ...posed, ask: { revoked: { logEntries: one(name) } } };
});
const identity = (from?: Date, until?: Date): Posed =>
  bundle(
    {},
    {
      revoked: {
        identities: [
          {
            issuer: exactly(GITHUB_ISSUER),
            subject: exactly(WORKFLOW),
            reason: 'the workflow was taken over',
            ...(from === undefined ? {} : { from }),
            ...(until === undefined ? {} : { until }),
          },
        ],
      },
    },
  );
t.control('an identity that is revoked for a later time', () => identity(after(3600)));
t.control('an identity that was revoked until a time before', () => identity(undefined, after(-3600)));
t.forgery('an identity that is revoked for the time of signing', 'revoked-identity', 'revoked', () => identity(after(-3600), after(3600)));
t.forgery('an identity that is revoked for good', 'revoked-identity', 'revoked', () => identity());
t.forgery('an identity that is revoked whatever its issuer', 'revoked-identity', 'revoked', () =>
  bundle({}, { revoked: { identities: [{ issuer: UNSAFE_ANY, subject: exactly(WORKFLOW), reason: 'gone' }] } }),
);

// --- artifacts that are signed themselves ---
const SBOM = 'application/vnd.cyclonedx+json';

/** An image with an SBOM beside it, and what `arrange` does to both. */
function artifact(arrange: (store: MemoryStore, image: Pushed, other: Pushed) => void): Posed {
  const run: Posed['run'] = () => {
    const store = createMemoryStore();
    const [image, other] = [pushImage(store, 'app'), pushImage(store, 'other')];
    arrange(store, image, other);
    return verifySubject({
      stores: [store],
      digest: image.digest,
      subject: { digests: new Map([['sha256', image.digest.slice('sha256:'.length)]]), bytes: image.bytes },
      requirement: {
        kind: 'evidence',
        wanted: { kind: 'artifact', artifactType: SBOM },
        authorities: [{ kind: 'key', name: 'asked', key: importPublicKey(KEY.spki) }],
        threshold: 1,
        demands: { unsafeSkipTransparencyLog: true },
        trust: parseTrustedRoot(JSON.stringify(lab.trustedRoot())),
      },
      now: lab.now.getTime(),
    });
  };
  return { stored: { form: 'bundle', bytes: new Uint8Array() }, ask: {}, run };
}

const sign = (store: MemoryStore, what: Pushed, key = KEY): Pushed =>
  pushBundle(store, what, dsseBundle(lab, byKey(key), inTotoStatement(what.digest, PREDICATES.sign), { logs: [] }));
const sbom = (store: MemoryStore, of: Pushed, type = SBOM): Pushed => pushArtifact(store, of, type, utf8('{"bomFormat":"CycloneDX"}'));

t.control('an SBOM that is attached and signed', () => artifact((store, image) => void sign(store, sbom(store, image))));
t.control('a signed SBOM that is attached to something attached', () =>
  artifact((store, image) => void sign(store, sbom(store, sbom(store, image, 'application/vnd.acme.report')))),
);
t.forgery('an SBOM that nobody signed', 'referrer-signature', 'untrusted', () => artifact((store, image) => void sbom(store, image)));
t.forgery('an SBOM that a stranger signed', 'referrer-signature', 'untrusted', () =>
  artifact((store, image) => void sign(store, sbom(store, image), STRANGE_KEY)),
);
t.forgery('an SBOM beside a signed image', 'referrer-signature', 'untrusted', () =>
  artifact((store, image) => {
    sbom(store, image);
    sign(store, image);
  }),
);
t.forgery("another image's signed SBOM, listed for this image", 'referrer-subject', 'invalid', () =>
  artifact((store, image, other) => {
    const foreign = sbom(store, other);
    sign(store, foreign);
    pushFallback(store, image, [foreign]);
  }),
);
