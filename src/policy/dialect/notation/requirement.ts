import { toAssayError } from '../../../errors.ts';
import { type Certificate, createPairCache, type PairCache } from '../../../trust/index.ts';
import type { StoreKind, TrustStore } from '../../../trust/notation-store/index.ts';
import type { Label, NotationAuthority, Requirement } from '../../../verify/index.ts';
import type { Faults } from './faults.ts';
import type { Statement } from './statement.ts';

/** What statements become requirements with. */
export interface RequirementOptions {
  /** Absent: only what the text says is checked, and whatever needs a certificate is refused as inconclusive. */
  readonly trustStore: TrustStore | undefined;
  /** Pairs that the signed payload has to hold. */
  readonly annotations: ReadonlyMap<string, string> | undefined;
  readonly faults: Faults;
}

/**
 * What a statement asks: a signature by whoever its trust stores and identities stand for; of the level `skip` nothing, which never makes anything
 * verified. Trust stores that cannot be used are noted.
 */
export async function requirementOf(statement: Statement, { trustStore, annotations, faults }: RequirementOptions): Promise<Requirement> {
  const { name, level } = statement;
  const stated = statement.stores.map((s) => `${s.kind}:${s.name}`).join(', ');
  const label: Label = stated === '' ? { policy: name } : { policy: name, authority: stated.slice(0, 200) };
  if (level.name === 'skip')
    return {
      kind: 'static',
      met: true,
      reason: `the trust policy statement "${name}" has the level skip: signatures are not looked at`,
      label,
    };
  if (trustStore === undefined) {
    faults.warn(
      [...statement.path, 'trustStores'],
      'trust-store-unknown',
      'no trust store is at hand: whether its certificates are there was not checked',
    );
    const reason = `no trust store is at hand for the trust policy statement "${name}" (--trust-store DIR)`;
    return { kind: 'static', met: false, outcome: 'inconclusive', reason, label };
  }
  const stores = await storesOf(statement, trustStore, faults);
  const pairs = createPairCache();
  return {
    kind: 'evidence',
    wanted: { kind: 'signature' },
    authorities: [authorityOf(statement, stores)],
    threshold: 1,
    demands: annotations === undefined || annotations.size === 0 ? {} : { annotations },
    trust: nothingElse(pairs),
    formats: ['notation-jws', 'notation-cose'],
    label,
  };
}

function authorityOf(statement: Statement, stores: NotationAuthority['stores']): NotationAuthority {
  const { name, level, identities } = statement;
  return {
    kind: 'notation',
    name: `the trust policy statement "${name}"`,
    stores,
    identities: identities.rules,
    foreignIdentities: identities.foreign,
    level: level.actions,
    verifyTimestamp: level.verifyTimestamp,
  };
}

async function storesOf(statement: Statement, trustStore: TrustStore, faults: Faults): Promise<NotationAuthority['stores']> {
  const found = new Map<StoreKind, Certificate[]>();
  for (const { kind, name, path } of statement.stores) {
    try {
      found.set(kind, [...(found.get(kind) ?? []), ...(await trustStore.certificates(kind, name))]);
    } catch (error) {
      faults.caught(path, toAssayError(error));
    }
  }
  const of = (kind: StoreKind): readonly Certificate[] | undefined => {
    const certificates = found.get(kind);
    return certificates === undefined ? undefined : [...new Map(certificates.map((c) => [c.fingerprint, c])).values()];
  };
  return { ca: of('ca') ?? [], signingAuthority: of('signingAuthority') ?? [], tsa: of('tsa') };
}

/** Sigstore's logs and authorities vouch for no Notary Project signature. */
function nothingElse(pairs: PairCache): { logs: []; ctLogs: []; certificateAuthorities: []; timestampAuthorities: []; pairs: PairCache } {
  return { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [], pairs };
}
