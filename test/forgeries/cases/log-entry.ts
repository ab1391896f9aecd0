/** Rekor v1: promise, inclusion proof, checkpoint, window, thresholds. */
import { encodeBase64 } from '../../../src/bytes/index.ts';
import { makeLog, sharedKey } from '../../../src/testing/index.ts';
import { table } from '../case.ts';
import {
  after,
  asLoggedKey,
  att,
  bundle,
  byKey,
  editRekor,
  entryOf,
  flip,
  ISSUED,
  keyless,
  lab,
  logged,
  message,
  proofOf,
  sig,
  stranger,
  USED,
  v2,
} from '../lab.ts';

const t = table('log-entry');
export const logEntryCases = t.cases;
const strange = stranger.rekor.key;
const rootWith = (window: { start?: Date | null; end?: Date }) =>
  lab.trustedRoot({ logs: [{ of: lab.rekor, window }, { of: lab.rekor2 }] });
const second = makeLog({ version: 1, key: sharedKey('p256', 'second log'), host: 'rekor-two.lab.test' });
const twoLogs = lab.trustedRoot({ logs: [{ of: lab.rekor }, { of: second }] });

// --- that it is there ---
t.control('a keyless signature in a bundle v0.3 with an entry in the log', () => bundle());
t.control('the same in a bundle v0.2', () => bundle({ version: '0.2' }));
t.control('the same in a bundle v0.1', () => bundle({ version: '0.1' }));
t.control('the same under the old name of v0.3', () => bundle({ version: '0.3-old' }));
t.control('a keyless signature in a layer of .sig', () => sig());
t.control('a keyless attestation in a layer of .att', () => att());
t.control('a signature by key with a log entry', () => bundle({ signer: byKey(), logs: [{}] }, asLoggedKey()));
t.control('a signature by key with a log entry, in a layer of .sig', () => sig({ signer: byKey(), logs: [{}] }, asLoggedKey()));
const endedV2 = lab.trustedRoot({ logs: [{ of: lab.rekor2, window: { end: new Date('2024-01-01T00:00:00Z') } }] });
t.control('a signature by key in the Rekor v2 log, with a timestamp', () => bundle({ signer: byKey(), ...v2() }, asLoggedKey()));
t.forgery('a signature by key in a Rekor v2 log that had ended when it was stamped', 'log-window', 'untrusted', () =>
  bundle({ signer: byKey(), ...v2() }, asLoggedKey({ trust: endedV2 })),
);
t.forgery('no entry in a bundle', 'log-threshold', 'untrusted', () => bundle({ logs: [], timestamps: [{}] }));
t.forgery('no entry in a layer of .sig', 'log-threshold', 'untrusted', () => sig({ logs: [], timestamps: [{}] }));
t.forgery('no entry in a layer of .att', 'log-threshold', 'untrusted', () => att({ logs: [], timestamps: [{}] }));
t.forgery('no entry beside a signature by key, which has to be logged', 'log-threshold', 'untrusted', () =>
  bundle({ signer: byKey() }, asLoggedKey()),
);
t.forgery('no entry beside a .sig signature by key, which has to be logged', 'log-threshold', 'untrusted', () =>
  sig({ signer: byKey() }, asLoggedKey()),
);
t.control('no entry, and none is asked for', () => bundle({ signer: byKey() }, asLoggedKey({ logs: 0 })));
t.forgery("an entry in a stranger's log only", 'log-threshold', 'untrusted', () =>
  bundle({ logs: [{ log: stranger.rekor }], timestamps: [{}] }),
);
t.forgery("an entry in a stranger's log only, in a layer of .sig", 'log-threshold', 'untrusted', () =>
  sig({ logs: [{ log: stranger.rekor }], timestamps: [{}] }),
);
t.control("an entry in a stranger's log beside one in ours", () => bundle({ logs: [{ log: stranger.rekor }, {}] }));
t.forgery('an entry by a signer with a key in a stranger log', 'log-threshold', 'untrusted', () =>
  bundle({ signer: byKey(), logs: [{ log: stranger.rekor }] }, asLoggedKey()),
);

