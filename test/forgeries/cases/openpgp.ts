/** Simple signatures: OpenPGP keys and messages, and the identity that was signed. */
import { deflateRawSync } from 'node:zlib';
import { encodeBase64, utf8 } from '../../../src/bytes/index.ts';
import { createMemoryStore } from '../../../src/oci/memory/index.ts';
import { compileContainersPolicy } from '../../../src/policy/dialect/containers-policy/index.ts';
import type { PolicyDocument } from '../../../src/policy/documents.ts';
import type { PolicyResources } from '../../../src/policy/index.ts';
import {
  DAY,
  type KeyringMaking,
  keyring,
  MINUTE,
  type PgpKey,
  type PgpSigning,
  pgpHashedKey,
  pgpLiteral,
  pgpMessage,
  pgpPacket,
  pgpSignature,
  type SigningKey,
  sharedKey,
  simpleSigningPayload,
} from '../../../src/testing/index.ts';
import { verifySubject } from '../../../src/verify/subject.ts';
import { type Ask, type Posed, table } from '../case.ts';
import { DIGEST, IMAGE, KEY, lab, OTHER_DIGEST, sig } from '../lab.ts';

const t = table('openpgp');
export const openPgpCases = t.cases;

const MADE = new Date(lab.now.getTime() - 100 * DAY);
const SIGNED = new Date(lab.now.getTime() - DAY);
const REFERENCE = 'registry.example/app:v1';

function keyOf(key: SigningKey, created = MADE): PgpKey {
  return { key, created };
}
const OURS = keyOf(sharedKey('p256', 'openpgp'));
const STRANGERS = keyOf(sharedKey('p256', 'openpgp stranger'));
const SUBKEY = keyOf(sharedKey('ed25519', 'openpgp subkey'));

function payload(options: Parameters<typeof simpleSigningPayload>[1] = {}, digest: string = DIGEST): Uint8Array {
  return simpleSigningPayload(digest, { type: 'atomic container signature', reference: REFERENCE, optional: {}, ...options });
}

interface Making {
  readonly by?: PgpKey;
  readonly payload?: Uint8Array;
  readonly says?: Partial<PgpSigning>;
  readonly message?: (message: Buffer) => Buffer;
}

function message({ by = OURS, says = {}, payload: signed = payload(), message: change }: Making): Buffer {
  const made = pgpMessage(by, signed, { created: SIGNED, ...says });
  return change === undefined ? made : change(made);
}

function posed(making: Making, ring: KeyringMaking = { key: OURS }, ask: Ask = {}): Posed {
  return { stored: { form: 'openpgp', bytes: message(making) }, ask: { openpgp: [keyring(ring)], identities: [], ...ask } };
}

