/** Bundles verified per second by one warm process, against `@sigstore/verify` and against what their public-key operations alone allow. */
import { createPublicKey, verify } from 'node:crypto';
import { bundleFromJSON } from '@sigstore/bundle';
import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { decodeBundle } from '../../src/signature/index.ts';
import { parseTrustedRoot } from '../../src/trust/index.ts';
import { type Authority, exactly, verifyEvidence } from '../../src/verify/index.ts';
import { type BenchContext, type Measurement, median, type Row, rounded } from '../row.ts';
import { IDENTITY, makeSamples, type Sample } from './bundles.ts';
import { type Recorded, recordOperations, requireOperations, type Verification } from './operations.ts';

const BUNDLES = 500;
const ROUNDS = 5;
/** The peer is so much slower that fewer rounds have to do. */
const PEER_ROUNDS = 2;
/** Rounds of ours, and bundles of the peer, that are not measured: "warm" means compiled. */
const WARM_ROUNDS = 3;
const WARM_BUNDLES = 100;
/** Bundles after which the next contender has its turn: what disturbs the machine then disturbs all of them. */
const TURN = 25;

/** One who verifies bundles. Throws when one does not verify. */
interface Contender {
  readonly beginRound: () => void;
  readonly run: (from: number, to: number) => Promise<void>;
}

/** `verify-bundles` and `raw-bound`, measured in turns. */
export const verifyBundles: Measurement = { rows: ['verify-bundles', 'raw-bound'], measure };

async function measure({ say }: BenchContext): Promise<readonly Row[]> {
  say(`verify-bundles: making ${BUNDLES} bundles`);
  const { samples, trustedRoot } = makeSamples(BUNDLES);
  const ours = assay(samples, trustedRoot);
  const peer = sigstoreJs(samples, trustedRoot);
  await refusesTampered(samples, trustedRoot);
  const raw = operationsAlone(samples, requireOperations(samples, await recorded(ours)));
  for (let round = 1; round < WARM_ROUNDS; round++) await recorded(ours);
  await peer.run(0, WARM_BUNDLES);
  const withRaw = await runRounds(ROUNDS, samples, ours, raw, (round) => say(`raw-bound: round ${round} of ${ROUNDS}`));
  const withPeer = await runRounds(PEER_ROUNDS, samples, ours, peer, (round) => say(`verify-bundles: round ${round} of ${PEER_ROUNDS}`));
  const work = `${BUNDLES} distinct bundles (v0.3, own leaf under a P-384 CA, SCT, log promise, proof with checkpoint), decoded and verified by identity, warm, one thread`;
  const unit = 'bundles/s per core';
  return [
    {
      name: 'verify-bundles',
      work,
      ...withPeer,
      peerName: '@sigstore/verify 3.1.1',
      unit,
      target: 'at least 5 × the peer',
      met: withPeer.ratio >= 5,
      details: { rounds: PEER_ROUNDS, operationsPerBundle: '5 verifications, 1 key import' },
    },
    {
      name: 'raw-bound',
      work: 'the same against their public-key operations alone: five verifications and one key import each',
      ...withRaw,
      peerName: 'node:crypto alone',
      unit,
      target: 'at least 0.8 of what the operations alone allow',
      met: withRaw.ratio >= 0.8,
      details: { rounds: ROUNDS },
    },
  ];
}

/** Bundles per second of ours and of the other, and the middle of the ratios of neighbouring turns. */
async function runRounds(rounds: number, samples: readonly Sample[], ours: Contender, other: Contender, begin: (round: number) => void) {
  const turns: { readonly ours: number; readonly other: number }[] = [];
  for (let round = 1; round <= rounds; round++) {
    begin(round);
    turns.push(...(await runRound(samples, ours, other)));
  }
  const perSecond = (seconds: readonly number[]): number => rounded(TURN / median(seconds));
  return {
    ours: perSecond(turns.map((t) => t.ours)),
    peer: perSecond(turns.map((t) => t.other)),
    ratio: rounded(median(turns.map((t) => t.other / t.ours))),
  };
}

/** Each verifies all bundles once, in turns. The recorded operations of ours are checked when the round is over. */
async function runRound(samples: readonly Sample[], ours: Contender, other: Contender) {
  const turns: { readonly ours: number; readonly other: number }[] = [];
  const done: Recorded[] = [];
  ours.beginRound();
  other.beginRound();
  for (let from = 0; from < samples.length; from += TURN) {
    let spent = 0;
    done.push(
      await recordOperations(async () => {
        spent = await processorSeconds(() => ours.run(from, from + TURN));
      }),
    );
    turns.push({ ours: spent, other: await processorSeconds(() => other.run(from, from + TURN)) });
  }
  requireOperations(samples, { verifications: done.flatMap((d) => d.verifications), imported: done.flatMap((d) => d.imported) });
  return turns;
}