// --- the promise ---
for (const [form, make] of [['bundle', bundle] as const, ['layer of .sig', sig] as const, ['layer of .att', att] as const]) {
  t.forgery(`a promise signed by another key, in a ${form}`, 'log-promise', 'invalid', () =>
    make(logged({ bend: { promiseKey: strange } })),
  );
  t.forgery(`a promise over another index, in a ${form}`, 'log-promise', 'invalid', () => make(logged({ bend: { promiseIndex: 7 } })));
  t.forgery(`a stranger's entry under our log's id, in a ${form}`, 'log-promise', 'invalid', () =>
    make(logged({ log: { ...stranger.rekor, id: lab.rekor.id } })),
  );
}
t.forgery('the time was moved after the promise was made', 'log-promise', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(entryOf(b), { integratedTime: String(USED.getTime() / 1000 + 1) }) }),
);
t.forgery('the time was moved after the promise was made, in a layer', 'log-promise', 'invalid', () =>
  sig({ edit: editRekor((r) => Object.assign(r.Payload ?? {}, { integratedTime: USED.getTime() / 1000 + 1 })) }),
);
t.forgery('the index was changed after the promise was made', 'log-promise', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(entryOf(b), { logIndex: String(Number(entryOf(b).logIndex) + 1) }) }),
);
t.forgery('the index was changed after the promise was made, in a layer', 'log-promise', 'invalid', () =>
  sig({ edit: editRekor((r) => Object.assign(r.Payload ?? {}, { logIndex: 1 })) }),
);
t.forgery('a bit of the promise was turned', 'log-promise', 'invalid', () =>
  bundle({
    edit: (b) =>
      Object.assign(entryOf(b), {
        inclusionPromise: { signedEntryTimestamp: flip(entryOf(b).inclusionPromise?.signedEntryTimestamp ?? '') },
      }),
  }),
);
t.forgery('a bit of the promise was turned, in a layer', 'log-promise', 'invalid', () =>
  sig({ edit: editRekor((r) => Object.assign(r, { SignedEntryTimestamp: flip(String(r.SignedEntryTimestamp)) })) }),
);
t.forgery('the promise of a bundle v0.1 is missing', 'log-demand-promise', 'invalid', () =>
  bundle({ version: '0.1', timestamps: [{}], edit: (b) => delete entryOf(b).inclusionPromise }),
);
t.control('no promise in a bundle v0.3, and a timestamp for the time', () =>
  bundle({ timestamps: [{}], edit: (b) => delete entryOf(b).inclusionPromise }),
);
t.control('no promise in a bundle v0.2, and a timestamp for the time', () =>
  bundle({ version: '0.2', timestamps: [{}], edit: (b) => delete entryOf(b).inclusionPromise }),
);
t.forgery('no promise and no timestamp: nothing proves when the certificate was used', 'verified-time', 'untrusted', () =>
  bundle({ edit: (b) => delete entryOf(b).inclusionPromise }),
);
t.control('no promise beside a signature by key, which needs no time', () =>
  bundle({ signer: byKey(), logs: [{}], edit: (b) => delete entryOf(b).inclusionPromise }, asLoggedKey()),
);
t.forgery('an empty promise', 'decode', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(entryOf(b), { inclusionPromise: { signedEntryTimestamp: '' } }) }),
);
t.forgery('a promise that is wrong beside a proof that is right', 'log-promise', 'invalid', () =>
  bundle({ timestamps: [{}], ...logged({ bend: { promiseKey: strange } }) }),
);

