/** Certificate authorities: root, intermediates, and the short-lived leaves that Fulcio issues. */
import { leafExtensions } from '../../mint/index.ts';
import { type Certificate, type CertificateBend, makeCertificate } from './certificate.ts';
import type { CtLog, SctOptions } from './ct.ts';
import { type KeyKind, newKey, type SigningKey } from './keys.ts';
import {
  authorityKeyId,
  basicConstraints,
  type Extension,
  extendedKeyUsage,
  type KeyUsage,
  keyUsage,
  type Name,
  OID,
  type San,
  subjectKeyId,
} from './names.ts';

export const MINUTE = 60_000;
export const DAY = 86_400_000;

/** What a certificate authority is made of. */
export interface AuthorityOptions {
  readonly name?: string;
  /** The time around which everything is valid. */
  readonly now: Date;
  readonly keyKind?: KeyKind;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Path length of the root. Default 1; `null` for none. */
  readonly rootPathLength?: number | null;
  /** Changes the extensions of the root. */
  readonly rootExtensions?: (usual: readonly Extension[]) => readonly Extension[];
  /** Changes the extensions of the intermediate. */
  readonly intermediateExtensions?: (usual: readonly Extension[]) => readonly Extension[];
  readonly intermediateBend?: CertificateBend;
  readonly intermediateNotBefore?: Date;
  readonly intermediateNotAfter?: Date;
  /** Without: the root issues leaves itself. Default: with. */
  readonly intermediate?: boolean;
}

/** A certificate authority. `issuing` signs leaves; `chain` goes from there up to the root. */
export interface CertificateAuthority {
  readonly name: string;
  readonly root: Certificate;
  readonly issuing: Certificate;
  readonly chain: readonly Certificate[];
}

/** Makes a certificate authority: P-384, root with path length 1, intermediate with path length 0 for code signing, as Fulcio's. */
export function makeAuthority(options: AuthorityOptions): CertificateAuthority {
  const { name = 'virtual', now, keyKind = 'p384' } = options;
  const notBefore = options.notBefore ?? new Date(now.getTime() - 365 * DAY);
  const notAfter = options.notAfter ?? new Date(now.getTime() + 3650 * DAY);
  const key = newKey(keyKind);
  const pathLength = options.rootPathLength === undefined ? 1 : (options.rootPathLength ?? undefined);
  const usual = [keyUsage(['keyCertSign', 'cRLSign']), basicConstraints(true, pathLength), subjectKeyId(key)];
  const root = makeCertificate({
    subject: [
      ['O', name],
      ['CN', `${name} root`],
    ],
    key,
    notBefore,
    notAfter,
    extensions: options.rootExtensions?.(usual) ?? usual,
  });
  if (options.intermediate === false) return { name, root, issuing: root, chain: [root] };
  const issuing = makeIntermediate(root, {
    name: `${name} intermediate`,
    keyKind,
    notBefore: options.intermediateNotBefore ?? notBefore,
    notAfter: options.intermediateNotAfter ?? notAfter,
    ...(options.intermediateExtensions === undefined ? {} : { extensions: options.intermediateExtensions }),
    ...(options.intermediateBend === undefined ? {} : { bend: options.intermediateBend }),
  });
  return { name, root, issuing, chain: [issuing, root] };
}

/** An intermediate under another certificate. */
export function makeIntermediate(
  issuer: Certificate,
  options: {
    readonly name?: string;
    readonly keyKind?: KeyKind;
    readonly key?: SigningKey;
    readonly subject?: Name;
    readonly notBefore?: Date;
    readonly notAfter?: Date;
    readonly pathLength?: number;
    readonly extensions?: (usual: readonly Extension[]) => readonly Extension[];
    readonly bend?: CertificateBend;
  } = {},
): Certificate {
  const key = options.key ?? newKey(options.keyKind ?? 'p384');
  const usual = [
    keyUsage(['keyCertSign', 'cRLSign']),
    extendedKeyUsage([OID.codeSigning]),
    basicConstraints(true, options.pathLength ?? 0),
    subjectKeyId(key),
    authorityKeyId(issuer.key),
  ];
  return makeCertificate({
    subject: options.subject ?? [
      ['O', 'virtual'],
      ['CN', options.name ?? 'intermediate'],
    ],
    key,
    issuer,
    notBefore: options.notBefore ?? issuer.notBefore,
    notAfter: options.notAfter ?? issuer.notAfter,
    extensions: options.extensions?.(usual) ?? usual,
    ...(options.bend === undefined ? {} : { bend: options.bend }),
  });
}

