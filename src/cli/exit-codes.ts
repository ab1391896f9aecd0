import { type AssayError, ERROR_GROUPS, type ErrorCode, type ErrorGroup } from '../errors.ts';
import type { Outcome } from '../verify/report.ts';

/** CONTRACT, "Exit codes". */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

/** Done, verified, allowed. */
export const DONE = 0;
/** Not verified, denied, nothing found. */
export const NO = 1;
/** Misuse: nothing was tried. */
export const MISUSE = 2;
/** A fact could not be had. */
export const UNKNOWN = 3;
/** An error of Assay's own. */
export const INTERNAL = 4;

const BY_GROUP: Readonly<Record<ErrorGroup, ExitCode>> = {
  misuse: MISUSE,
  'not-found': NO,
  transport: UNKNOWN,
  'evidence-invalid': NO,
  'policy-denied': NO,
  unsupported: MISUSE,
  limit: UNKNOWN,
  internal: INTERNAL,
};

/** Codes whose group says something else: offline, a fact is missing, whoever asked. */
const BY_CODE: ReadonlyMap<ErrorCode, ExitCode> = new Map([['offline', UNKNOWN]]);

/** The exit code of a command that ended with this error. */
export function exitCodeOf(error: AssayError): ExitCode {
  return BY_CODE.get(error.code) ?? BY_GROUP[ERROR_GROUPS[error.code]];
}

/** The exit code of an outcome. */
export function exitCodeOfOutcome(outcome: Outcome): ExitCode {
  if (outcome === 'verified') return DONE;
  return outcome === 'inconclusive' ? UNKNOWN : NO;
}

/** The exit code of several subjects: 1 if any is definitely not verified, else 3 if any is inconclusive, else 0. */
export function exitCodeOfAll(codes: readonly ExitCode[]): ExitCode {
  for (const code of [INTERNAL, NO, UNKNOWN, MISUSE] as const) if (codes.includes(code)) return code;
  return DONE;
}