// --- the proof ---
for (const version of ['0.2', '0.3'] as const) {
  t.forgery(`the proof of a bundle v${version} is missing`, 'log-demand-proof', 'invalid', () =>
    bundle({ version, edit: (b) => delete entryOf(b).inclusionProof }),
  );
  t.forgery(`the checkpoint of a bundle v${version} is missing`, 'log-demand-proof', 'invalid', () =>
    bundle({ version, edit: (b) => delete proofOf(b).checkpoint }),
  );
}
t.control('a bundle v0.1 without a proof', () => bundle({ version: '0.1', edit: (b) => delete entryOf(b).inclusionProof }));
t.forgery('a bundle v0.1 with a proof that does not hold', 'log-inclusion', 'invalid', () =>
  bundle({ version: '0.1', edit: (b) => Object.assign(proofOf(b), { hashes: proofOf(b).hashes.map((h) => flip(h)) }) }),
);
t.forgery('a bit of a hash of the proof was turned', 'log-inclusion', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(proofOf(b).hashes, { 0: flip(proofOf(b).hashes[0] ?? '') }) }),
);
t.forgery('a hash of the proof is missing', 'log-inclusion', 'invalid', () => bundle({ edit: (b) => proofOf(b).hashes.pop() }));
t.forgery('a hash too many in the proof', 'log-inclusion', 'invalid', () =>
  bundle({ edit: (b) => proofOf(b).hashes.push(encodeBase64(Buffer.alloc(32))) }),
);
t.forgery('a hash of the proof has 31 bytes', 'log-inclusion', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(proofOf(b).hashes, { 0: encodeBase64(Buffer.alloc(31)) }) }),
);
t.forgery('the hashes of the proof in another order', 'log-inclusion', 'invalid', () =>
  bundle({ edit: (b) => proofOf(b).hashes.reverse() }),
);
t.forgery('no hashes in the proof', 'log-inclusion', 'invalid', () => bundle({ edit: (b) => Object.assign(proofOf(b), { hashes: [] }) }));
t.forgery("the proof's index is another", 'log-inclusion', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(proofOf(b), { logIndex: String(Number(proofOf(b).logIndex) ^ 1) }) }),
);
t.forgery("the proof's index lies behind the tree", 'log-inclusion', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(proofOf(b), { logIndex: '9007199254740993' }) }),
);
t.forgery("the proof's index is negative", 'decode', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(proofOf(b), { logIndex: '-1' }) }),
);
t.forgery("the proof's tree size is another than the checkpoint's", 'log-checkpoint-root', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(proofOf(b), { treeSize: String(Number(proofOf(b).treeSize) + 1) }) }),
);
t.forgery("the proof's root is another than the checkpoint's", 'log-checkpoint-root', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(proofOf(b), { rootHash: flip(proofOf(b).rootHash) }) }),
);
t.forgery('the proof is of another entry of the same log', 'log-inclusion', 'invalid', () =>
  bundle(logged({ bend: { treeBody: Buffer.from('another entry') } })),
);
t.forgery('a tree of one leaf, made up together with its root', 'log-checkpoint', 'invalid', () =>
  bundle(
    logged({
      log: { ...makeLog({ version: 1, key: strange, host: lab.rekor.host, leaves: 0, offset: 0 }), id: lab.rekor.id },
      bend: { promiseKey: lab.rekor.key },
    }),
  ),
);

// --- the checkpoint ---
t.forgery('a checkpoint signed by another key', 'log-checkpoint', 'invalid', () => bundle(logged({ bend: { checkpointKey: strange } })));
t.forgery('a checkpoint of the log with another root', 'log-checkpoint-root', 'invalid', () =>
  bundle(logged({ bend: { checkpointRoot: Buffer.alloc(32, 7) } })),
);
t.forgery('a checkpoint of the log with another size', 'log-checkpoint-root', 'invalid', () =>
  bundle(logged({ bend: { checkpointSize: 100_000 } })),
);
t.forgery("a checkpoint that the log's key signed for another log's origin", 'log-checkpoint-origin', 'invalid', () =>
  bundle(logged({ bend: { checkpointOrigin: 'witnessed.elsewhere.test', checkpointName: 'witnessed.elsewhere.test' } })),
);
t.forgery("a checkpoint whose line of signature bears another key's hint", 'log-checkpoint', 'invalid', () =>
  bundle(logged({ bend: { checkpointHint: strange.id.subarray(0, 4) } })),
);
t.forgery('a checkpoint without a line of signature', 'log-checkpoint', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(proofOf(b), { checkpoint: { envelope: `${checkpointOf(b).split('\n\n')[0]}\n\n` } }) }),
);
t.forgery('a checkpoint whose text was changed', 'log-checkpoint', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(proofOf(b), { checkpoint: { envelope: checkpointOf(b).replace('\n\n', '\nmore\n\n') } }) }),
);
t.forgery('a checkpoint that is no note', 'log-checkpoint', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(proofOf(b), { checkpoint: { envelope: 'signed, the log' } }) }),
);
t.forgery('a checkpoint with a line break before its origin', 'log-checkpoint', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(proofOf(b), { checkpoint: { envelope: `\n${checkpointOf(b)}` } }) }),
);
t.forgery('a checkpoint of the same log for an older, smaller tree', 'log-checkpoint-root', 'invalid', () => {
  const old = dsseCheckpoint();
  return bundle({ edit: (b) => Object.assign(proofOf(b), { checkpoint: { envelope: old } }) });
});
t.control('a checkpoint with lines of extension', () => bundle(logged({ bend: { checkpointExtensions: ['Timestamp: 1700000000'] } })));
t.control("a checkpoint on which a stranger's signature stands first", () =>
  bundle(logged({ bend: { signersBefore: [{ name: 'someone.test', key: strange }] } })),
);

