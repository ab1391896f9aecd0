/** Producers × consumers: every cell is verified by everybody who knows its form, and refused by each of them after tampering. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Ran } from '../lab/workshop.ts';
import { lacksPeers } from '../peers.ts';
import { lacksServers } from '../servers.ts';
import { type Cell, table } from './cells.ts';
import { CONSUMERS, type Consumer, type Wrong } from './consumers.ts';
import { type Exhibit, makePair } from './exhibits.ts';
import { produce } from './producers.ts';
import { placePiece, readPiece } from './storage.ts';
import { PARTS, tamper } from './tampering.ts';
import { openWorld, type World } from './world.ts';

const { cells, impossible } = table();
const PEERS = [['cosign', '3'], ['cosign', '2.5'], ['notation', '1'], ['sigstore-go'], ['docker-registry']] as const;

const MISSING = lacksPeers(...PEERS) || lacksServers();

describe.skipIf(MISSING)('the matrix', () => {
  let world: World;
  const executed = new Set<string>();
  const answers = { yes: 0, no: 0 };
  const overlooked = new Set<string>();

  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(async () => {
    report(executed.size, `; ${answers.yes} times verified, ${answers.no} times refused`);
    for (const what of overlooked) process.stderr.write(`matrix: not asked, ${what}\n`);
    await world?.close();
  });

  async function accepted(by: readonly Consumer[], cell: Cell, exhibit: Exhibit): Promise<void> {
    const rans = await Promise.all(by.map((consumer) => consumer.ask(world, cell, exhibit, true)));
    const wrong = by.flatMap(({ name }, i) => (rans[i]?.code === 0 ? [] : [said(name, rans[i])]));
    expect(wrong, 'have to verify it').toEqual([]);
    answers.yes += by.length;
  }

  async function refused(consumers: readonly Consumer[], cell: Cell, exhibit: Exhibit, why: Wrong): Promise<void> {
    const by = consumers.filter(({ name, overlooks }) => {
      const reason = overlooks?.(cell, why);
      if (reason !== undefined) overlooked.add(`${name} ${reason}`);
      return reason === undefined;
    });
    const rans = await Promise.all(by.map((consumer) => consumer.ask(world, cell, exhibit, why !== 'signer')));
    const wrong = by.flatMap(({ name, no }, i) => {
      const ran = rans[i];
      return ran !== undefined && no(ran) ? [] : [said(name, ran)];
    });
    expect(wrong, `have to refuse it for its ${why}`).toEqual([]);
    answers.no += by.length;
  }

  test.concurrent.for(cells.map((cell) => [cell.name, cell] as const))('%s', { timeout: 240_000 }, async ([, cell]) => {
    const consumers = CONSUMERS.filter(({ knows }) => knows(cell));
    const { exhibit, other } = await makePair(world, cell);
    await produce(world, cell, exhibit);
    let lies = await readPiece(world, cell, exhibit);
    const honest = lies;
    if (cell.log === 'v2') expect(serversOf(honest.content)).toEqual({ entries: ['rekor.local'], timestamps: 1 });
    await accepted(consumers, cell, exhibit);
    await refused(consumers, cell, exhibit, 'signer');
    await placePiece(world, cell, other, honest, undefined);
    await refused(consumers, cell, other, 'subject');
    for (const part of PARTS) {
      const changed = tamper(honest, part);
      // The payload of a file's signature is the file: another one has just been refused.
      if (changed === undefined) {
        expect(`${part} of ${cell.subject}`).toBe('payload of blob');
        continue;
      }
      lies = await placePiece(world, cell, exhibit, changed, lies);
      await refused(consumers, cell, exhibit, part);
    }
    executed.add(cell.name);
  });

  test('has no cell that was not executed', () => {
    expect(cells.flatMap(({ name }) => (executed.has(name) ? [] : [name]))).toEqual([]);
  });
});

describe('the table', () => {
  afterAll(() => {
    if (MISSING) report(0, ': peers or servers are missing');
  });

  test('has every cell once, and a reason for what is none', () => {
    const names = [...cells, ...impossible].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(impossible.filter(({ why }) => why === '')).toEqual([]);
  });
});

/** By whom a bundle was entered and stamped: the real log says its name. */
function serversOf(bundle: Buffer): object {
  const { verificationMaterial } = JSON.parse(bundle.toString()) as {
    verificationMaterial: {
      tlogEntries?: { inclusionProof: { checkpoint: { envelope: string } } }[];
      timestampVerificationData?: { rfc3161Timestamps?: object[] };
    };
  };
  const { tlogEntries = [], timestampVerificationData } = verificationMaterial;
  return {
    entries: tlogEntries.map(({ inclusionProof }) => inclusionProof.checkpoint.envelope.split('\n')[0]),
    timestamps: timestampVerificationData?.rfc3161Timestamps?.length ?? 0,
  };
}

function report(executed: number, more: string): void {
  process.stderr.write(`matrix: ${executed} cells executed of ${cells.length} possible (${impossible.length} not possible)${more}\n`);
  const reasons = new Map<string, number>();
  for (const { why } of impossible) reasons.set(why, (reasons.get(why) ?? 0) + 1);
  for (const [why, count] of reasons) process.stderr.write(`matrix: not possible, ${count}: ${why}\n`);
}

function said(name: string, ran: Ran | undefined): string {
  return `${name}: exit ${ran?.code}: ${`${ran?.stdout}${ran?.stderr}`.slice(0, 1500)}`;
}
