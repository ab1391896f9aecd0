/** The door of the room: the evaluator that the policy languages are given. */
export { createEvaluator, type EvaluatorOptions } from './evaluator.ts';
export type { EngineFiles } from './location.ts';