// --- keys ---
for (const kind of ['p256', 'ed25519', 'rsa2048'] as const) {
  const key = keyOf(sharedKey(kind, 'openpgp'));
  t.control(`a message by a ${kind} key`, () => posed({ by: key }, { key }));
}
const MODERN: PgpKey = { ...SUBKEY, modern: true };
t.control('a message by an Ed25519 key of RFC 9580', () => posed({ by: MODERN }, { key: MODERN }));
t.forgery('a message by an Ed25519 key of RFC 9580, of something else', 'signature', 'invalid', () =>
  posed(
    {
      message: () =>
        Buffer.concat([pgpPacket(2, pgpSignature(MODERN, 0x00, [payload({}, OTHER_DIGEST)], { created: SIGNED })), pgpLiteral(payload())]),
    },
    { key: MODERN },
  ),
);
const bound = (more: Partial<NonNullable<KeyringMaking['subkeys']>[number]> = {}): KeyringMaking => ({
  key: OURS,
  subkeys: [{ key: SUBKEY, ...more }],
});
t.control('a message by a subkey', () => posed({ by: SUBKEY }, bound()));
t.forgery('a message by a stranger', 'signature', 'untrusted', () => posed({ by: STRANGERS }));
t.forgery('a message by a stranger that names our key', 'signature', 'invalid', () => posed({ by: STRANGERS, says: { issuer: OURS } }));
t.forgery('a message by a stranger that names our key, as what it is', 'key-hint', 'invalid', () =>
  posed({ by: STRANGERS, says: { issuer: OURS } }),
);
t.forgery('a message by a stranger that names nobody', 'signature', 'untrusted', () => posed({ by: STRANGERS, says: { issuer: null } }));
t.control('a message that names nobody', () => posed({ says: { issuer: null } }));
t.forgery('a message by a key of another kind', 'signature', 'untrusted', () =>
  posed({}, { key: OURS }, { openpgp: [], keys: [OURS.key], logs: 0 }),
);
t.forgery('a layer of .sig by the key of an OpenPGP key', 'signature', 'untrusted', () => ({
  ...sig({ signer: { kind: 'key', key: OURS.key } }),
  ask: { openpgp: [keyring({ key: OURS })], identities: [], logs: 0 },
}));
t.forgery('a key that nobody certifies', 'openpgp-self-signature', 'untrusted', () => posed({}, { key: OURS, certifiedBy: null }));
t.forgery('a key that a stranger certifies', 'openpgp-self-signature', 'untrusted', () => posed({}, { key: OURS, certifiedBy: STRANGERS }));
t.forgery('a key that is certified by SHA-1', 'openpgp-self-signature', 'untrusted', () =>
  posed({}, { key: OURS, says: { hash: 'sha1' } }),
);
t.forgery('a subkey that nobody binds', 'openpgp-binding', 'untrusted', () => posed({ by: SUBKEY }, bound({ boundBy: null })));
t.forgery('a subkey that a stranger binds', 'openpgp-binding', 'untrusted', () => posed({ by: SUBKEY }, bound({ boundBy: STRANGERS })));
t.forgery("a stranger's key, bound as a subkey without its knowing", 'openpgp-back-signature', 'untrusted', () =>
  posed({ by: SUBKEY }, bound({ backBy: null })),
);
t.forgery("a stranger's key, bound as a subkey with a back-signature of our own", 'openpgp-back-signature', 'untrusted', () =>
  posed({ by: SUBKEY }, bound({ backBy: OURS })),
);
t.forgery('a key that only certifies', 'openpgp-key-usage', 'untrusted', () => posed({}, { key: OURS, says: { keyFlags: 0x01 } }));
t.forgery('a subkey that only encrypts', 'openpgp-key-usage', 'untrusted', () =>
  posed({ by: SUBKEY }, bound({ says: { keyFlags: 0x0c, embedded: backSignature() } })),
);
t.control('a subkey of a key that only certifies', () => posed({ by: SUBKEY }, { ...bound(), says: { keyFlags: 0x01 } }));
t.forgery('a revoked key', 'openpgp-key-revoked', 'revoked', () => posed({}, { key: OURS, revokedBy: OURS }));
t.forgery('a key that is revoked by SHA-1', 'openpgp-key-revoked', 'revoked', () =>
  posed({}, { key: OURS, revokedBy: OURS, revocationHash: 'sha1' }),
);
t.control('a key that a stranger pretends to revoke', () => posed({}, { key: OURS, revokedBy: STRANGERS }));
t.forgery('a revoked subkey', 'openpgp-key-revoked', 'revoked', () => posed({ by: SUBKEY }, bound({ revokedBy: OURS })));
t.forgery('a subkey of a revoked key', 'openpgp-key-revoked', 'revoked', () => posed({ by: SUBKEY }, { ...bound(), revokedBy: OURS }));
const PAST = 50 * 86_400;
t.forgery('a key that has expired', 'openpgp-key-expired', 'expired', () => posed({}, { key: OURS, says: { keyExpiresAfter: PAST } }));
t.forgery('a subkey that has expired', 'openpgp-key-expired', 'expired', () =>
  posed({ by: SUBKEY }, bound({ says: { keyExpiresAfter: PAST, embedded: backSignature() } })),
);
t.forgery('a subkey of a key that has expired', 'openpgp-key-expired', 'expired', () =>
  posed({ by: SUBKEY }, { ...bound(), says: { keyExpiresAfter: PAST } }),
);
t.forgery('a key whose certification has expired', 'openpgp-key-expired', 'expired', () =>
  posed({}, { key: OURS, says: { expiresAfter: PAST } }),
);
t.control('a key that expires in a year', () => posed({}, { key: OURS, says: { keyExpiresAfter: 365 * 86_400 } }));

