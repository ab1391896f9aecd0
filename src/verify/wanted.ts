import { isPredicateType } from '../attestation/index.ts';
import { type SignedEntity, statementOf } from '../signature/index.ts';
import type { WantedEvidence } from './request.ts';

/**
 * Whether an entity is of the kind that is asked for. A statement that cannot be read is of every kind: what it is cannot be known,
 * so it is reported, never passed over.
 */
export function isWanted(entity: SignedEntity, wanted: WantedEvidence): boolean {
  if (wanted.kind === 'any') return true;
  const result = entity.content.kind === 'dsse' ? statementOf(entity.content.envelope) : undefined;
  if (result !== undefined && 'error' in result) return result.error !== undefined || wanted.kind === 'attestation';
  if (entity.kind !== wanted.kind) return false;
  if (wanted.kind === 'signature' || wanted.predicateType === undefined || result === undefined) return true;
  return isPredicateType(wanted.predicateType, result.statement.predicateType);
}
