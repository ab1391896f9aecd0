/** What the log entry says, compared with the evidence, field by field and kind by kind; and Rekor v2. */
import { createHash } from 'node:crypto';
import { encodeBase64, utf8 } from '../../../src/bytes/index.ts';
import type { Json } from '../../../src/codec/json.ts';
import {
  type Body,
  type BodyKind,
  canonicalBody,
  type EvidenceSigner,
  inTotoStatement,
  makeLog,
  newKey,
  PREDICATES,
  sharedKey,
  sign,
  verifierOf,
} from '../../../src/testing/index.ts';
import { table } from '../case.ts';
import {
  asLoggedKey,
  att,
  blob,
  bundle,
  byKey,
  entryOf,
  flip,
  IMAGE,
  keyless,
  lab,
  logged,
  message,
  proofOf,
  STRANGE_KEY,
  sig,
  signStatement,
  stranger,
  v2,
} from '../lab.ts';

const t = table('log-body');
export const logBodyCases = t.cases;
const other = signStatement(`sha256:${'0'.repeat(64)}`);

/** Changes one member of a body, by path. */
function bent(path: readonly (string | number)[], value: Json | undefined | ((old: string) => Json)): (honest: Body) => Body {
  return (honest) => {
    const copy = JSON.parse(JSON.stringify(honest)) as Record<string, unknown>;
    let at = copy as Record<string | number, unknown>;
    for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, unknown>;
    const last = path.at(-1) as string | number;
    if (value === undefined) delete at[last];
    else at[last] = typeof value === 'function' ? value(String(at[last])) : value;
    return copy as unknown as Body;
  };
}
const twin = (signer: EvidenceSigner): EvidenceSigner => ({
  kind: 'certificate',
  certificate: lab.issue({ key: signer.kind === 'key' ? signer.key : signer.certificate.key }),
  chain: lab.ca.chain,
});