/** What the keyring makes itself where a subkey says nothing else. */
function backSignature(): Uint8Array[] {
  return [pgpSignature(SUBKEY, 0x19, [pgpHashedKey(OURS), pgpHashedKey(SUBKEY)], { created: SUBKEY.created })];
}

// --- the signature ---
t.forgery('a signature that has expired', 'openpgp-signature-expired', 'expired', () => posed({ says: { expiresAfter: 3600 } }));
t.control('a signature that expires tomorrow', () => posed({ says: { expiresAfter: 2 * 86_400 } }));
t.forgery('a signature from before its key', 'openpgp-signing-time', 'invalid', () =>
  posed({ says: { created: new Date(MADE.getTime() - DAY) } }),
);
t.forgery('a signature from tomorrow', 'openpgp-signing-time', 'invalid', () =>
  posed({ says: { created: new Date(lab.now.getTime() + DAY) } }),
);
t.control('a signature by a clock that is half a minute ahead', () =>
  posed({ says: { created: new Date(lab.now.getTime() + MINUTE / 2) } }),
);
t.forgery('a signature with a critical part that nobody knows', 'openpgp-critical', 'invalid', () =>
  posed({ says: { more: [[0x80 | 99, utf8('?')]] } }),
);
t.control('a signature with a part that nobody knows', () => posed({ says: { more: [[99, utf8('?')]] } }));
t.forgery('a signature over SHA-1', 'signature', 'invalid', () => posed({ says: { hash: 'sha1' } }));
t.forgery('another payload under a good signature', 'signature', 'invalid', () =>
  posed({
    message: () =>
      Buffer.concat([pgpPacket(2, pgpSignature(OURS, 0x00, [payload()], { created: SIGNED })), pgpLiteral(payload({}, OTHER_DIGEST))]),
    payload: payload({}, OTHER_DIGEST),
  }),
);
t.forgery('a certification, played as a signature of data', 'decode', 'invalid', () =>
  posed({
    message: () => Buffer.concat([pgpPacket(2, pgpSignature(OURS, 0x13, [payload()], { created: SIGNED })), pgpLiteral(payload())]),
  }),
);
t.control('signature before data, the old style', () =>
  posed({
    message: () => Buffer.concat([pgpPacket(2, pgpSignature(OURS, 0x00, [payload()], { created: SIGNED })), pgpLiteral(payload())]),
  }),
);
t.control('a compressed message', () => posed({ message: (m) => pgpPacket(8, Buffer.of(1), deflateRawSync(m)) }));
t.forgery('a message with data behind it', 'decode', 'invalid', () =>
  posed({ message: (m) => Buffer.concat([m, pgpLiteral(utf8('more'))]) }),
);
t.forgery('a message with data before it', 'decode', 'invalid', () =>
  posed({ message: (m) => Buffer.concat([pgpLiteral(utf8('more')), m]) }),
);
t.forgery('a compressed message with bytes behind it', 'decode', 'invalid', () =>
  posed({ message: (m) => pgpPacket(8, Buffer.of(1), deflateRawSync(m), utf8('more')) }),
);
t.forgery('a message that is compressed twice', 'decode', 'invalid', () =>
  posed({ message: (m) => pgpPacket(8, Buffer.of(1), deflateRawSync(pgpPacket(8, Buffer.of(1), deflateRawSync(m)))) }),
);
t.forgery('a message that grows without end', 'decode', 'inconclusive', () =>
  posed({ message: () => pgpPacket(8, Buffer.of(1), deflateRawSync(pgpLiteral(Buffer.alloc(16 * 1024 * 1024)))) }),
);
t.forgery('data without a signature', 'decode', 'invalid', () => posed({ message: () => pgpLiteral(payload()) }));