// --- when ---
t.control('the log is trusted until exactly the time of the entry', () => bundle({}, { trust: rootWith({ end: USED }) }));
t.control('the log is trusted from exactly the time of the entry', () => bundle({}, { trust: rootWith({ start: USED }) }));
for (const [form, make] of [['bundle', bundle] as const, ['layer', sig] as const]) {
  t.forgery(`the log was retired a second before the entry (${form})`, 'log-window', 'untrusted', () =>
    make({}, { trust: rootWith({ end: new Date(USED.getTime() - 1000) }) }),
  );
  t.forgery(`the log is trusted only from a second after the entry (${form})`, 'log-window', 'untrusted', () =>
    make({}, { trust: rootWith({ start: new Date(USED.getTime() + 1000) }) }),
  );
  t.forgery(`the trusted root does not say since when the log is trusted (${form})`, 'log-window', 'untrusted', () =>
    make({}, { trust: rootWith({ start: null }) }),
  );
}
t.forgery('an entry without promise in a log that was retired, its time moved into the window', 'log-window', 'untrusted', () =>
  bundle(
    {
      timestamps: [{}],
      edit: (b) => {
        delete entryOf(b).inclusionPromise;
        entryOf(b).integratedTime = String(ISSUED.getTime() / 1000 - 86_400);
      },
    },
    { trust: rootWith({ end: new Date(ISSUED.getTime() - 1000) }) },
  ),
);
const listedTwice = (start: Date) =>
  lab.trustedRoot({
    logs: [lab.rekor, lab.rekor2].flatMap((of) => [
      { of, window: { end: new Date(ISSUED.getTime() - 86_400_000) } },
      { of, window: { start } },
    ]),
  });
t.control('a log that the trusted root lists twice, with one window after the other', () => bundle({}, { trust: listedTwice(ISSUED) }));
t.control('a log that is listed twice, for an entry that proves no time', () => bundle(v2(), { trust: listedTwice(ISSUED) }));
t.forgery('a time between the two windows of a log', 'log-window', 'untrusted', () => bundle({}, { trust: listedTwice(after(3600)) }));
t.forgery('a time between the two windows, for an entry that proves no time', 'log-window', 'untrusted', () =>
  bundle(v2(), { trust: listedTwice(after(3600)) }),
);
t.forgery('a log that was retired before, for a signature by key', 'log-window', 'untrusted', () =>
  bundle({ signer: byKey(), logs: [{ at: USED }] }, asLoggedKey({ trust: rootWith({ end: ISSUED }) })),
);

// --- how many ---
t.control('two entries in two logs, two asked for', () => bundle({ logs: [{}, { log: second }] }, { trust: twoLogs, logs: 2 }));
t.forgery('one entry, two logs asked for', 'log-threshold', 'untrusted', () => bundle({}, { trust: twoLogs, logs: 2 }));
t.forgery('two entries in one log, two logs asked for', 'log-threshold', 'untrusted', () =>
  bundle({ logs: [{}, {}] }, { trust: twoLogs, logs: 2 }),
);
t.forgery('the same entry twice', 'log-duplicate', 'invalid', () =>
  bundle({ edit: (b) => b.verificationMaterial.tlogEntries?.push(entryOf(b)) }),
);
t.forgery('the same log and index twice, with a body each', 'log-duplicate', 'invalid', () =>
  bundle({
    timestamps: [{}],
    logs: [{}, {}],
    edit: (b) => {
      const [first, other] = b.verificationMaterial.tlogEntries ?? [];
      if (first === undefined || other === undefined) return;
      other.logIndex = first.logIndex;
      delete other.inclusionPromise;
    },
  }),
);
t.forgery('a forged entry of a known log beside a good one', 'log-promise', 'invalid', () =>
  bundle({ logs: [{}, { log: second, bend: { promiseKey: strange } }] }, { trust: twoLogs }),
);
t.forgery('a forged proof of a known log beside a good entry', 'log-inclusion', 'invalid', () =>
  bundle({ logs: [{}, { log: second, bend: { treeBody: Buffer.from('x') } }] }, { trust: twoLogs }),
);

