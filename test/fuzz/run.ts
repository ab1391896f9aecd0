/** Feeds mutants to decoders. What counts as a crash: an error that is not ours, one that says `internal`, or too much time. */
import { isAssayError } from '../../src/errors.ts';
import { type Random, seededRandom } from '../../src/testing/index.ts';
import { mutate } from './mutate.ts';
import type { Target } from './targets.ts';

/** What a run found about one decoder. */
export interface FuzzReport {
  readonly target: string;
  readonly inputs: number;
  /** Inputs that the decoder took. */
  readonly accepted: number;
  readonly slowestMs: number;
  readonly crash: Crash | undefined;
}

/** An input that a decoder did not bear. */
export interface Crash {
  readonly seed: number;
  readonly input: Buffer;
  readonly why: string;
}

/** How long a run goes on: a number of inputs, or a time in milliseconds. */
export interface Budget {
  readonly inputs?: number;
  readonly milliseconds?: number;
  /** Time that one input may take, in milliseconds. */
  readonly perInputMs: number;
}

/** Runs one decoder on mutants of its seeds until the budget is used up or it crashes. The seeds themselves come first and have to be taken. */
export async function fuzz(target: Target, seed: number, budget: Budget): Promise<FuzzReport> {
  const random = seededRandom(seed);
  const pool = [...target.seeds()];
  const started = performance.now();
  let inputs = 0;
  let accepted = 0;
  let slowestMs = 0;
  const more = (): boolean =>
    (budget.inputs === undefined || inputs < budget.inputs) &&
    (budget.milliseconds === undefined || performance.now() - started < budget.milliseconds);
  while (more()) {
    const input = mutantOf(random, target, pool);
    inputs++;
    const { took, why, ok } = await feed(target, input);
    slowestMs = Math.max(slowestMs, took);
    if (ok) accepted++;
    // A machine that was busy is no fault of the decoder: only what is slow twice is slow.
    const slow = took > budget.perInputMs && (await feed(target, input)).took > budget.perInputMs;
    const crash = why ?? (slow ? `it takes ${Math.round(took)} ms` : undefined);
    if (crash !== undefined) return { target: target.name, inputs, accepted, slowestMs, crash: { seed, input, why: crash } };
    // What is taken in spite of its mutation leads to places that the seeds do not.
    if (ok && pool.length < 200 && input.length < 50_000 && random.chance(0.05)) pool.push(input);
  }
  return { target: target.name, inputs, accepted, slowestMs, crash: undefined };
}

function mutantOf(random: Random, target: Target, pool: readonly Buffer[]): Buffer {
  const mutant = mutate(random, random.pick(pool), target.shape, pool);
  return target.mend?.(mutant, random) ?? mutant;
}

async function feed(
  target: Target,
  input: Buffer,
): Promise<{ readonly took: number; readonly why: string | undefined; readonly ok: boolean }> {
  const copy = Buffer.from(input);
  const started = performance.now();
  let why: string | undefined;
  let ok = true;
  try {
    await target.decode(input);
  } catch (error) {
    ok = false;
    if (!isAssayError(error)) why = `it throws ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    else if (error.code === 'internal') why = `it says internal: ${error.message}`;
  }
  const took = performance.now() - started;
  return { took, why: why ?? (copy.equals(input) ? undefined : 'it changes its input'), ok };
}
