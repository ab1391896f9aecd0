import { AssayError, messageOf } from '../../errors.ts';
import { expectedIdentity } from '../../sign/identity-token/expected-identity.ts';
import type { SigningIdentity, SigningServices } from '../../sign/index.ts';
import { altNamesOf, certificatesFromPem, issuerClaim, parseCertificate } from '../../trust/index.ts';
import { openKey } from '../../trust/keys/index.ts';
import { type Authority, exactly, type IdentityAuthority, UNSAFE_ANY } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { keyContextOf } from '../keys/context.ts';
import { readInput } from '../verify/files.ts';
import { identityTokenOf } from './identity-flags.ts';
import { servicesOf } from './service-flags.ts';

/** Flags that only say how a certificate is had. */
const KEYLESS = [
  'identity-token',
  'oidc-issuer',
  'oidc-client-id',
  'oidc-client-secret-file',
  'oidc-redirect-url',
  'oidc-provider',
  'oidc-disable-ambient-providers',
  'fulcio-auth-flow',
  'fulcio-url',
  'insecure-skip-verify',
];

/** Who signs, and with which services. */
export interface SigningParties {
  readonly identity: SigningIdentity;
  readonly services: SigningServices;
}

/** Who signs, by the flags: a key, a key with its certificate, or without a key whoever an identity token names. Throws `usage-invalid`, and what opening keys throws. */
export async function identityOf(call: Call): Promise<SigningParties> {
  const { options } = call;
  const [key, certificate, chain] = [options.text('key'), options.text('certificate'), options.text('certificate-chain')];
  const issue = options.flag('issue-certificate');
  if (certificate !== undefined && key === undefined) throw new AssayError('usage-invalid', '--certificate needs the --key that it is for');
  if (chain !== undefined && certificate === undefined) throw new AssayError('usage-invalid', '--certificate-chain needs --certificate');
  if (issue && certificate !== undefined) throw new AssayError('usage-invalid', '--issue-certificate and --certificate exclude each other');
  if (key === undefined || issue) return keyless(key, call);
  for (const name of KEYLESS.filter((n) => options.has(n) && options.given(n)))
    call.out.warn(
      'changes-nothing',
      `--${name} changes nothing: the key of --key signs, and no certificate is asked for (--issue-certificate)`,
    );
  const signer = await (await openKey(key, keyContextOf(call))).signer();
  const services = await servicesOf(call, { keyless: false });
  if (certificate === undefined) return { identity: { kind: 'key', signer }, services };
  const certificates = await Promise.all([
    certificatesOf(certificate, '--certificate', call),
    chain === undefined ? [] : certificatesOf(chain, '--certificate-chain', call),
  ]);
  const [leaf, ...rest] = certificates.flat();
  if (leaf === undefined) throw new AssayError('key-invalid', `${certificate} holds no certificate`);
  const ders = [leaf, ...rest.filter((c) => c.fingerprint !== leaf.fingerprint)].map((c) => c.der);
  return { identity: { kind: 'certificate', signer, chain: ders }, services };
}

async function keyless(key: string | undefined, call: Call): Promise<SigningParties> {
  const signer = key === undefined ? undefined : await (await openKey(key, keyContextOf(call))).signer();
  const services = await servicesOf(call, { keyless: true });
  const token = await identityTokenOf(call, services.oidcIssuer === undefined ? {} : { issuer: services.oidcIssuer });
  return { identity: { kind: 'keyless', token, ...(signer === undefined ? {} : { signer }) }, services };
}

async function certificatesOf(file: string, flag: string, { io }: Call): Promise<readonly ReturnType<typeof parseCertificate>[]> {
  const text = (await readInput(file, flag, io)).toString('utf8');
  try {
    return certificatesFromPem(text, file);
  } catch (cause) {
    throw new AssayError('key-invalid', `${flag} ${file}: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Who verifiers will be told to ask for. A certificate that nothing says how to verify is taken for its key: the chain is then not checked, which is said.
 */
export function authorityFor(identity: SigningIdentity, { options, out }: Pick<Call, 'options' | 'out'>): Authority {
  if (identity.kind === 'key') return { kind: 'key', name: identity.signer.name, key: identity.signer.publicKey };
  if (identity.kind === 'keyless') {
    const { issuer, subject } = expectedIdentity(identity.token);
    return { kind: 'identity', name: `${subject} by ${issuer}`, subject: exactly(subject), issuer: exactly(issuer), claims: new Map() };
  }
  const [leaf] = identity.chain;
  if (leaf !== undefined && (options.given('certificate-chain') || options.given('trusted-root'))) return leafAuthority(leaf);
  out.warn(
    'chain-unchecked',
    "the certificate's chain is not checked before publishing: --certificate-chain FILE, or --trusted-root FILE, says what it stands on",
  );
  return { kind: 'key', name: identity.signer.name, key: identity.signer.publicKey };
}

/** The identity that a certificate names. Throws `certificate-invalid` for one that names nobody. */
export function leafAuthority(der: Uint8Array): IdentityAuthority {
  const leaf = parseCertificate(der);
  const [name] = altNamesOf(leaf);
  if (name === undefined)
    throw new AssayError('certificate-invalid', 'the certificate names nobody: it has no subject alternative name', {
      hint: 'verifiers compare e-mail addresses and URIs in it',
    });
  const issuer = issuerClaim(leaf);
  return {
    kind: 'identity',
    name: issuer === undefined ? name.value : `${name.value} by ${issuer}`,
    subject: exactly(name.value),
    issuer: issuer === undefined ? UNSAFE_ANY : exactly(issuer),
    claims: new Map(),
  };
}