/** The identity and everything else of a leaf. What is left out is as Fulcio would write it. */
export interface LeafOptions {
  readonly sans?: readonly San[];
  /** Extensions .1 and .8; `null` for neither. */
  readonly issuer?: string | null;
  /** Claims by the last arc of their object identifier, .2 to .24. */
  readonly claims?: ReadonlyMap<number, string>;
  readonly key?: SigningKey;
  readonly keyKind?: KeyKind;
  readonly subject?: Name;
  readonly notBefore?: Date;
  /** Milliseconds; Fulcio's leaves live 10 minutes. */
  readonly lifetime?: number;
  /** `null`: without the extension. */
  readonly keyUsage?: readonly KeyUsage[] | null;
  readonly extendedKeyUsage?: readonly string[] | null;
  readonly basicConstraints?: Extension;
  /** Further extensions. */
  readonly extra?: readonly Extension[];
  /** Changes the whole list. */
  readonly extensions?: (usual: readonly Extension[]) => readonly Extension[];
  /** `null`: no SCT at all. Default: one, by the authority's own log, at `notBefore`. */
  readonly scts?: readonly SctOptions[] | null;
  /** The certificate that issues it, instead of the authority's own. */
  readonly by?: Pick<Certificate, 'subject' | 'key'>;
  readonly bend?: CertificateBend;
}

export const WORKFLOW = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
export const GITHUB_ISSUER = 'https://token.actions.githubusercontent.com';

/** Issues a leaf. */
export function issueLeaf(ca: CertificateAuthority, ct: CtLog, now: Date, options: LeafOptions = {}): Certificate {
  const key = options.key ?? newKey(options.keyKind ?? 'p256');
  const issuer = options.by ?? ca.issuing;
  const notBefore = options.notBefore ?? new Date(now.getTime() - 2 * DAY);
  const name = options.issuer === undefined ? GITHUB_ISSUER : options.issuer;
  const content = { spki: key.spki, issuerSpki: issuer.key.spki, names: options.sans ?? [{ uri: WORKFLOW }], issuer: name ?? undefined };
  const honest = leafExtensions({ ...content, claims: options.claims ?? new Map() });
  const usual = [...bentExtensions(honest, options), ...(options.extra ?? [])];
  return makeCertificate({
    subject: options.subject ?? [],
    key,
    issuer,
    notBefore,
    notAfter: new Date(notBefore.getTime() + (options.lifetime ?? 10 * MINUTE)),
    extensions: options.extensions?.(usual) ?? usual,
    ...(options.scts === null ? {} : { scts: options.scts ?? [{ log: ct, at: notBefore }] }),
    ...(options.bend === undefined ? {} : { bend: options.bend }),
  });
}

// The honest list, with usages and purposes replaced or left out, and basic constraints after them.
function bentExtensions(honest: readonly Extension[], options: LeafOptions): Extension[] {
  return honest.flatMap((extension) => {
    if (extension.id === OID.keyUsage && options.keyUsage !== undefined)
      return options.keyUsage === null ? [] : [keyUsage(options.keyUsage)];
    if (extension.id !== OID.extendedKeyUsage) return [extension];
    const { extendedKeyUsage: purposes, basicConstraints: constraints } = options;
    const kept = purposes === null ? [] : [purposes === undefined ? extension : extendedKeyUsage(purposes)];
    return [...kept, ...(constraints === undefined ? [] : [constraints])];
  });
}
