import { COSIGN_SIGN_PREDICATE, IN_TOTO_PAYLOAD, parseStatement, type Statement } from '../attestation/index.ts';
import type { AssayError } from '../errors.ts';
import { toAssayError } from '../errors.ts';
import type { DsseEnvelope } from './entity.ts';

/** A statement, or why the envelope holds none. */
export type StatementResult = { readonly statement: Statement } | { readonly error: AssayError | undefined };

const read = new WeakMap<DsseEnvelope, StatementResult>();

/** The statement in an envelope, parsed once; without an error when the payload is of another type. */
export function statementOf(envelope: DsseEnvelope): StatementResult {
  const known = read.get(envelope);
  if (known !== undefined) return known;
  const result = parse(envelope);
  read.set(envelope, result);
  return result;
}

function parse(envelope: DsseEnvelope): StatementResult {
  if (envelope.payloadType !== IN_TOTO_PAYLOAD) return { error: undefined };
  try {
    return { statement: parseStatement(envelope.payload) };
  } catch (error) {
    return { error: toAssayError(error) };
  }
}

/** A statement with cosign's signing predicate is a signature, everything else in an envelope an attestation (DESIGN §4.4). */
export function kindOf(envelope: DsseEnvelope): 'signature' | 'attestation' {
  const result = statementOf(envelope);
  return 'statement' in result && result.statement.predicateType === COSIGN_SIGN_PREDICATE ? 'signature' : 'attestation';
}
