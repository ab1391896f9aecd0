/** Puts a case's question to the verifier and names the answer. */

import { wantedPredicateType } from '../../src/attestation/index.ts';
import { importPublicKey } from '../../src/crypto/index.ts';
import { toAssayError } from '../../src/errors.ts';
import { digestOf } from '../../src/oci/digest.ts';
import type { RuleId } from '../../src/rules.ts';
import { decodeBlobBundle, decodeBundle, decodeCosignLayer, type SignedEntity } from '../../src/signature/index.ts';
import { decodeNotationEnvelope } from '../../src/signature/notation/decode.ts';
import { decodeSimpleSignature } from '../../src/signature/simple-signing/decode.ts';
import { GITHUB_ISSUER, type TrustedRootJson, WORKFLOW } from '../../src/testing/index.ts';
import { parseTrustedRoot, type TrustMaterial } from '../../src/trust/index.ts';
import { readKeyring } from '../../src/trust/openpgp/index.ts';
import { fileSubject } from '../../src/verify/ask.ts';
import { byRegexp, exactly, type TextMatcher } from '../../src/verify/matcher.ts';
import type { Check, Outcome } from '../../src/verify/report.ts';
import type { Authority, EvidenceRequest, VerificationSubject } from '../../src/verify/request.ts';
import type { RevocationList } from '../../src/verify/revoked.ts';
import type { SubjectVerdict } from '../../src/verify/subject.ts';
import { judge as judgeAll } from '../../src/verify/verdict.ts';
import { type Findings, verifyEvidence } from '../../src/verify/verifier.ts';
import type { Ask, AskedIdentity, Posed, Stored } from './case.ts';
import { DIGEST, lab } from './lab.ts';

/** An answer, with the checks that failed. */
export interface Answer {
  readonly outcome: Outcome;
  /** Ids of checks that do not hold; `decode` when the evidence was not even read. */
  readonly failed: readonly string[];
  readonly reasons: readonly string[];
  readonly findings?: Findings;
}

/** A case made ready: decoded (or why not) and asked, so that it can be judged many times. */
export interface Ready {
  readonly entities: readonly SignedEntity[];
  readonly refused: Answer | undefined;
  readonly request: EvidenceRequest;
  readonly threshold: number;
  readonly run: Posed['run'];
}

/** Decodes a case's evidence and compiles its question. */
export async function ready({ stored, more = [], ask, run }: Posed): Promise<Ready> {
  const frame = { request: await requestOf(ask), threshold: ask.threshold ?? 1, run };
  if (run !== undefined) return { ...frame, entities: [], refused: undefined };
  try {
    const entities = [stored, ...more].map((s) => {
      const entity = decode(s);
      if (entity === null) throw new Error('no format takes this evidence');
      return entity;
    });
    return { ...frame, entities, refused: undefined };
  } catch (error) {
    const known = toAssayError(error);
    if (known.group === 'internal') throw error;
    const outcome = known.group === 'limit' ? 'inconclusive' : 'invalid';
    return { ...frame, entities: [], refused: { outcome, failed: ['decode'], reasons: [`${known.code}: ${known.message}`] } };
  }
}

/** Judges a case: each piece by itself, then all of them together. */
export async function judge({ entities, refused, request, threshold, run }: Ready): Promise<Answer> {
  if (run !== undefined) return answerOf(await run());
  if (refused !== undefined) return refused;
  const findings = await Promise.all(entities.map((e) => verifyEvidence(e, request)));
  const leaf = {
    kind: 'evidence',
    wanted: request.wanted,
    authorities: request.authorities,
    threshold,
    demands: request.demands,
    trust: request.trust,
  } as const;
  const verdict = judgeAll(leaf, { found: () => findings });
  const wrong = findings.flatMap((f) => f.checks).filter((c: Check) => c.result === 'fail' || c.result === 'inconclusive');
  const enough = verdict.met || wrong.length > 0 ? [] : ['threshold'];
  const [first] = findings;
  return {
    outcome: verdict.outcome,
    failed: [...wrong.map((c) => c.id), ...enough],
    reasons: [...wrong.map((c) => `${c.id}: ${c.reason}`), ...enough],
    ...(first === undefined ? {} : { findings: first }),
  };
}