// --- what was signed ---
t.forgery('a signature of another image', 'subject-digest', 'invalid', () => posed({ payload: payload({}, OTHER_DIGEST) }));
t.forgery("cosign's payload in an OpenPGP message", 'payload-form', 'invalid', () =>
  posed({ payload: payload({ type: 'cosign container image signature' }) }),
);
t.forgery('the payload of simple signing in a layer of .sig', 'payload-form', 'invalid', () => ({
  ...sig({ signer: { kind: 'key', key: KEY }, payload: payload() }),
  ask: { keys: [KEY], identities: [], logs: 0 },
}));
t.forgery('a payload that says more', 'payload-form', 'invalid', () =>
  posed({ payload: utf8(Buffer.from(payload()).toString().replace('{', '{"more":1,')) }),
);
t.forgery('a payload without identity', 'payload-form', 'invalid', () =>
  posed({
    payload: utf8(
      Buffer.from(payload())
        .toString()
        .replace(/"docker-reference":"[^"]*"/, ''),
    ),
  }),
);
t.forgery('a simple signature as an attestation', 'evidence-kind', 'untrusted', () =>
  posed({}, { key: OURS }, { want: { predicateType: 'custom' } }),
);

// --- whose image it is called: the whole way, by a policy.json ---
const REGISTRY_IMAGE = { text: REFERENCE, repository: 'registry.example/app', tag: 'v1', digest: DIGEST };

/** Judges a message under a policy.json with this identity. */
function judged(signedIdentity: object | undefined, reference: string): Posed {
  const bytes = message({ payload: payload({ reference }) });
  const keyData = encodeBase64(keyring({ key: OURS }));
  const asked = { type: 'signedBy', keyType: 'GPGKeys', keyData, ...(signedIdentity === undefined ? {} : { signedIdentity }) };
  const document: PolicyDocument = { file: 'policy.json', kind: 'containers-policy', value: { default: [asked] }, positionOf: () => ({}) };
  const compiled = compileContainersPolicy(document, { now: lab.now.getTime() } as PolicyResources);
  return {
    ...posed({}),
    run: async () => {
      const [policy] = (await compiled).policies;
      const requirement = policy?.requirement;
      if (typeof requirement !== 'function') throw new Error('the policy did not compile');
      const [algorithm = '', hex = ''] = DIGEST.split(':');
      return verifySubject({
        stores: [createMemoryStore()],
        signatureSources: [
          {
            label: 'here',
            name: 'lookaside',
            async *list() {
              yield bytes;
            },
          },
        ],
        digest: DIGEST,
        subject: { digests: new Map([[algorithm, hex]]), bytes: IMAGE },
        requirement: requirement(REGISTRY_IMAGE),
        now: lab.now.getTime(),
      });
    },
  };
}
t.control('signed for what the image is called', () => judged(undefined, REFERENCE));
t.control('signed for another tag, where only the repository counts', () => judged({ type: 'matchRepository' }, 'registry.example/app:v2'));
t.forgery('signed for another tag', 'docker-reference', 'denied', () => judged(undefined, 'registry.example/app:v2'));
t.forgery('signed for another repository', 'docker-reference', 'denied', () =>
  judged({ type: 'matchRepository' }, 'registry.example/other:v1'),
);
t.forgery('signed for another name than the one that is asked for', 'docker-reference', 'denied', () =>
  judged({ type: 'exactReference', dockerReference: 'a.example/app:v1' }, REFERENCE),
);
t.forgery('signed for no name at all', 'docker-reference', 'denied', () => judged(undefined, 'not a name'));
