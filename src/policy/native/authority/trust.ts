import { utf8 } from '../../../bytes/index.ts';
import { AssayError } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import {
  ALWAYS,
  type Certificate,
  type CertificateAuthority,
  certificatesFromPem,
  createPairCache,
  describeCertificate,
  noTrust,
  parseTrustedRoot,
  type TrustMaterial,
} from '../../../trust/index.ts';
import type { Demands } from '../../../verify/index.ts';
import type { PolicyResources } from '../../resources.ts';
import type { AuthorityFields, Sources, TrustedRootFields } from '../fields/authority.ts';
import { loadSource } from '../source.ts';
import type { AuthorityContext } from './authority.ts';

/** Trust in nothing at all: for authorities that need neither logs nor Sigstore's certificates. One object, so that leaves with it can be one. */
const NOTHING = noTrust();

/** What is believed of an authority's evidence. A root is asked for only when something of it can be needed. */
export async function trustOf(
  fields: AuthorityFields,
  demands: Demands,
  { path, mistakes, resources }: AuthorityContext,
): Promise<TrustMaterial> {
  if (fields.notation !== undefined) return NOTHING;
  const own = await mistakes.attempt([...path, 'certificate'], () => ownAuthorities(fields, resources));
  const { trustedRoot } = fields;
  const needsLog = demands.unsafeSkipTransparencyLog !== true || (demands.timestampThreshold ?? 0) > 0;
  const needsSct = fields.certificate !== undefined && demands.unsafeSkipSct !== true;
  const base =
    trustedRoot !== undefined
      ? await mistakes.attempt([...path, 'trustedRoot'], () => givenRoot(trustedRoot, resources))
      : needsLog || needsSct || fields.keyless !== undefined
        ? await resources.publicGoodRoot()
        : NOTHING;
  return own === undefined || base === undefined ? (base ?? NOTHING) : { ...base, certificateAuthorities: own, pairs: createPairCache() };
}

async function givenRoot(root: TrustedRootFields, resources: PolicyResources): Promise<TrustMaterial> {
  if (typeof root === 'string' || root.tuf === undefined) {
    const { text } = await loadSource(root, 'the trusted root', resources);
    return parseTrustedRoot(text);
  }
  const { mirror, target = 'trusted_root.json' } = root.tuf;
  const { text } = await loadSource(root.tuf.root, "the TUF repository's root", resources);
  return resources.tufRoot({ root: utf8(text), from: { mirror }, targets: 'targets', target });
}

async function ownAuthorities(
  { certificate }: AuthorityFields,
  resources: PolicyResources,
): Promise<readonly CertificateAuthority[] | undefined> {
  if (certificate === undefined) return undefined;
  const roots = await certificatesOf(certificate.roots, 'roots', resources);
  const intermediates =
    certificate.intermediates === undefined ? [] : await certificatesOf(certificate.intermediates, 'intermediates', resources);
  const leaf = roots.find((c) => c.basicConstraints?.ca !== true);
  if (leaf !== undefined)
    throw new AssayError('trust-invalid', `the ${describeCertificate(leaf)} is no root: it is not an authority`, {
      hint: `roots are those that issued it ("${leaf.issuerText}"); "leaf" is the field for exactly one certificate`,
    });
  return roots.map((root) => ({ uri: 'policy', chain: [...intermediates, root], validFor: ALWAYS, openIntermediates: true }));
}

/** The certificates of sources in PEM. Throws `pem-invalid`, `certificate-invalid`, `limit`, and what reading throws. */
export async function certificatesOf(sources: Sources, what: string, resources: PolicyResources): Promise<readonly Certificate[]> {
  const list = Array.isArray(sources) ? (sources as Sources & readonly unknown[]) : [sources];
  const texts = await Promise.all(list.map((s) => loadSource(s as Parameters<typeof loadSource>[0], what, resources)));
  return texts.flatMap(({ text, name }) => certificatesFromPem(text, name, { max: LIMITS.trustStoreCertificates }));
}
