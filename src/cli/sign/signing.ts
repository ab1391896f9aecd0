import type { KeyAlgorithm } from '../../crypto/index.ts';
import { algorithmNamed } from '../../crypto/private-keys.ts';
import { AssayError } from '../../errors.ts';
import {
  type Expectations,
  openSession,
  type PreparedEvidence,
  type SigningIdentity,
  type SigningServices,
  type SigningSession,
} from '../../sign/index.ts';
import { noTrust } from '../../trust/index.ts';
import type { Authority, Demands } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { trustOf } from '../verify/trust.ts';
import { authorityFor, identityOf, leafAuthority } from './identity.ts';
import { lenient } from './lenient.ts';
import { checkPrivateLogs } from './private-logs.ts';

/** Everything that a run signs with. */
export interface Signing {
  readonly identity: SigningIdentity;
  readonly services: SigningServices;
  readonly session: SigningSession;
  /** How evidence that is there already is verified. */
  readonly expectations: Expectations;
  /** How evidence that was just made is verified: the certificate that was issued says who signed. */
  readonly expectationsOf: (made: PreparedEvidence) => Expectations;
  readonly unsafeSkipSelfVerification: boolean;
}

/**
 * What the flags say about who signs, with which services, and by what the result will be verified. All of it is known before anything is signed.
 * Throws what is misuse, and what opening keys, services and trust material throws.
 */
export async function signingOf(call: Call): Promise<Signing> {
  const { options, out, io } = call;
  const { identity, services } = await identityOf(call);
  const unsafeSkipSelfVerification = options.flag('unsafe-skip-self-verification');
  if (unsafeSkipSelfVerification) out.warn('weakened', '--unsafe-skip-self-verification: what is published was not verified');
  const demands = demandsFor(identity, services, call);
  const authority = authorityFor(identity, call);
  const trust = unsafeSkipSelfVerification ? noTrust() : await trustOf({ ...call, options: lenient(options) }, [authority], demands);
  if (!unsafeSkipSelfVerification) checkPrivateLogs(services, trust);
  const expectations: Expectations = { authorities: [authority], trust, demands };
  return {
    identity,
    services,
    session: openSession(identity, services, io.now, algorithmOf(call)),
    expectations,
    expectationsOf: (made) => ({ ...expectations, authorities: whoSigned(made, identity, authority) }),
    unsafeSkipSelfVerification,
  };
}

/** The algorithm of `--signing-algorithm`. Throws `algorithm-unsupported`. */
export function algorithmOf({ options }: Pick<Call, 'options'>): KeyAlgorithm | undefined {
  const name = options.has('signing-algorithm') ? options.text('signing-algorithm') : undefined;
  return name === undefined ? undefined : algorithmNamed(name);
}

/** As `assay verify` will ask: every log, promise and timestamp that was wanted has to be there. */
function demandsFor(identity: SigningIdentity, { logs, timestamps }: SigningServices, { options, out }: Call): Demands {
  const skipped = identity.kind === 'keyless' && options.has('insecure-skip-verify') && options.flag('insecure-skip-verify');
  if (skipped)
    out.warn(
      'weakened',
      '--insecure-skip-verify: that a certificate transparency log knows the certificate was not verified, and verifiers ask for it',
    );
  const noSct = identity.kind === 'certificate' || skipped;
  return {
    ...(logs.length === 0 ? { unsafeSkipTransparencyLog: true } : { logThreshold: logs.length }),
    ...(timestamps.length === 0 ? {} : { timestampThreshold: timestamps.length }),
    ...(noSct ? { unsafeSkipSct: true } : {}),
  };
}

/** The certificate service was held against the token: what its certificate says is who signed. */
function whoSigned({ located }: PreparedEvidence, identity: SigningIdentity, usual: Authority): readonly Authority[] {
  if (identity.kind !== 'keyless' || located.content instanceof AssayError || located.content.material.kind !== 'certificate')
    return [usual];
  const [leaf] = located.content.material.chain;
  return leaf === undefined ? [usual] : [leafAuthority(leaf)];
}
