import { type Bytes, equal } from '../../bytes/index.ts';
import { toAssayError } from '../../errors.ts';
import { digestOf, parseDigest } from '../../oci/digest.ts';
import type { Store } from '../../oci/store.ts';
import type { NotaryEnvelope } from '../../signature/index.ts';
import { decodeNotationEnvelope } from '../../signature/notation/decode.ts';
import { parseTarget } from '../../verify/checks/notation/target.ts';
import { type Evidence, type Facts, type LocatedEvidence, verifyLocated, verifySubject } from '../../verify/index.ts';
import { mediaTypeOf } from './manifest.ts';
import { type NotationExpectation, ownRequirement, subjectOf } from './self-verify.ts';

/** Where and when signatures that are there already are looked for. */
export interface ExistingOptions {
  readonly stores: readonly Store[];
  readonly now: Date;
  readonly facts?: Facts | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A verified signature of an image by the same key, in the same form and scheme, with exactly the same metadata, that lasts as long as the new one would:
 * one that says everything that the new one would say. `undefined` where there is none, or where it could not be found out.
 */
export async function existingNotation(
  expected: NotationExpectation,
  expirySeconds: number | undefined,
  { stores, now, facts, signal }: ExistingOptions,
): Promise<Evidence | undefined> {
  const { evidence } = await verifySubject({
    stores,
    digest: parseDigest(expected.target.digest),
    ...questionOf(expected, { now, facts, signal }),
  });
  return evidence.find((e) => isSame(e, expected, untilOf(expirySeconds, now)));
}

/** The same of an envelope in a file. `undefined` when it is another one, or does not verify. */
export async function existingNotationFile(
  envelope: Bytes,
  expected: NotationExpectation,
  expirySeconds: number | undefined,
  { now, facts, signal }: Omit<ExistingOptions, 'stores'>,
): Promise<Evidence | undefined> {
  let content: LocatedEvidence['content'];
  try {
    content = decodeNotationEnvelope(envelope, mediaTypeOf(expected.form));
  } catch (error) {
    content = toAssayError(error);
  }
  const located: LocatedEvidence = { format: expected.form, digest: digestOf(envelope), found: 'file', storedAs: 'signature', content };
  const { evidence } = await verifyLocated([located], questionOf(expected, { now, facts, signal }));
  return evidence.find((e) => isSame(e, expected, untilOf(expirySeconds, now)));
}

function questionOf(
  expected: NotationExpectation,
  { now, facts, signal }: Omit<ExistingOptions, 'stores'>,
): Parameters<typeof verifyLocated>[1] {
  return {
    subject: subjectOf(expected.target),
    requirement: ownRequirement(expected),
    now: now.getTime(),
    ...(facts === undefined ? {} : { facts }),
    ...(signal === undefined ? {} : { signal }),
  };
}

function untilOf(expirySeconds: number | undefined, now: Date): number | undefined {
  return expirySeconds === undefined ? undefined : now.getTime() + expirySeconds * 1000;
}

function isSame({ outcome, entity, checks }: Evidence, expected: NotationExpectation, until: number | undefined): boolean {
  const [leaf] = expected.chain;
  if (outcome !== 'verified' || entity?.content.kind !== 'notary' || entity.material.kind !== 'certificate' || leaf === undefined)
    return false;
  const [signedBy] = entity.material.chain;
  const revoked = checks.some((c) => c.outcome === 'revoked');
  return signedBy !== undefined && equal(signedBy, leaf.der) && !revoked && saysTheSame(entity.content.envelope, expected, until);
}

function saysTheSame(envelope: NotaryEnvelope, { scheme, target }: NotationExpectation, until: number | undefined): boolean {
  if (envelope.scheme !== scheme || envelope.plugin !== undefined || envelope.extended.size > 0) return false;
  const { annotations } = parseTarget(envelope.payload);
  const same = annotations.size === target.metadata.size && [...target.metadata].every(([name, value]) => annotations.get(name) === value);
  if (!same) return false;
  if (until === undefined) return envelope.expiry === undefined;
  return envelope.expiry !== undefined && Math.floor(envelope.expiry.getTime() / 1000) === Math.floor(until / 1000);
}
