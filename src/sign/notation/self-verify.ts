import { AssayError } from '../../errors.ts';
import type { NotaryEnvelope } from '../../signature/index.ts';
import type { NotaryTarget, NotationForm } from '../../signature/notation/encode.ts';
import { type Certificate, noTrust } from '../../trust/index.ts';
import {
  type Evidence,
  type EvidenceLeaf,
  type Facts,
  type LocatedEvidence,
  type NotationAuthority,
  type VerificationSubject,
  verifyLocated,
} from '../../verify/index.ts';

/** What a signature is verified against before anybody gets to see it, and what signatures that are there already are measured by. */
export interface NotationExpectation {
  /** Leaf first, root last. */
  readonly chain: readonly Certificate[];
  readonly scheme: NotaryEnvelope['scheme'];
  readonly form: NotationForm;
  readonly target: NotaryTarget;
  /** Roots of the timestamp authority where a timestamp was asked for: then there has to be one. */
  readonly timestampRoots: readonly Certificate[] | undefined;
}

/** A warning about evidence that was made. */
export interface NotationWarning {
  readonly code: string;
  readonly message: string;
}

/**
 * The signer's own root as an authority, at Notation's level `strict` but for revocation of the signer: a certificate that is revoked is refused by
 * `verifySelf`, one of which it is not known is a warning, for whoever verifies asks anew.
 */
export function ownAuthority({ chain, scheme, timestampRoots }: NotationExpectation): NotationAuthority {
  const root = chain.slice(-1);
  const byAuthority = scheme === 'notary.x509.signingAuthority';
  return {
    kind: 'notation',
    name: 'the root of the signer',
    stores: { ca: byAuthority ? [] : root, signingAuthority: byAuthority ? root : [], tsa: timestampRoots },
    identities: 'any',
    foreignIdentities: [],
    level: { authenticity: 'enforce', authenticTimestamp: 'enforce', expiry: 'enforce', revocation: 'log' },
    verifyTimestamp: 'always',
  };
}

/** The requirement that the signer has signed the target with exactly this metadata or more. */
export function ownRequirement(expected: NotationExpectation): EvidenceLeaf {
  return {
    kind: 'evidence',
    wanted: { kind: 'signature' },
    authorities: [ownAuthority(expected)],
    threshold: 1,
    demands: { annotations: expected.target.metadata },
    trust: noTrust(),
    formats: [expected.form],
  };
}

/** The target as verification asks about it. */
export function subjectOf({ mediaType, digest, size }: NotaryTarget): VerificationSubject {
  const at = digest.indexOf(':');
  return { digests: new Map([[digest.slice(0, at), digest.slice(at + 1)]]), bytes: undefined, mediaType, size };
}

/**
 * Verifies a signature by the one verifier before it is published. Throws `self-verification-failed` with the reason of the check that failed;
 * answers what was found, and warnings about what could not be known.
 */
export async function verifySelf(
  located: LocatedEvidence,
  expected: NotationExpectation,
  { now, facts, signal }: { readonly now: Date; readonly facts?: Facts | undefined; readonly signal?: AbortSignal | undefined },
): Promise<{ readonly evidence: Evidence; readonly warnings: readonly NotationWarning[] }> {
  const verdict = await verifyLocated([located], {
    subject: subjectOf(expected.target),
    requirement: ownRequirement(expected),
    now: now.getTime(),
    ...(facts === undefined ? {} : { facts }),
    ...(signal === undefined ? {} : { signal }),
  });
  const [evidence] = verdict.evidence;
  const wrong =
    evidence?.checks.find((c) => c.outcome !== undefined && c.enforced !== false) ?? evidence?.checks.find((c) => c.outcome === 'revoked');
  if (evidence === undefined || evidence.outcome !== 'verified' || !verdict.met || wrong !== undefined)
    throw new AssayError(
      'self-verification-failed',
      `the signature that was made does not verify: ${wrong?.reason ?? 'it is not what was asked for'}`,
      {
        hint: 'nothing was published',
      },
    );
  const warnings = evidence.checks.flatMap((c) =>
    c.outcome === 'inconclusive' ? [{ code: 'check-not-enforced', message: `${c.id}: ${c.reason}` }] : [],
  );
  return { evidence, warnings };
}
