/** The run that proves the table: every rule is disabled in turn, and some case has to notice. Bundled and started by `scripts/rules.mjs`. */
import { disableRule, RULES, type RuleId } from '../../src/rules.ts';
import { CASES } from './all.ts';
import type { Case } from './case.ts';
import { judge, type Ready, ready } from './judge.ts';

/** What was found about one rule: the case that noticed, and what it was called instead. */
export interface RuleProof {
  readonly rule: RuleId;
  readonly caughtBy: string | undefined;
  readonly became: string | undefined;
}

/**
 * Disables one rule after the other. A case notices when its outcome is no longer the one that is right; one that then verifies is
 * looked for first, as it is the forgery that only this rule stops. Throws when a case is not answered well with all rules in force.
 */
export async function proveRules(): Promise<readonly RuleProof[]> {
  const rows: { row: Case; made: Ready }[] = [];
  for (const row of CASES) {
    const made = await ready(row.make());
    const { outcome } = await judge(made);
    if (outcome !== row.expected) throw new Error(`with all rules in force "${row.says}" is ${outcome}, not ${row.expected}`);
    rows.push({ row, made });
  }
  const proofs: RuleProof[] = [];
  for (const rule of RULES) proofs.push(await proveRule(rule, rows));
  return proofs;
}

async function proveRule(rule: RuleId, rows: readonly { readonly row: Case; readonly made: Ready }[]): Promise<RuleProof> {
  const mine = rows.filter(({ row }) => row.rule === rule);
  const others = rows.filter(({ row }) => row.rule !== rule);
  let weaker: RuleProof | undefined;
  disableRule(rule);
  try {
    for (const some of [mine, others]) {
      for (const { row, made } of some) {
        const { outcome } = await judge(made);
        if (outcome === row.expected) continue;
        const proof = { rule, caughtBy: `${row.kind}: ${row.says}`, became: outcome };
        if (outcome === 'verified') return proof;
        weaker ??= proof;
      }
      // The rule's own cases have noticed: the hundreds of others would add nothing.
      if (weaker !== undefined) return weaker;
    }
  } finally {
    disableRule(undefined);
  }
  return { rule, caughtBy: undefined, became: undefined };
}
