/**
 * The property that matters: evidence that was changed anywhere is no longer verified, unless what is verified about it is what was
 * verified before: the same signer, the same signed bytes, no time and no log entry that the honest evidence does not have.
 */
import { isAssayError } from '../../src/errors.ts';
import { type Random, seededRandom } from '../../src/testing/index.ts';
import type { Findings } from '../../src/verify/verifier.ts';
import { verifyEvidence } from '../../src/verify/verifier.ts';
import type { Ask, Posed, Stored } from '../forgeries/case.ts';
import { decode, requestOf } from '../forgeries/judge.ts';
import { mutate, mutateBytes } from './mutate.ts';

/** What a run found. */
export interface PropertyReport {
  readonly mutants: number;
  /** Mutants that are verified, saying nothing new. */
  readonly neutral: number;
  readonly broken: { readonly seed: number; readonly stored: Stored; readonly why: string } | undefined;
}

/** Judges mutants of one group of verified evidence, all of which answers the same question. Throws when the honest evidence does not verify. */
export async function judgeMutants(
  group: readonly Posed[],
  seed: number,
  budget: { readonly mutants?: number; readonly milliseconds?: number },
): Promise<PropertyReport> {
  const random = seededRandom(seed);
  const said = new Set<string>();
  for (const posed of group) {
    const findings = await verified(posed.stored, posed);
    if (findings === undefined) throw new Error('the honest evidence does not verify');
    for (const fact of facts(findings)) said.add(fact);
  }
  const started = performance.now();
  let mutants = 0;
  let neutral = 0;
  while (
    (budget.mutants === undefined || mutants < budget.mutants) &&
    (budget.milliseconds === undefined || performance.now() - started < budget.milliseconds)
  ) {
    const posed = random.pick(group);
    const stored = mutantOf(random, posed.stored, group);
    mutants++;
    const findings = await verified(stored, posed);
    if (findings === undefined) continue;
    const fresh = facts(findings).filter((fact) => !said.has(fact));
    if (fresh.length > 0) return { mutants, neutral, broken: { seed, stored, why: fresh.join('; ') } };
    neutral++;
  }
  return { mutants, neutral, broken: undefined };
}

const requests = new WeakMap<Ask, ReturnType<typeof requestOf>>();
function requestFor(ask: Ask): ReturnType<typeof requestOf> {
  const request = requests.get(ask) ?? requestOf(ask);
  requests.set(ask, request);
  return request;
}

async function verified(stored: Stored, { ask }: Posed): Promise<Findings | undefined> {
  try {
    const entity = decode(stored);
    if (entity === null) return undefined;
    const findings = await verifyEvidence(entity, await requestFor(ask));
    return findings.outcome === 'verified' ? findings : undefined;
  } catch (error) {
    if (isAssayError(error) && error.code !== 'internal') return undefined;
    throw error;
  }
}

/** All that a verdict claims, one text for each claim. */
function facts(findings: Findings): string[] {
  const { signer, payload, times, log, claims, predicateType, kind, authorities } = findings;
  return [
    `signer ${JSON.stringify(signer)}`,
    `${kind} of ${predicateType ?? 'no type'}`,
    `payload ${payload === undefined ? 'none' : Buffer.from(payload).toString('base64')}`,
    ...times.map((t) => `time ${t.source} ${t.time.toISOString()}`),
    // The index in a whole log is bound by a promise alone; an entry without one may state any.
    ...log.map((l) => `log ${l.logId}`),
    ...[...claims.certificate].map(([k, v]) => `claim ${k}=${v}`),
    `authorities ${authorities.length}`,
  ];
}

function mutantOf(random: Random, stored: Stored, group: readonly Posed[]): Stored {
  if (stored.form !== 'layer') {
    const others = group.flatMap((p) => (p.stored.form === 'layer' ? [] : [Buffer.from(p.stored.bytes)]));
    return { ...stored, bytes: mutate(random, Buffer.from(stored.bytes), 'json', others) };
  }
  const { mediaType, content, annotations } = stored.layer;
  const names = Object.keys(annotations);
  const layers = group.flatMap((p) => (p.stored.form === 'layer' ? [p.stored.layer] : []));
  const copy = { mediaType, content, annotations: { ...annotations } };
  const name = random.pick(names);
  const value = Buffer.from(annotations[name] ?? '');
  switch (random.below(6)) {
    case 0:
      copy.content = mutate(random, Buffer.from(content), 'json', []);
      break;
    case 1:
      copy.annotations[name] = random.pick(layers).annotations[name] ?? '';
      break;
    case 2:
      copy.annotations[name] = mutate(random, value, 'json', []).toString();
      break;
    case 3:
      delete copy.annotations[name];
      break;
    case 4:
      copy.annotations[name] = mutateBytes(random, value, [], true).toString();
      break;
    default: {
      // Base64, and the DER inside it.
      const inside = Buffer.from(value.toString(), 'base64');
      copy.annotations[name] = mutate(random, inside, 'der', []).toString('base64');
    }
  }
  return { form: 'layer', layer: copy };
}
