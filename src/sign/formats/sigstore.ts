import { IN_TOTO_PAYLOAD, parseStatement } from '../../attestation/index.ts';
import { digestOf } from '../../oci/digest.ts';
import { decodeBundle, decodeCosignLayer, encodeBundle, encodeCosignLayer, type SignedEntity } from '../../signature/index.ts';
import { type MakeOptions, makeEvidence, type ToSign } from '../evidence/make.ts';
import type { SigningSession } from '../evidence/party.ts';
import type { SigningServices } from '../services.ts';
import { bundleReferrer } from '../store/bundle-referrer.ts';
import { certifiedAlike } from './certified-alike.ts';
import { claimsSame, type ImageClaims, payloadsFor, statementFor } from './claims.ts';
import type { ClaimingEvidence, PreparedEvidence, SigningFormat, SigningSubject } from './format.ts';

/** What Sigstore's forms are made with. */
export interface SigstoreSigning {
  readonly claims: ImageClaims;
  readonly session: SigningSession;
  readonly services: SigningServices;
  readonly options?: Omit<MakeOptions, 'signal'>;
  /** When a referrer says that it was made. */
  readonly created: Date;
}

/** Sigstore bundles v0.3 as OCI 1.1 referrers: an envelope with a statement for signatures and attestations alike, as cosign 3 writes them. */
export function bundleFormat(signing: SigstoreSigning): SigningFormat {
  const { claims } = signing;
  return {
    names: ['sigstore-bundle'],
    claims: (evidence, subject) => evidence.format === 'sigstore-bundle' && isSame(signing, evidence, subject),
    async make(subject, signal) {
      const payload = statementFor(claims, subject);
      const entity = await made({ kind: 'envelope', payloadType: IN_TOTO_PAYLOAD, payload }, 'bundle', signing, signal);
      const bytes = encodeBundle(entity);
      const referrer = bundleReferrer(subject.descriptor, bytes, {
        content: 'dsse-envelope',
        predicateType: parseStatement(payload).predicateType,
        created: signing.created,
      });
      const located = {
        format: 'sigstore-bundle' as const,
        digest: digestOf(referrer.manifest),
        found: 'referrers' as const,
        storedAs: undefined,
      };
      return [
        {
          located: { ...located, content: decodeBundle(bytes) },
          placement: { kind: 'referrer', subject: subject.descriptor.digest, ...referrer },
        },
      ];
    },
  };
}

/** Layers of cosign's tags `.sig` and `.att`, as cosign 2 writes them. */
export function tagFormat(signing: SigstoreSigning): SigningFormat {
  const { claims } = signing;
  return {
    names: ['cosign-tag'],
    claims: (evidence, subject) => evidence.format === 'cosign-tag' && isSame(signing, evidence, subject),
    async make(subject, signal) {
      const what: readonly ToSign[] =
        claims.kind === 'signature'
          ? payloadsFor(claims, subject).map((payload) => ({ kind: 'payload', payload }))
          : [{ kind: 'envelope', payloadType: IN_TOTO_PAYLOAD, payload: statementFor(claims, subject) }];
      const entities: SignedEntity[] = [];
      for (const one of what) entities.push(await made(one, 'cosign-tag', signing, signal));
      return entities.map((entity) => layerOf(entity, subject));
    },
  };
}

function isSame({ claims, session }: SigstoreSigning, evidence: ClaimingEvidence, subject: SigningSubject): boolean {
  return certifiedAlike(session.identity, evidence) && claimsSame(claims, evidence, subject);
}

function layerOf(entity: SignedEntity, { descriptor }: SigningSubject): PreparedEvidence {
  const layer = encodeCosignLayer(entity);
  const signature = entity.content.kind === 'payload';
  const content = decodeCosignLayer(layer, 'cosign-tag');
  return {
    located: {
      format: 'cosign-tag',
      digest: digestOf(layer.content),
      found: 'tag',
      storedAs: signature ? 'signature' : 'attestation',
      content: content ?? entity,
    },
    placement: { kind: 'tag', subject: descriptor.digest, suffix: signature ? 'sig' : 'att', layer },
  };
}

async function made(
  what: ToSign,
  form: 'bundle' | 'cosign-tag',
  { session, services, options }: SigstoreSigning,
  signal: AbortSignal | undefined,
): Promise<SignedEntity> {
  const stop = signal === undefined ? {} : { signal };
  return makeEvidence(what, form, await session.party(signal), services, { ...options, ...stop });
}
