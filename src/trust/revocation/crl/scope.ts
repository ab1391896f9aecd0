import { type Bytes, encodeHex, equal } from '../../../bytes/index.ts';
import { children, type DerValue, expectTag, readBoolean, readDer, TAG } from '../../../codec/der/index.ts';
import { ALL_REASONS, type Certificate, type DistributionPoint, type GeneralName, pointName, reasonMask } from '../../x509/index.ts';
import { invalid } from '../invalid.ts';

/** Which certificates and reasons a list is about (issuingDistributionPoint, RFC 5280 §5.2.5). */
export interface Scope {
  /** The same for lists of the same scope; empty without the extension. */
  readonly id: string;
  /** `undefined`: no distribution point is named; empty: one relative to the issuer's name, which matches none. */
  readonly names: readonly GeneralName[] | undefined;
  readonly only: 'users' | 'authorities' | 'attributes' | undefined;
  /** As in `DistributionPoint`. */
  readonly reasons: number;
  readonly indirect: boolean;
}

const KINDS = [
  [0x81, 'users'],
  [0x82, 'authorities'],
  [0x85, 'attributes'],
] as const;
const TAGS: readonly number[] = [0xa0, 0x81, 0x82, 0x83, 0x84, 0x85];

/** The scope that an extension value states; everything when there is none. Throws `revocation-invalid` | `der-invalid`. */
export function parseScope(value: Bytes | undefined): Scope {
  if (value === undefined) return { id: '', names: undefined, only: undefined, reasons: ALL_REASONS, indirect: false };
  const parts = children(expectTag(readDer(value), TAG.sequence, 'scope'));
  const order = parts.map(({ tag }) => TAGS.indexOf(tag));
  if (order.some((at, i) => at < 0 || at <= (order[i - 1] ?? -1))) throw invalid('scope has a part that does not belong there');
  const part = (tag: number): DerValue | undefined => parts.find((p) => p.tag === tag);
  const flag = (tag: number): boolean => {
    const found = part(tag);
    return found !== undefined && readBoolean({ ...found, tag: TAG.boolean }, 'scope');
  };
  const [name, reasons] = [part(0xa0), part(0x83)];
  const only = KINDS.filter(([tag]) => flag(tag)).map(([, kind]) => kind);
  if (only.length > 1) throw invalid('scope is of two kinds of certificates only');
  return {
    id: encodeHex(value),
    names: name === undefined ? undefined : (pointName(name) ?? []),
    only: only[0],
    reasons: reasons === undefined ? ALL_REASONS : reasonMask(reasons) & ALL_REASONS,
    indirect: flag(0x84),
  };
}

/**
 * Why a certificate is outside of a list's scope (RFC 5280 §6.3.3 (b) (2)); `undefined` when it is inside. `points`: the distribution points of the
 * certificate that the list may be of. Without the check a list of one part of an authority's certificates would do for another part.
 */
export function outOfScope(scope: Scope, certificate: Certificate, points: readonly DistributionPoint[]): string | undefined {
  if (scope.indirect) return 'it is an indirect list, which Assay does not use';
  if (scope.only === 'attributes') return 'it is about attribute certificates only';
  const isAuthority = certificate.basicConstraints?.ca === true;
  if (scope.only === 'users' && isAuthority) return 'it is not about authorities';
  if (scope.only === 'authorities' && !isAuthority) return 'it is about authorities only';
  // RFC 5280 §6.3.3 (b) (1): the issuer's own list is none of those that the certificate is listed in.
  if (points.length > 0 && points.every(({ otherIssuer }) => otherIssuer))
    return 'the list of the certificate is an indirect one, which Assay does not use';
  return namedPoints(scope, points) === undefined ? 'it is the list of another distribution point' : undefined;
}

/** The reasons that a list covers for certificates with these distribution points (RFC 5280 §6.3.3 (d)). */
export function reasonsOf(scope: Scope, points: readonly DistributionPoint[]): number {
  const named = namedPoints(scope, points) ?? [];
  // A list that is for everything was perhaps fetched for a point that asks only about some reasons; it covers all it says.
  const asked = scope.names === undefined ? ALL_REASONS : named.reduce((mask, point) => mask | point.reasons, 0);
  return scope.reasons & asked;
}

// The points that have a name of the list; all of them when it has none. `undefined` when it is the list of another point.
function namedPoints(scope: Scope, points: readonly DistributionPoint[]): readonly DistributionPoint[] | undefined {
  const { names } = scope;
  if (names === undefined) return points;
  const found = points.filter((point) => point.names?.some((a) => names.some((b) => a.kind === b.kind && equal(a.value, b.value))));
  return found.length === 0 ? undefined : found;
}
