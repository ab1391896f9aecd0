/** Assay's answers, as a script reads them. */
import type { Ran, Workshop } from './workshop.ts';

/** One piece of evidence in an answer. */
export interface EvidenceAnswer {
  readonly kind: string;
  readonly format: string;
  readonly found: string;
  readonly outcome: string;
  readonly predicateType: string | null;
  readonly signer: Readonly<Record<string, unknown>> | null;
  readonly claims: { readonly certificate: Readonly<Record<string, string>>; readonly builder: Readonly<Record<string, string>> };
  readonly times: readonly { readonly source: string }[];
  readonly log: readonly { readonly index: number }[];
  readonly checks: readonly { readonly id: string; readonly result: string; readonly reason: string }[];
}

/** What Assay answered about one image or file. */
export interface Answer {
  readonly code: number;
  readonly outcome: string;
  readonly evidence: readonly EvidenceAnswer[];
  /** The verified pieces, as `format by place`, sorted. */
  readonly verified: readonly string[];
  /** For messages of failing tests. */
  readonly why: string;
}

/** Asks with `--output json`. */
export async function ask(workshop: Workshop, argv: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Answer> {
  const ran: Ran = await workshop.assay([...argv, '--output', 'json'], env);
  const answer = JSON.parse(ran.stdout) as {
    outcome?: string;
    images?: { reasons: string[]; evidence: EvidenceAnswer[] }[];
    files?: { reasons: string[]; evidence: EvidenceAnswer[] }[];
    errors?: { code: string; message: string }[];
  };
  const subjects = answer.images ?? answer.files ?? [];
  const evidence = subjects.flatMap((s) => s.evidence);
  return {
    code: ran.code,
    outcome: answer.outcome ?? answer.errors?.[0]?.code ?? 'none',
    evidence,
    verified: evidence
      .filter((e) => e.outcome === 'verified')
      .map((e) => `${e.format} by ${e.found}`)
      .sort(),
    why: [...subjects.flatMap((s) => s.reasons), ...(answer.errors ?? []).map((e) => e.message), ran.stderr].join('\n'),
  };
}
