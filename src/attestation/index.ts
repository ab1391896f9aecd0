/** Attestations: statements and their predicates, as data. Nothing here says that they are true. */
export { builderClaims, type Predicate, readPredicate } from './predicate/index.ts';
export { isPredicateType, type WantedPredicateType, wantedPredicateType } from './predicate-type.ts';
export { COSIGN_SIGN_PREDICATE, IN_TOTO_PAYLOAD, parseStatement, type Statement, type StatementSubject } from './statement.ts';
