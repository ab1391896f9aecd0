import type { Json } from '../../codec/json.ts';
import { maybeTime, objectOf } from './read.ts';

/** What cosign's type `custom` wraps: any data, and when it was attested (cosign specs/COSIGN_PREDICATE_SPEC.md). */
export interface CustomPredicate {
  readonly kind: 'custom';
  /** Mostly the text of the file that was attested. */
  readonly data: Json | undefined;
  readonly timestamp: Date | undefined;
}

/** Reads cosign's custom predicate. Throws `statement-invalid`. */
export function readCustom(predicate: Json | undefined): CustomPredicate {
  const { Data, Timestamp } = objectOf(predicate, 'custom predicate');
  return { kind: 'custom', data: Data, timestamp: maybeTime(Timestamp, 'Timestamp') };
}