// --- DSSE envelopes, each kind of entry ---
const dsseKinds: readonly BodyKind[] = ['dsse/0.0.1', 'intoto/0.0.2', 'intoto/0.0.1'];
for (const kind of dsseKinds) {
  if (kind !== 'intoto/0.0.1') t.control(`an entry ${kind} for an envelope`, () => bundle(logged({ kind })));
  t.forgery(`an entry ${kind} for another payload`, 'log-body-digest', 'invalid', () =>
    bundle(logged({ kind, entered: { payload: other } })),
  );
  const hash = kind === 'dsse/0.0.1' ? ['spec', 'payloadHash', 'value'] : ['spec', 'content', 'payloadHash', 'value'];
  t.forgery(`an entry ${kind} whose payload hash is another`, 'log-body-digest', 'invalid', () =>
    bundle(logged({ kind, body: bent(hash, 'ab'.repeat(32)) })),
  );
  t.forgery(`an entry ${kind} whose payload hash is of an unknown algorithm`, 'log-body-digest', 'invalid', () =>
    bundle(logged({ kind, body: bent([...hash.slice(0, -1), 'algorithm'], 'sha1') })),
  );
  const verifier =
    kind === 'dsse/0.0.1'
      ? ['spec', 'signatures', 0, 'verifier']
      : kind === 'intoto/0.0.2'
        ? ['spec', 'content', 'envelope', 'signatures', 0, 'publicKey']
        : ['spec', 'publicKey'];
  t.forgery(`an entry ${kind} that names a stranger's certificate`, 'log-body-verifier', 'invalid', () =>
    bundle(logged({ kind, entered: { verifier: verifierOf(keyless({}, stranger)) } })),
  );
  t.forgery(`an entry ${kind} that names a key where the signer has a certificate`, 'log-body-verifier', 'invalid', () => {
    const signer = keyless();
    return bundle({
      signer,
      ...logged({ kind, entered: { verifier: verifierOf(byKey(signer.kind === 'key' ? signer.key : signer.certificate.key)) } }),
    });
  });
  t.forgery(`an entry ${kind} that names another certificate for the same key`, 'log-body-verifier', 'invalid', () => {
    const signer = keyless();
    return bundle({ signer, ...logged({ kind, entered: { verifier: verifierOf(twin(signer)) } }) });
  });
  t.forgery(`an entry ${kind} whose verifier is no PEM`, 'log-body-verifier', 'invalid', () =>
    bundle(logged({ kind, body: bent(verifier, encodeBase64(utf8('no certificate'))) })),
  );
  t.forgery(`an entry ${kind} without a verifier`, 'log-body', 'invalid', () => bundle(logged({ kind, body: bent(verifier, undefined) })));
}
t.forgery('an entry dsse/0.0.1 with the signature of another signing', 'log-body-signature', 'invalid', () => {
  const signer = keyless();
  const again = sign(signer.kind === 'key' ? signer.key : signer.certificate.key, utf8('x'));
  return bundle({ signer, ...logged({ entered: { signature: again } }) });
});
t.forgery('an entry intoto/0.0.2 with the signature of another signing', 'log-body-signature', 'invalid', () =>
  bundle(logged({ kind: 'intoto/0.0.2', entered: { signature: Buffer.from('x') } })),
);
t.forgery('an entry intoto/0.0.2 whose signature is encoded once, not twice', 'log-body-signature', 'invalid', () =>
  bundle(
    logged({
      kind: 'intoto/0.0.2',
      body: bent(['spec', 'content', 'envelope', 'signatures', 0, 'sig'], (old) => Buffer.from(old, 'base64').toString()),
    }),
  ),
);
t.forgery('an entry intoto/0.0.2 with another payload type', 'log-body', 'invalid', () =>
  bundle(logged({ kind: 'intoto/0.0.2', body: bent(['spec', 'content', 'envelope', 'payloadType'], 'text/plain') })),
);
t.forgery('an entry dsse/0.0.1 with an empty list of signatures', 'log-body', 'invalid', () =>
  bundle(logged({ body: bent(['spec', 'signatures'], []) })),
);
t.forgery('an entry dsse/0.0.1 with two signatures, ours the second', 'log-body', 'invalid', () =>
  bundle(
    logged({
      body: (honest) => {
        const copy = JSON.parse(JSON.stringify(honest)) as { spec: { signatures: unknown[] } };
        copy.spec.signatures.unshift({ signature: 'AAAA', verifier: encodeBase64(utf8(keyless({}, stranger).kind)) });
        return copy as unknown as Body;
      },
    }),
  ),
);
t.forgery('a transplanted entry: true, but of another envelope by the same signer', 'log-body-digest', 'invalid', () => {
  const signer = keyless();
  let entry: ReturnType<typeof entryOf> | undefined;
  bundle({
    signer,
    payload: inTotoStatement(`sha256:${'1'.repeat(64)}`, PREDICATES.sign),
    edit: (b) => {
      entry = entryOf(b);
    },
  });
  return bundle({ signer, edit: (b) => Object.assign(b.verificationMaterial, { tlogEntries: [entry] }) });
});
t.forgery('an entry dsse/0.0.1 in a layer of .att for another payload', 'log-body-digest', 'invalid', () =>
  att(logged({ entered: { payload: other } })),
);
t.forgery("an entry dsse/0.0.1 in a layer of .att whose verifier is a stranger's", 'log-body-verifier', 'invalid', () =>
  att(logged({ entered: { verifier: verifierOf(keyless({}, stranger)) } })),
);
t.control('an entry intoto/0.0.1 in a layer of .att', () => att(logged({ kind: 'intoto/0.0.1' })));
t.control('an entry intoto/0.0.2 in a layer of .att', () => att(logged({ kind: 'intoto/0.0.2' })));
t.forgery('an entry hashedrekord/0.0.1 of the bare payload, for an envelope', 'log-body-digest', 'invalid', () =>
  bundle(logged({ kind: 'hashedrekord/0.0.1' })),
);