function answerOf({ outcome, evidence }: SubjectVerdict): Answer {
  const wrong = evidence.flatMap((e) => e.checks).filter((c) => c.result === 'fail' || c.result === 'inconclusive');
  return { outcome, failed: wrong.map((c) => c.id), reasons: wrong.map((c) => `${c.id}: ${c.reason}`) };
}

/** Decodes evidence in the form in which it is stored. */
export function decode(stored: Stored): SignedEntity | null {
  if (stored.form === 'bundle') return decodeBundle(stored.bytes);
  if (stored.form === 'blob') return decodeBlobBundle(stored.bytes);
  if (stored.form === 'notation') return decodeNotationEnvelope(stored.bytes, stored.mediaType);
  if (stored.form === 'openpgp') return decodeSimpleSignature(stored.bytes);
  const { layer } = stored;
  return decodeCosignLayer(
    { mediaType: layer.mediaType, content: layer.content, annotations: new Map(Object.entries(layer.annotations)) },
    'cosign-tag',
  );
}

const trusts = new Map<string, TrustMaterial>();
function trustOf(root: TrustedRootJson): TrustMaterial {
  const text = JSON.stringify(root);
  const known = trusts.get(text) ?? parseTrustedRoot(text);
  trusts.set(text, known);
  return known;
}
const OUR_ROOT = lab.trustedRoot();

/** The request that a question is. */
export async function requestOf(ask: Ask): Promise<EvidenceRequest> {
  const keys = (ask.keys ?? []).map((key, i): Authority => ({ kind: 'key', name: `key ${i}`, key: importPublicKey(key.spki) }));
  const notation = ask.notation ?? [];
  const rings = (ask.openpgp ?? []).map((bytes, i): Authority => ({ kind: 'openpgp', name: `ring ${i}`, keys: readKeyring(bytes).keys }));
  const identities = ask.identities ?? (keys.length > 0 || notation.length > 0 ? [] : [{}]);
  const people = await Promise.all(identities.map((i) => identityOf(i, ask)));
  const wanted =
    ask.want === undefined || ask.want === 'signature'
      ? ({ kind: 'signature' } as const)
      : ({ kind: 'attestation', predicateType: wantedPredicateType(ask.want.predicateType) } as const);
  return {
    subject: {
      ...(ask.file && typeof ask.subject === 'object' ? fileSubject(ask.subject) : subjectOf(ask.subject ?? DIGEST)),
      ...ask.descriptor,
    },
    wanted,
    authorities: [...keys, ...people, ...notation, ...rings],
    trust: trustOf(ask.trust ?? OUR_ROOT),
    demands: {
      ...(ask.logs === undefined ? {} : ask.logs === 0 ? { unsafeSkipTransparencyLog: true } : { logThreshold: ask.logs }),
      ...(ask.scts === undefined ? {} : ask.scts === 0 ? { unsafeSkipSct: true } : { sctThreshold: ask.scts }),
      ...(ask.timestamps === undefined ? {} : { timestampThreshold: ask.timestamps }),
      ...(ask.revoked === undefined ? {} : { revoked: { ...NOTHING_REVOKED, ...ask.revoked } }),
      ...(ask.annotations === undefined ? {} : { annotations: ask.annotations }),
    },
    now: lab.now.getTime(),
    ...(ask.facts === undefined ? {} : { facts: ask.facts }),
  };
}

/** A list that revokes nothing. */
const NOTHING_REVOKED: RevocationList = {
  images: new Map(),
  evidence: new Map(),
  keys: new Map(),
  certificates: new Map(),
  logEntries: new Map(),
  identities: [],
};

function subjectOf(subject: Uint8Array | string): VerificationSubject {
  const digest = typeof subject === 'string' ? subject : digestOf(subject);
  const [algorithm = '', hex = ''] = digest.split(':');
  return { digests: new Map([[algorithm, hex]]), bytes: typeof subject === 'string' ? undefined : subject };
}

