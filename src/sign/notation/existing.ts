import { parseDigest } from '../../oci/digest.ts';
import type { Store } from '../../oci/store.ts';
import type { NotaryEnvelope } from '../../signature/index.ts';
import { parseTarget } from '../../verify/checks/notation/target.ts';
import { type Evidence, type Facts, verifySubject } from '../../verify/index.ts';
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
  const [leaf] = expected.chain;
  const verdict = await verifySubject({
    stores,
    digest: parseDigest(expected.target.digest),
    subject: subjectOf(expected.target),
    requirement: ownRequirement(expected),
    now: now.getTime(),
    ...(facts === undefined ? {} : { facts }),
    ...(signal === undefined ? {} : { signal }),
  });
  const until = expirySeconds === undefined ? undefined : now.getTime() + expirySeconds * 1000;
  return verdict.evidence.find((e) => {
    const content = e.outcome === 'verified' ? e.entity?.content : undefined;
    if (content?.kind !== 'notary' || e.entity?.material.kind !== 'certificate') return false;
    const [signedBy] = e.entity.material.chain;
    return (
      leaf !== undefined &&
      signedBy !== undefined &&
      Buffer.compare(signedBy, leaf.der) === 0 &&
      !e.checks.some((c) => c.outcome === 'revoked') &&
      saysTheSame(content.envelope, expected, until)
    );
  });
}

function saysTheSame(envelope: NotaryEnvelope, { scheme, target }: NotationExpectation, until: number | undefined): boolean {
  if (envelope.scheme !== scheme || envelope.plugin !== undefined || envelope.extended.size > 0) return false;
  const { annotations } = parseTarget(envelope.payload);
  const same = annotations.size === target.metadata.size && [...target.metadata].every(([name, value]) => annotations.get(name) === value);
  if (!same) return false;
  if (until === undefined) return envelope.expiry === undefined;
  return envelope.expiry !== undefined && Math.floor(envelope.expiry.getTime() / 1000) === Math.floor(until / 1000);
}
