import { COSIGN_SIGN_PREDICATE, isPredicateType, type Statement } from '../../attestation/index.ts';
import { encodeHex, equal } from '../../bytes/index.ts';
import { hash, hashNamed } from '../../crypto/index.ts';
import { messageOf } from '../../errors.ts';
import { inForce } from '../../rules.ts';
import {
  ATOMIC_TYPE,
  COSIGN_TYPE,
  type NotaryEnvelope,
  parseSimpleSigning,
  parseStrictSimpleSigning,
  type SignedEntity,
  statementOf,
} from '../../signature/index.ts';
import { fail, pass, skipped } from '../check.ts';
import type { Check } from '../report.ts';
import type { EvidenceRequest } from '../request.ts';
import { artifactDigests } from '../signer.ts';
import { annotationCheck } from './annotations.ts';
import { checkTarget } from './notation/target.ts';

/**
 * "The signed subject must be the digest that was asked about" (DESIGN §4.4): payload type, statement type, predicate type and a
 * subject digest all have to match, and the pairs that were asked for have to be in what was signed.
 */
export function checkSubject(entity: SignedEntity, request: EvidenceRequest): readonly Check[] {
  const { content } = entity;
  if (content.kind === 'artifact') return artifactChecks(entity, request);
  if (content.kind === 'payload') return payloadChecks(content.payload, COSIGN_TYPE, entity, request);
  if (content.kind === 'openpgp') return payloadChecks(content.message.payload, ATOMIC_TYPE, entity, request);
  if (content.kind === 'notary') return notaryChecks(content.envelope, entity, request);
  const result = statementOf(content.envelope);
  if (!('statement' in result)) {
    const why =
      result.error === undefined
        ? `the payload's type is "${content.envelope.payloadType.slice(0, 100)}", no in-toto statement`
        : messageOf(result.error);
    const rule = result.error === undefined ? 'payload-type' : 'statement-form';
    return inForce(rule) ? [fail(rule, result.error?.code === 'limit' ? 'inconclusive' : 'invalid', why)] : [];
  }
  return statementChecks(result.statement, entity, request);
}

function statementChecks(statement: Statement, entity: SignedEntity, request: EvidenceRequest): Check[] {
  const checks = [kindCheck(statement, request)];
  if (request.demands.unsafeSkipClaims) return [...checks, skipped('subject-digest', 'unsafeSkipClaims')];
  const matching = statement.subjects.filter((s) =>
    [...request.subject.digests].some(([algorithm, hex]) => s.digests.get(algorithm) === hex),
  );
  if (matching.length === 0 && inForce('subject-digest'))
    return [
      ...checks,
      fail('subject-digest', 'invalid', `none of the ${statement.subjects.length} subjects has the digest ${wantedText(request)}`),
    ];
  checks.push(pass('subject-digest', `the statement is about ${wantedText(request)}`));
  const annotations = matching.flatMap((s) => [...s.annotations]);
  const wanted = annotationCheck(new Map(annotations), entity, request);
  return wanted === undefined ? checks : [...checks, wanted];
}

function kindCheck(statement: Statement, { wanted }: EvidenceRequest): Check {
  const type = statement.predicateType;
  if (wanted.kind === 'any') return pass('predicate-type', type.slice(0, 200));
  if (wanted.kind === 'signature') {
    if (type === COSIGN_SIGN_PREDICATE || !inForce('evidence-kind')) return pass('predicate-type', 'the statement is a signature');
    return fail('predicate-type', 'untrusted', `an attestation (${type.slice(0, 200)}) is not a signature`);
  }
  if (type === COSIGN_SIGN_PREDICATE && inForce('evidence-kind'))
    return fail('predicate-type', 'untrusted', 'a signature is not an attestation');
  if (wanted.kind === 'artifact') return fail('predicate-type', 'untrusted', 'an attestation is not a signature of an artifact');
  if (wanted.predicateType === undefined || isPredicateType(wanted.predicateType, type) || !inForce('predicate-type'))
    return pass('predicate-type', type.slice(0, 200));
  return fail('predicate-type', 'untrusted', `the predicate type is ${type.slice(0, 200)}, not ${wanted.predicateType.uri}`);
}

function payloadChecks(payload: Uint8Array, type: string, entity: SignedEntity, request: EvidenceRequest): Check[] {
  const kind =
    request.wanted.kind === 'attestation' && inForce('evidence-kind')
      ? [fail('predicate-type', 'untrusted', 'a signature is not an attestation')]
      : [];
  try {
    // What the form demands besides: cosign's own readers are lenient, containers/image is not.
    if (type === ATOMIC_TYPE && inForce('payload-form')) parseStrictSimpleSigning(payload, { optionalMayBeNull: false });
    const simple = parseSimpleSigning(payload);
    if (simple.type !== type && inForce('payload-form'))
      return [...kind, fail('payload-form', 'invalid', `critical.type is "${simple.type.slice(0, 100)}", not "${type}"`)];
    if (request.demands.unsafeSkipClaims) return [...kind, skipped('subject-digest', 'unsafeSkipClaims')];
    if (![...request.subject.digests].some(([algorithm, hex]) => simple.digest === `${algorithm}:${hex}`) && inForce('subject-digest')) {
      return [
        ...kind,
        fail('subject-digest', 'invalid', `the signature is about ${simple.digest.slice(0, 140)}, not ${wantedText(request)}`),
      ];
    }
    const wanted = annotationCheck(simple.optional, entity, request);
    return [...kind, pass('subject-digest', `the signature is about ${wantedText(request)}`), ...(wanted === undefined ? [] : [wanted])];
  } catch (error) {
    return inForce('payload-form') ? [...kind, fail('payload-form', 'invalid', messageOf(error))] : kind;
  }
}

/** A Notary Project envelope is a signature, whatever its payload is about. */
function notaryChecks(envelope: NotaryEnvelope, entity: SignedEntity, request: EvidenceRequest): readonly Check[] {
  const target = checkTarget(envelope, entity, request);
  return request.wanted.kind === 'attestation' && inForce('evidence-kind')
    ? [fail('predicate-type', 'untrusted', 'a signature is not an attestation'), ...target]
    : target;
}

// The signature is over the artifact itself; the digest that the bundle states is a hint that must not lie.
function artifactChecks(entity: SignedEntity, request: EvidenceRequest): Check[] {
  if (request.wanted.kind === 'attestation' && inForce('evidence-kind'))
    return [fail('predicate-type', 'untrusted', 'a signature is not an attestation')];
  const stated = entity.content.kind === 'artifact' ? entity.content.stated : undefined;
  const checks: Check[] = [];
  if (stated !== undefined && inForce('stated-digest')) {
    const name = hashNamed(stated.algorithm);
    const digest =
      name === undefined
        ? undefined
        : request.subject.bytes === undefined
          ? artifactDigests(request.subject).get(name)
          : hash(name, request.subject.bytes);
    if (name === undefined) return [fail('subject-digest', 'invalid', `the bundle states a digest by ${stated.algorithm.slice(0, 40)}`)];
    if (digest !== undefined && !equal(digest, stated.digest))
      return [fail('subject-digest', 'invalid', `the bundle is about ${name}:${encodeHex(stated.digest)}, not ${wantedText(request)}`)];
  }
  checks.push(pass('subject-digest', `the signature is over ${wantedText(request)}`));
  const wanted = annotationCheck(new Map(), entity, request);
  return wanted === undefined ? checks : [...checks, wanted];
}

function wantedText({ subject }: EvidenceRequest): string {
  const [first] = subject.digests;
  return first === undefined ? 'the artifact' : `${first[0]}:${first[1]}`;
}