/** Processor time, all threads of the process: on a machine with other work it says what a core can do, and the clock does not. */
async function processorSeconds(run: () => Promise<void>): Promise<number> {
  const start = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1e6;
}

function recorded(ours: Contender): Promise<Recorded> {
  ours.beginRound();
  return recordOperations(() => ours.run(0, BUNDLES));
}

function assay(samples: readonly Sample[], trustedRoot: string): Contender {
  const trust = parseTrustedRoot(trustedRoot);
  const authorities: Authority[] = [
    { kind: 'identity', name: 'bench', issuer: exactly(IDENTITY.issuer), subject: exactly(IDENTITY.subject), claims: new Map() },
  ];
  return {
    beginRound: () => trust.pairs.clear(),
    async run(from, to) {
      for (const { bytes, subject } of samples.slice(from, to)) {
        const { outcome, checks } = await verifyEvidence(decodeBundle(bytes), {
          subject: { digests: new Map([['sha256', subject]]), bytes: undefined },
          wanted: { kind: 'attestation', predicateType: undefined },
          authorities,
          trust,
          demands: {},
          now: Date.now(),
        });
        if (outcome !== 'verified') throw new Error(`${outcome}: ${checks.find((c) => c.result !== 'pass')?.reason}`);
      }
    },
  };
}

// Subject and digest are left to its callers (they compare after `verify`), so it does a little less than ours.
function sigstoreJs(samples: readonly Sample[], trustedRoot: string): Contender {
  const verifier = new Verifier(toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(trustedRoot))));
  const policy = { subjectAlternativeName: IDENTITY.subject, extensions: { issuer: IDENTITY.issuer } };
  return {
    beginRound: () => undefined,
    async run(from, to) {
      for (const { bytes } of samples.slice(from, to)) {
        verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(Buffer.from(bytes).toString()))), policy);
      }
    },
  };
}

/** The same operations on the same data, everything else done beforehand; the leaf's key as JWK, which is imported fastest. */
function operationsAlone(samples: readonly Sample[], verifications: readonly (readonly Verification[])[]): Contender {
  const prepared = samples.map((_, i) => {
    const list = verifications[i] ?? [];
    const payload = list.at(-1);
    if (payload === undefined) throw new Error('nothing was recorded');
    return { before: list.slice(0, -1), payload, jwk: payload.key.export({ format: 'jwk' }) };
  });
  return {
    beginRound: () => undefined,
    async run(from, to) {
      for (const { before, payload, jwk } of prepared.slice(from, to)) {
        for (const { algorithm, data, key, signature } of before)
          if (!verify(algorithm, data, key, signature)) throw new Error('an operation failed');
        const key = createPublicKey({ key: jwk, format: 'jwk' });
        if (!verify(payload.algorithm, payload.data, key, payload.signature)) throw new Error('an operation failed');
      }
    },
  };
}

/** Both have to refuse a bundle in which any of the five signatures was changed: who does not look is not compared with. */
async function refusesTampered(samples: readonly Sample[], trustedRoot: string): Promise<void> {
  const [sample] = samples;
  if (sample === undefined) return;
  for (const [i, signature] of sample.signatures.entries()) {
    const text = Buffer.from(sample.bytes).toString();
    const bent = changed(text, signature);
    if (bent === text) throw new Error(`signature ${i} was not found in the bundle`);
    const one = [{ ...sample, bytes: Buffer.from(bent) }];
    for (const [name, contender] of [
      ['assay', assay(one, trustedRoot)],
      ['@sigstore/verify', sigstoreJs(one, trustedRoot)],
    ] as const) {
      const refused = await contender.run(0, 1).then(
        () => false,
        () => true,
      );
      if (!refused) throw new Error(`${name} accepts a bundle whose signature ${i} was changed`);
    }
  }
}

// A signature stands in base64, by itself, inside the certificate, or inside the checkpoint's line: the last byte is changed there.
function changed(bundle: string, signature: string): string {
  const bend = (bytes: Buffer): Buffer => {
    const at = bytes.indexOf(Buffer.from(signature, 'hex'));
    if (at < 0) return bytes;
    const copy = Buffer.from(bytes);
    const last = at + signature.length / 2 - 1;
    copy[last] = (copy[last] ?? 0) ^ 1;
    return copy;
  };
  return bundle.replace(/[A-Za-z0-9+/]{40,}={0,2}/g, (text) => {
    const bytes = Buffer.from(text, 'base64');
    const bent = bend(bytes);
    return bent === bytes ? text : bent.toString('base64');
  });
}