async function identityOf(asked: AskedIdentity, ask: Ask): Promise<Authority> {
  const { subject = WORKFLOW, issuer = GITHUB_ISSUER, dialect = 'native' } = asked;
  const matcher = async (m: string | RegExp): Promise<TextMatcher> =>
    typeof m === 'string' ? exactly(m) : byRegexp(m.source, dialect === 'cosign' ? 'prefix' : 'whole');
  return {
    kind: 'identity',
    name: 'asked',
    subject: await matcher(subject),
    issuer: await matcher(issuer),
    claims: ask.claims ?? new Map(),
  };
}

/** The ids of the checks in which a rule shows, where they are not the rule's own name. */
export const SHOWS: ReadonlyMap<RuleId | 'decode', readonly string[]> = new Map<RuleId | 'decode', readonly string[]>([
  ['decode', ['decode', 'form']],
  ['signature', ['signature', 'key']],
  ['key-hint', ['signature']],
  ['stated-digest', ['subject-digest']],
  ['evidence-kind', ['predicate-type']],
  ['log-demand-promise', ['log-entry']],
  ['log-demand-proof', ['log-entry', 'log-inclusion']],
  ['log-body', ['log-entry']],
  ['log-body-kind', ['log-entry']],
  ['log-body-digest', ['log-entry']],
  ['log-body-signature', ['log-entry']],
  ['log-body-verifier', ['log-entry']],
  ['log-checkpoint', ['log-inclusion']],
  ['log-checkpoint-root', ['log-inclusion']],
  ['log-checkpoint-origin', ['log-inclusion']],
  ['log-index', ['log-inclusion']],
  ['log-duplicate', ['log-entry']],
  ['timestamp-imprint', ['timestamp']],
  ['timestamp-window', ['timestamp']],
  ['certificate-chain', ['certificate-chain', 'form']],
  ['sct-window', ['sct']],
  ['sct-threshold', ['sct']],
  ['identity-subject', ['identity', 'form']],
  ['identity-issuer', ['identity', 'form']],
  ['identity-claims', ['identity']],
  ['openpgp-self-signature', ['openpgp-key']],
  ['openpgp-binding', ['openpgp-key']],
  ['openpgp-back-signature', ['openpgp-key']],
  ['openpgp-key-usage', ['openpgp-key']],
  ['openpgp-key-revoked', ['openpgp-key']],
  ['openpgp-key-expired', ['openpgp-key']],
  ['openpgp-signature-expired', ['openpgp-signature']],
  ['openpgp-signing-time', ['openpgp-signature']],
  ['openpgp-critical', ['openpgp-signature']],
  ['docker-reference', ['condition']],
  ['notation-algorithm', ['algorithm']],
  ['notation-content-type', ['content-type']],
  ['notation-chain', ['certificate-form']],
  ['notation-leaf', ['certificate-form']],
  ['notation-authority', ['certificate-form']],
  ['notation-anchor', ['certificate-chain']],
  ['notation-identity', ['identity']],
  ['notation-expiry', ['expiry']],
  ['notation-time', ['certificate-time']],
  ['notation-timestamp', ['timestamp']],
  ['notation-timestamp-chain', ['timestamp']],
  ['notation-revocation', ['revocation', 'timestamp-revocation']],
  ['notation-plugin', ['plugin', 'identity', 'revocation']],
  ['plugin-pin', ['plugin']],
  ['notation-attributes', ['attributes']],
  ['revocation-list-missing', ['revocation-list']],
  ['revoked-evidence', ['revocation-list']],
  ['revoked-key', ['revocation-list']],
  ['revoked-certificate', ['revocation-list']],
  ['revoked-log-entry', ['revocation-list']],
  ['revoked-identity', ['revocation-list']],
  ['referrer-signature', ['signature']],
  ['referrer-subject', ['subject-chain']],
]);

/** Whether the rule that is to refuse a case is one that did. */
export function shows(rule: RuleId | 'decode', failed: readonly string[]): boolean {
  return (SHOWS.get(rule) ?? [rule]).some((id) => failed.includes(id));
}

/** For messages in tests. */
export function explain(answer: Answer): string {
  return `${answer.outcome}: ${answer.reasons.join(' | ')}`;
}