// --- the annotation's own form ---
t.forgery('the Rekor bundle of a layer is no JSON', 'decode', 'invalid', () =>
  sig({ edit: (l) => Object.assign(l.annotations, { 'dev.sigstore.cosign/bundle': '{' }) }),
);
t.forgery('the Rekor bundle of a layer has a negative time', 'decode', 'invalid', () =>
  sig({ edit: editRekor((r) => Object.assign(r.Payload ?? {}, { integratedTime: -1 })) }),
);
t.forgery('the Rekor bundle of a layer has a fraction as index', 'decode', 'invalid', () =>
  sig({ edit: editRekor((r) => Object.assign(r.Payload ?? {}, { logIndex: 1.5 })) }),
);
t.forgery('the Rekor bundle of a layer has no promise', 'decode', 'invalid', () =>
  sig({ edit: editRekor((r) => delete r.SignedEntryTimestamp) }),
);
t.forgery('the Rekor bundle of a layer names its log in upper case', 'decode', 'invalid', () =>
  sig({ edit: editRekor((r) => Object.assign(r.Payload ?? {}, { logID: String(r.Payload?.logID).toUpperCase() })) }),
);
t.forgery('the Rekor bundle of a layer has two promises in one object', 'decode', 'invalid', () =>
  sig({
    edit: (l) =>
      Object.assign(l.annotations, {
        'dev.sigstore.cosign/bundle': (l.annotations['dev.sigstore.cosign/bundle'] ?? '').replace('{', '{"SignedEntryTimestamp":"AAAA",'),
      }),
  }),
);
t.forgery('the entry of a message bundle was made for other bytes', 'log-body-digest', 'invalid', () =>
  message(logged({ entered: { payload: Buffer.from('x') } })),
);
t.control('the entry of a message bundle', () => message());
t.control('a log that was entered at the last second of the certificate', () => bundle(logged({ at: after(600) })));
t.forgery('the entry is a second after the certificate ended', 'certificate-time', 'expired', () => bundle(logged({ at: after(601) })));
t.forgery('the entry is a second before the certificate began', 'certificate-time', 'expired', () => bundle(logged({ at: after(-1) })));
t.forgery('the entry is a year after the certificate ended, in a layer', 'certificate-time', 'expired', () =>
  sig({ signer: keyless({ notBefore: new Date(ISSUED.getTime() - 200 * 86_400_000) }), logs: [{ at: ISSUED }] }),
);

t.forgery('the log promised no time', 'verified-time', 'untrusted', () => bundle(logged({ at: new Date(0) })));
t.forgery('the time of the entry is in the next century', 'certificate-time', 'expired', () =>
  bundle(logged({ at: new Date('2126-01-01T00:00:00Z') })),
);
t.forgery('the time of the entry is beyond all dates', 'log-promise', 'invalid', () =>
  bundle({ edit: (b) => Object.assign(entryOf(b), { integratedTime: '9007199254740991' }) }),
);
t.control('an entry in a log of a hundred thousand others', () => {
  const log = makeLog({ version: 1, key: sharedKey('p256', 'large log'), host: 'rekor-large.lab.test', leaves: 100_000 });
  return bundle({ logs: [{ log }] }, { trust: lab.trustedRoot({ logs: [{ of: log }] }) });
});

function checkpointOf(b: Parameters<typeof proofOf>[0]): string {
  return proofOf(b).checkpoint?.envelope ?? '';
}

// A true checkpoint of the log, from before the entry was there.
function dsseCheckpoint(): string {
  let text = '';
  bundle({
    edit: (b) => {
      text = checkpointOf(b);
    },
  });
  return text;
}
