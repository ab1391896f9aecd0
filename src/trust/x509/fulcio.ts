import type { Bytes } from '../../bytes/index.ts';
import { expectTag, readDer, TAG } from '../../codec/der/index.ts';
import { AssayError } from '../../errors.ts';
import type { Certificate } from './certificate.ts';
import { invalid } from './invalid.ts';
import { utf8Text } from './text.ts';

const ARC = '1.3.6.1.4.1.57264.1';
const ISSUER_V1 = `${ARC}.1`;
const ISSUER_V2 = `${ARC}.8`;

/** Claims 1 to 6, whose values are the bare text (fulcio `docs/oid-info.md`); the first is the issuer again, for old certificates. */
const RAW: ReadonlyMap<string, string> = new Map([
  [`${ARC}.2`, 'githubWorkflowTrigger'],
  [`${ARC}.3`, 'githubWorkflowSHA'],
  [`${ARC}.4`, 'githubWorkflowName'],
  [`${ARC}.5`, 'githubWorkflowRepository'],
  [`${ARC}.6`, 'githubWorkflowRef'],
]);

/** Claims 9 to 24, whose values are DER UTF8Strings. 7 is no extension: it is the OtherName's type. */
const DER: ReadonlyMap<string, string> = new Map([
  [`${ARC}.9`, 'buildSignerURI'],
  [`${ARC}.10`, 'buildSignerDigest'],
  [`${ARC}.11`, 'runnerEnvironment'],
  [`${ARC}.12`, 'sourceRepositoryURI'],
  [`${ARC}.13`, 'sourceRepositoryDigest'],
  [`${ARC}.14`, 'sourceRepositoryRef'],
  [`${ARC}.15`, 'sourceRepositoryIdentifier'],
  [`${ARC}.16`, 'sourceRepositoryOwnerURI'],
  [`${ARC}.17`, 'sourceRepositoryOwnerIdentifier'],
  [`${ARC}.18`, 'buildConfigURI'],
  [`${ARC}.19`, 'buildConfigDigest'],
  [`${ARC}.20`, 'buildTrigger'],
  [`${ARC}.21`, 'runInvocationURI'],
  [`${ARC}.22`, 'sourceRepositoryVisibilityAtSigning'],
  [`${ARC}.23`, 'deploymentEnvironment'],
  [`${ARC}.24`, 'tokenSubject'],
]);

/** The names of all claims. */
export const FULCIO_CLAIMS: readonly string[] = [...RAW.values(), ...DER.values()];

/**
 * What Fulcio certified about the signer, by claim name (fulcio `docs/oid-info.md`), the issuer as `issuerClaim` has it.
 * Throws `certificate-invalid` when a claim is malformed.
 */
export function fulcioClaims(certificate: Certificate): ReadonlyMap<string, string> {
  const claims = new Map<string, string>();
  const issuer = issuerClaim(certificate);
  if (issuer !== undefined) claims.set('issuer', issuer);
  for (const [oid, extension] of certificate.extensions) {
    const raw = RAW.get(oid);
    const name = raw ?? DER.get(oid);
    if (name !== undefined) claims.set(name, raw === undefined ? derText(extension.value, name) : utf8Text(extension.value, name));
  }
  return claims;
}

/**
 * The OIDC issuer: extension 8, else 1. Throws `certificate-invalid` when one is malformed or they say different things; cosign's two
 * ways of reading it would then see two identities.
 */
export function issuerClaim(certificate: Certificate): string | undefined {
  const older = certificate.extensions.get(ISSUER_V1);
  const newer = certificate.extensions.get(ISSUER_V2);
  const first = older === undefined ? undefined : utf8Text(older.value, 'issuer');
  const eighth = newer === undefined ? undefined : derText(newer.value, 'issuer');
  if (first !== undefined && eighth !== undefined && first !== eighth) throw invalid('certificate names two different OIDC issuers');
  return eighth ?? first;
}

function derText(value: Bytes, what: string): string {
  try {
    const { bytes, start, end } = expectTag(readDer(value), TAG.utf8String, what);
    return utf8Text(bytes, what, start, end);
  } catch (cause) {
    throw new AssayError('certificate-invalid', `claim ${what} is not a DER UTF8String`, { cause });
  }
}