// --- payloads and messages: hashedrekord 0.0.1 ---
for (const [form, make] of [['layer of .sig', sig] as const, ['message bundle', message] as const]) {
  t.forgery(`an entry for other bytes, in a ${form}`, 'log-body-digest', 'invalid', () =>
    make(logged({ entered: { payload: Buffer.from('other') } })),
  );
  t.forgery(`an entry whose hash algorithm is another, in a ${form}`, 'log-body-digest', 'invalid', () =>
    make(logged({ body: bent(['spec', 'data', 'hash', 'algorithm'], 'sha512') })),
  );
  t.forgery(`an entry whose hash algorithm is unknown, in a ${form}`, 'log-body-digest', 'invalid', () =>
    make(logged({ body: bent(['spec', 'data', 'hash', 'algorithm'], 'md5') })),
  );
  t.forgery(`an entry with SHA-1 of the bytes, in a ${form}`, 'log-body-digest', 'invalid', () =>
    make(logged({ entered: { hash: 'sha1' } })),
  );
  t.forgery(`an entry with another signature, in a ${form}`, 'log-body-signature', 'invalid', () =>
    make(logged({ body: bent(['spec', 'signature', 'content'], (old) => flip(old)) })),
  );
  t.forgery(`an entry with a stranger's certificate, in a ${form}`, 'log-body-verifier', 'invalid', () =>
    make(logged({ entered: { verifier: verifierOf(keyless({}, stranger)) } })),
  );
  t.forgery(`an entry without a signature, in a ${form}`, 'log-body', 'invalid', () =>
    make(logged({ body: bent(['spec', 'signature'], undefined) })),
  );
  t.forgery(`an entry of a kind that fits no signature, in a ${form}`, 'log-body', 'invalid', () =>
    make(logged({ body: (b) => ({ ...b, kind: 'rpm' }) })),
  );
  t.forgery(`an entry of an unknown version, in a ${form}`, 'log-body', 'invalid', () =>
    make(logged({ body: (b) => ({ ...b, apiVersion: '0.0.9' }) })),
  );
}
t.control('an entry with SHA-384 of a message by a P-384 key', () =>
  message({ leaf: { keyKind: 'p384' }, ...logged({ entered: { hash: 'sha384' } }) }),
);
t.control('an entry with SHA-512 of a message by a P-521 key', () =>
  message({ leaf: { keyKind: 'p521' }, ...logged({ entered: { hash: 'sha512' } }) }),
);
t.forgery('an entry that names another key of the asked signer', 'log-body-verifier', 'invalid', () =>
  sig({ signer: byKey(), ...logged({ entered: { verifier: verifierOf(byKey(STRANGE_KEY)) } }) }, asLoggedKey()),
);
t.forgery('an entry of an envelope, in a layer of .sig', 'log-body', 'invalid', () => sig(logged({ kind: 'dsse/0.0.1' })));

// --- kind, version, JSON ---
t.forgery('kindVersion names another kind than the body', 'log-body-kind', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(entryOf(b).kindVersion, { kind: 'intoto' }) }),
);
t.forgery('kindVersion names another version than the body', 'log-body-kind', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(entryOf(b).kindVersion, { version: '0.0.2' }) }),
);
t.forgery('the body has a member twice', 'log-body', 'invalid', () =>
  bundle(logged({ body: (b) => utf8(Buffer.from(canonicalBody(b)).toString().replace('"kind":', '"kind":"dsse","kind":')) })),
);
t.forgery('the body is no JSON', 'log-body', 'invalid', () => bundle(logged({ body: () => utf8('no JSON') })));
t.forgery('the body is a JSON list', 'log-body', 'invalid', () => bundle(logged({ body: () => utf8('[]') })));
t.forgery('the body was edited after it was logged', 'log-promise', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(entryOf(b), { canonicalizedBody: flip(entryOf(b).canonicalizedBody, 30) }) }),
);
t.forgery('the body is empty', 'decode', 'invalid', () => bundle({ edit: (b) => Object.assign(entryOf(b), { canonicalizedBody: '' }) }));

// --- old sign-blob bundles: CVE-2022-36056, GHSA-whqx-f9j3-ch6m ---
t.control('an old sign-blob bundle', () => blob());
t.forgery('an old sign-blob bundle with the entry of other bytes', 'log-body-digest', 'invalid', () =>
  blob(logged({ entered: { payload: Buffer.from('x') } })),
);
t.forgery('an old sign-blob bundle with the entry of another signature', 'log-body-signature', 'invalid', () =>
  blob(logged({ entered: { signature: Buffer.from('x') } })),
);
t.forgery('an old sign-blob bundle with the entry of another signer', 'log-body-verifier', 'invalid', () =>
  blob(logged({ entered: { verifier: verifierOf(keyless()) } })),
);
t.forgery('an old sign-blob bundle without an entry', 'log-threshold', 'untrusted', () => blob({ logs: [] }));
t.control('an old sign-blob bundle by key', () => blob({ signer: byKey() }, asLoggedKey()));
t.forgery('an old sign-blob bundle by another key', 'signature', 'untrusted', () => blob({ signer: byKey(STRANGE_KEY) }, asLoggedKey()));

