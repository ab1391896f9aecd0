import { isAssayError } from '../../../../errors.ts';
import { ALWAYS, type Certificate, type CertificateAuthority, createPairCache, type TrustMaterial } from '../../../../trust/index.ts';
import type { Demands } from '../../../../verify/index.ts';
import type { PolicyResources } from '../../../resources.ts';
import type { Authority } from '../model.ts';
import type { Problems } from '../problems.ts';
import type { TrustRoots } from '../trust/trust-roots.ts';
import type { FieldPath } from '../validation/field-error.ts';

/** What an authority believes, and how much it demands. */
export interface LeafTrust {
  readonly trust: TrustMaterial;
  readonly demands: Demands;
  /** Why no evidence can ever satisfy the authority. */
  readonly never?: string;
}

/** What the parts of an authority's trust are read from. */
export interface TrustSources {
  readonly resources: PolicyResources;
  readonly trustRoots: TrustRoots;
  readonly problems: Problems;
}

const NOTHING: Omit<TrustMaterial, 'pairs'> = { logs: [], ctLogs: [], certificateAuthorities: [], timestampAuthorities: [] };

/**
 * What policy-controller's `checkOptsFromAuthority` makes of an authority: a key without `ctlog` needs no log; a keyless authority without trust
 * root needs one of the public good instance, and with one needs a log only where `ctlog` says so (or in the form of bundles); `rfc3161timestamp` with a
 * trust root takes the log's place. `undefined` when a part is missing, which is noted.
 */
export async function trustOf(
  authority: Authority,
  path: FieldPath,
  chain: readonly Certificate[] | undefined,
  sources: TrustSources,
): Promise<LeafTrust | undefined> {
  const { problems } = sources;
  const byTimestamp = timestampsAsked(authority);
  const away: string[] = [];
  // What cannot be fetched now leaves this authority unsatisfied, and says nothing of those beside it.
  const ask = <T>(at: FieldPath, work: () => Promise<T>, without: T): Promise<T | undefined> =>
    problems.during([...path, ...at], async () => {
      try {
        return await work();
      } catch (error) {
        if (!isAssayError(error) || (error.group !== 'transport' && error.code !== 'offline')) throw error;
        away.push(error.message);
        return without;
      }
    });
  const signers = await ask(['keyless', 'trustRootRef'], () => signersRoot(authority, chain, sources), NOTHING);
  const logs = await ask(['ctlog', 'trustRootRef'], () => logsRoot(authority, signers ?? NOTHING, byTimestamp, sources), {
    from: NOTHING,
    demanded: true,
  });
  const stamps = await ask(
    ['rfc3161timestamp', 'trustRootRef'],
    () => stampsRoot(authority, signers ?? NOTHING, byTimestamp, sources),
    NOTHING,
  );
  if (signers === undefined || logs === undefined || stamps === undefined) return undefined;
  const trust = {
    logs: logs.from.logs,
    ctLogs: signers.ctLogs,
    certificateAuthorities: signers.certificateAuthorities,
    timestampAuthorities: stamps.timestampAuthorities,
    pairs: createPairCache(),
  };
  const skipSct = authority.keyless?.insecureIgnoreSCT === true || (chain !== undefined && signers.ctLogs.length === 0);
  const demands: Demands = {
    ...(byTimestamp ? { timestampThreshold: 1 } : {}),
    ...(logs.demanded ? {} : { unsafeSkipTransparencyLog: true }),
    ...(skipSct ? { unsafeSkipSct: true } : {}),
  };
  const never = away[0] ?? whyNever(authority, trust, demands);
  return { trust, demands, ...(never === undefined ? {} : { never }) };
}

/** The verifier takes trust without any log for an instance that has none; policy-controller still wants to see the promise of a CT log. */
function whyNever(authority: Authority, trust: TrustMaterial, demands: Demands): string | undefined {
  if (authority.keyless !== undefined && trust.certificateAuthorities.length === 0) return 'the trust root lists no certificate authority';
  if (authority.keyless !== undefined && trust.ctLogs.length === 0 && demands.unsafeSkipSct !== true)
    return 'the trust root lists no certificate transparency log (ctLogs), and insecureIgnoreSCT is not set';
  if (demands.timestampThreshold !== undefined && trust.timestampAuthorities.length === 0)
    return 'the trust root lists no timestamp authority, and rfc3161timestamp asks for one';
  if (demands.unsafeSkipTransparencyLog !== true && trust.logs.length === 0)
    return 'the trust root lists no transparency log, and ctlog asks for one';
  return undefined;
}

function timestampsAsked({ rfc3161timestamp, signatureFormat }: Authority): boolean {
  return rfc3161timestamp !== undefined && ((rfc3161timestamp.trustRootRef ?? '') !== '' || signatureFormat === 'bundle');
}

/** Whose certificates are believed, and which CT logs watch them. A `ca-cert` is an authority of one's own, which no log watches unless a trust root names one. */
async function signersRoot(
  { keyless }: Authority,
  chain: readonly Certificate[] | undefined,
  { resources, trustRoots }: TrustSources,
): Promise<Omit<TrustMaterial, 'pairs'>> {
  if (keyless === undefined) return NOTHING;
  const name = keyless.trustRootRef ?? '';
  const root = name !== '' ? await trustRoots.material(name) : await resources.publicGoodRoot();
  if (chain === undefined) return root;
  const own: CertificateAuthority = { uri: 'ca-cert', chain, validFor: ALWAYS, openIntermediates: chain.length === 1 };
  return { ...root, certificateAuthorities: [own], ctLogs: name === '' ? [] : root.ctLogs };
}

async function logsRoot(
  { keyless, ctlog, signatureFormat }: Authority,
  signers: Omit<TrustMaterial, 'pairs'>,
  byTimestamp: boolean,
  { resources, trustRoots }: TrustSources,
): Promise<{ readonly from: Omit<TrustMaterial, 'pairs'>; readonly demanded: boolean }> {
  const name = ctlog?.trustRootRef ?? '';
  const named = name === '' ? undefined : await trustRoots.material(name);
  if (byTimestamp) return { from: NOTHING, demanded: false };
  if (named !== undefined) return { from: named, demanded: true };
  if ((ctlog?.url ?? '') !== '') return { from: await resources.publicGoodRoot(), demanded: true };
  if (keyless === undefined) return { from: NOTHING, demanded: false };
  const isPublic = (keyless.trustRootRef ?? '') === '' && ctlog === undefined;
  return { from: signers, demanded: isPublic || signatureFormat === 'bundle' };
}

async function stampsRoot(
  { rfc3161timestamp }: Authority,
  signers: Omit<TrustMaterial, 'pairs'>,
  byTimestamp: boolean,
  { resources, trustRoots }: TrustSources,
): Promise<Omit<TrustMaterial, 'pairs'>> {
  const name = rfc3161timestamp?.trustRootRef ?? '';
  if (name !== '') return trustRoots.material(name);
  return byTimestamp ? resources.publicGoodRoot() : signers;
}
