import { describe, expect, test } from 'vitest';
import { CASES } from './all.ts';
import type { Case } from './case.ts';
import { explain, judge, ready, shows } from './judge.ts';

const nameOf = (row: Case): string => `${row.kind}: ${row.says}`;
const kinds = [...new Set(CASES.map((c) => c.kind))];

/** What was posed and answered: making and judging a case is dear, and two questions are asked about it. */
const answers = new Map<Case, Answered>();

interface Answered {
  readonly posed: ReturnType<Case['make']>;
  readonly answer: Awaited<ReturnType<typeof judge>>;
}

async function answerOf(row: Case): Promise<Answered> {
  const known = answers.get(row);
  if (known !== undefined) return known;
  const posed = row.make();
  const made = { posed, answer: await judge(await ready(posed)) };
  answers.set(row, made);
  return made;
}

describe.each(kinds)('%s', (kind) => {
  for (const row of CASES.filter((c) => c.kind === kind)) {
    test(row.says, async () => {
      const { answer } = await answerOf(row);
      expect(answer.outcome, explain(answer)).toBe(row.expected);
      if (row.rule !== undefined) expect(shows(row.rule, answer.failed), explain(answer)).toBe(true);
    });
  }
});

test('no two cases say the same', () => {
  const names = CASES.map(nameOf);
  expect(names.filter((n, i) => names.indexOf(n) !== i)).toEqual([]);
});

test('what is not verified names no authority and gives no payload', async () => {
  for (const row of CASES.filter((c) => c.rule !== undefined)) {
    const { posed, answer } = await answerOf(row);
    // Of several pieces some may well be good.
    if (posed.more !== undefined || posed.ask.threshold !== undefined) continue;
    const { findings } = answer;
    expect(findings?.authorities ?? [], nameOf(row)).toEqual([]);
    expect(findings?.payload, nameOf(row)).toBeUndefined();
  }
});