// --- Rekor v2 ---
t.control('an entry in a Rekor v2 log, witnesses beside its signature, and a timestamp', () => bundle(v2()));
t.control('a message with an entry in a Rekor v2 log', () => message(v2()));
t.control('a signature by key with an entry in a Rekor v2 log', () => bundle({ signer: byKey(), ...v2(), timestamps: [] }, asLoggedKey()));
t.control('a Rekor v2 log with a P-256 key', () => {
  const log = makeLog({ version: 2, key: sharedKey('p256', 'log2'), host: 'log-ecdsa.lab.test' });
  return bundle({ ...v2(), logs: [{ log }] }, { trust: lab.trustedRoot({ logs: [{ of: log }] }) });
});
t.forgery('an entry in a Rekor v2 log without a timestamp', 'verified-time', 'untrusted', () => bundle({ ...v2(), timestamps: [] }));
t.forgery('an entry in a Rekor v2 log that states a time, without a timestamp', 'verified-time', 'untrusted', () =>
  bundle({ ...v2({ bend: { integratedTime: new Date(lab.now.getTime() - 2 * 86_400_000 + 60_000) } }), timestamps: [] }),
);
t.forgery('a Rekor v2 checkpoint by another key', 'log-checkpoint', 'invalid', () =>
  bundle(v2({ bend: { checkpointKey: stranger.rekor2.key } })),
);
t.forgery('a Rekor v2 checkpoint that only witnesses signed', 'log-checkpoint', 'invalid', () =>
  bundle({
    ...v2(),
    edit: (b) =>
      Object.assign(proofOf(b), { checkpoint: { envelope: (proofOf(b).checkpoint?.envelope ?? '').replace(/— log2026[^\n]*\n/, '') } }),
  }),
);
t.control("a Rekor v2 checkpoint on which a stranger's signature stands first", () =>
  bundle(v2({ bend: { signersBefore: [{ name: 'x.test', key: newKey('ed25519') }] } })),
);
t.forgery('a Rekor v2 checkpoint for another origin', 'log-checkpoint-origin', 'invalid', () =>
  bundle(v2({ bend: { checkpointOrigin: 'log.elsewhere.test', checkpointName: 'log.elsewhere.test' } })),
);
t.forgery('a Rekor v2 checkpoint with another root', 'log-inclusion', 'invalid', () =>
  bundle(v2({ bend: { checkpointRoot: Buffer.alloc(32, 9) } })),
);
t.forgery('a Rekor v2 proof of another entry', 'log-inclusion', 'invalid', () => bundle(v2({ bend: { treeBody: Buffer.from('x') } })));
t.forgery('a Rekor v2 entry whose index is another than that of its proof', 'log-index', 'invalid', () =>
  bundle({ ...v2(), edit: (b) => Object.assign(entryOf(b), { logIndex: '1' }) }),
);
t.forgery('a Rekor v2 entry without a proof', 'log-demand-proof', 'invalid', () =>
  bundle({ ...v2(), edit: (b) => delete entryOf(b).inclusionProof }),
);
t.forgery('a Rekor v2 entry without a proof, for a key', 'log-demand-proof', 'invalid', () =>
  bundle({ signer: byKey(), ...v2(), edit: (b) => delete entryOf(b).inclusionProof }, asLoggedKey()),
);
const record = (name: string): string[] => ['spec', 'hashedRekordV002', ...name.split('.')];
t.forgery('a Rekor v2 entry with the digest of something else', 'log-body-digest', 'invalid', () =>
  bundle(v2({ entered: { payload: other } })),
);
t.forgery('a Rekor v2 entry of the bare payload, not of what was signed', 'log-body-digest', 'invalid', () =>
  bundle(v2({ body: bent(record('data.digest'), createHash('sha256').update(signStatement()).digest('base64')) })),
);
t.forgery('a Rekor v2 entry with another digest algorithm', 'log-body-digest', 'invalid', () =>
  bundle(v2({ body: bent(record('data.algorithm'), 'SHA2_512') })),
);
t.forgery('a Rekor v2 entry with another signature', 'log-body-signature', 'invalid', () =>
  bundle(v2({ body: bent(record('signature.content'), (old) => flip(old)) })),
);
t.forgery('a Rekor v2 entry with other key details', 'log-body-verifier', 'invalid', () =>
  bundle(v2({ body: bent(record('signature.verifier.keyDetails'), 'PKIX_ED25519') })),
);
t.forgery("a Rekor v2 entry with a stranger's certificate", 'log-body-verifier', 'invalid', () =>
  bundle(v2({ entered: { verifier: verifierOf(keyless({}, stranger)) } })),
);
t.forgery('a Rekor v2 entry with the bare key of the certificate', 'log-body-verifier', 'invalid', () => {
  const signer = keyless();
  return bundle({
    signer,
    ...v2({ entered: { verifier: verifierOf(byKey(signer.kind === 'key' ? signer.key : signer.certificate.key)) } }),
  });
});
t.forgery('a Rekor v2 entry with a member that no entry has', 'log-body', 'invalid', () => bundle(v2({ body: bent(record('note'), 'x') })));
t.forgery('a Rekor v2 entry of the kind that only version 1 has', 'log-body', 'invalid', () => bundle(v2({ kind: 'hashedrekord/0.0.1' })));
t.forgery('a Rekor v2 entry for a message by another key of the asked signer', 'log-body-verifier', 'invalid', () =>
  message({ signer: byKey(), ...v2({ entered: { verifier: verifierOf(byKey(STRANGE_KEY)) } }), over: IMAGE }, asLoggedKey()),
);
t.forgery("an entry in a stranger's Rekor v2 log", 'log-threshold', 'untrusted', () =>
  bundle({ ...v2(), logs: [{ log: stranger.rekor2 }] }),
);
t.forgery("a stranger's Rekor v2 log under our log's id", 'log-checkpoint', 'invalid', () =>
  bundle({ ...v2(), logs: [{ log: { ...stranger.rekor2, id: lab.rekor2.id, host: lab.rekor2.host } }] }),
);
const byCheckpointKey = () => {
  const trust = lab.trustedRoot({ logs: [{ of: lab.rekor2 }] });
  const tlogs = trust.tlogs.map((l) => ({ ...l, checkpointKeyId: l.logId, logId: { keyId: encodeBase64(lab.rekor2.key.id) } }));
  return { ...trust, tlogs };
};
t.control('a Rekor v2 log that the trusted root names by its checkpoint key id', () => bundle(v2(), { trust: byCheckpointKey() }));
t.forgery('a Rekor v2 log that was retired before the timestamp', 'log-window', 'untrusted', () =>
  bundle(v2(), { trust: lab.trustedRoot({ logs: [{ of: lab.rekor2, window: { end: new Date('2024-01-01T00:00:00Z') } }] }) }),
);
t.forgery('the same, and the entry states a time inside the window, which nobody signs', 'log-window', 'untrusted', () =>
  bundle(v2({ bend: { integratedTime: new Date('2023-06-01T00:00:00Z') } }), {
    trust: lab.trustedRoot({ logs: [{ of: lab.rekor2, window: { end: new Date('2024-01-01T00:00:00Z') } }] }),
  }),
);
t.control('a Rekor v2 entry that states a time outside of every window, which is ignored', () =>
  bundle(v2({ bend: { integratedTime: new Date('2001-01-01T00:00:00Z') } })),
);

t.control('an envelope of a P-384 key, logged in a Rekor v2 log with SHA-384', () =>
  bundle({ leaf: { keyKind: 'p384' }, ...v2({ entered: { hash: 'sha384' } }) }),
);
t.control('an envelope of an RSA key, logged in a Rekor v2 log', () => {
  const key = sharedKey('rsa2048');
  return bundle({ signer: byKey(key), ...v2(), timestamps: [] }, asLoggedKey({ keys: [key] }));
});
t.control('an envelope of an Ed25519 key, logged in a Rekor v2 log', () => {
  const key = sharedKey('ed25519');
  return bundle({ signer: byKey(key), ...v2(), timestamps: [] }, asLoggedKey({ keys: [key] }));
});
