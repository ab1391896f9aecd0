import { type OpenPgpPublicKey, type OpenPgpSignature, SIGNATURE } from '../../codec/openpgp/index.ts';
import type { PublicKey } from '../../crypto/index.ts';
import type { RuleId } from '../../rules.ts';
import type { Part, WrittenKey } from './certificate.ts';
import { isSignedBy } from './signed-by.ts';

/** Why a key may not sign, whatever the time. */
export interface Fault {
  readonly rule: RuleId;
  readonly outcome: 'revoked' | 'untrusted';
  readonly reason: string;
}

/** What a key's own signatures make of it. */
export interface Standing {
  readonly faults: readonly Fault[];
  /** Milliseconds since 1970; the earliest end of what it rests on. */
  readonly expires: number | undefined;
}

const MAY_SIGN = 0x02;

/** The standing of a primary key: certified by itself (a user id or a direct-key signature), not revoked, allowed to sign. */
export function primaryStanding(written: WrittenKey, key: PublicKey): Standing {
  const { of, signatures } = written.primary;
  const mine = signatures.filter((s) => isOwn(s, of));
  const direct = newest(mine.filter((s) => s.kind === SIGNATURE.directKey && holds(key, s, of.hashed)));
  const named = written.userIds.flatMap((u) => certification(u, of, key));
  const selves = direct === undefined ? named : [direct, ...named];
  const faults: Fault[] = [];
  if (selves.length === 0)
    faults.push(
      fault('openpgp-self-signature', `the key ${of.fingerprint} has no signature of its own over a user id or itself that holds`),
    );
  const revocations = signatures.filter((s) => s.kind === SIGNATURE.keyRevocation);
  if (revocations.some((s) => revokes(s, of, key, of.hashed) || mine.some((d) => d.namesRevoker)))
    faults.push(revoked(`the key ${of.fingerprint} is revoked`));
  const flags = newest(selves.filter((s) => s.keyFlags !== undefined))?.keyFlags;
  if (flags !== undefined && (flags & MAY_SIGN) === 0)
    faults.push(fault('openpgp-key-usage', `the key ${of.fingerprint} is not one for signing`));
  return { faults, expires: earliest(selves.flatMap((s) => endsOf(s, of))) };
}

/** The standing of a subkey: bound by the primary key, which it vouches for in turn; neither is revoked; allowed to sign. */
export function subkeyStanding(
  written: WrittenKey,
  { of, signatures }: Part<OpenPgpPublicKey>,
  keys: { readonly primary: PublicKey; readonly key: PublicKey },
  above: Standing,
): Standing {
  const main = written.primary.of;
  const content = [main.hashed, of.hashed];
  const binding = newest(signatures.filter((s) => s.kind === SIGNATURE.subkeyBinding && holds(keys.primary, s, ...content)));
  // What a binding claims is judged where it does not hold, too: each mistake is one of its own.
  const claimed = binding ?? newest(signatures.filter((s) => s.kind === SIGNATURE.subkeyBinding));
  const back = claimed?.embedded.some((s) => s.kind === SIGNATURE.primaryBinding && holds(keys.key, s, ...content)) ?? false;
  const faults = above.faults.filter((f) => f.rule !== 'openpgp-key-usage');
  if (binding === undefined)
    faults.push(fault('openpgp-binding', `the key ${main.fingerprint} does not say that the subkey ${of.fingerprint} is its own`));
  // An attacker could bind a stranger's key as a subkey and so claim the stranger's signatures (RFC 9580 §5.2.1.9).
  if (!back)
    faults.push(fault('openpgp-back-signature', `the subkey ${of.fingerprint} does not say that it belongs to ${main.fingerprint}`));
  const flags = claimed?.keyFlags;
  if (flags !== undefined && (flags & MAY_SIGN) === 0)
    faults.push(fault('openpgp-key-usage', `the subkey ${of.fingerprint} is not one for signing`));
  if (signatures.some((s) => s.kind === SIGNATURE.subkeyRevocation && revokes(s, main, keys.primary, ...content)))
    faults.push(revoked(`the subkey ${of.fingerprint} is revoked`));
  const ends = binding === undefined ? [] : endsOf(binding, of);
  return { faults, expires: earliest([...ends, ...(above.expires === undefined ? [] : [above.expires])]) };
}

// The newest certification of a user id by the key itself, unless the user id was revoked since.
function certification(userId: Part<Uint8Array>, of: OpenPgpPublicKey, key: PublicKey): OpenPgpSignature[] {
  const content = [of.hashed, userId.of];
  const mine = userId.signatures.filter((s) => isOwn(s, of));
  const latest = newest(mine.filter((s) => isCertification(s) && holds(key, s, ...content)));
  const gone = mine.some(
    (s) => s.kind === SIGNATURE.certificationRevocation && s.created >= (latest?.created ?? 0) && revokes(s, of, key, ...content),
  );
  return latest === undefined || gone ? [] : [latest];
}

function isCertification({ kind }: OpenPgpSignature): boolean {
  return kind >= SIGNATURE.firstCertification && kind <= SIGNATURE.lastCertification;
}

function isOwn(s: OpenPgpSignature, of: OpenPgpPublicKey): boolean {
  return (s.issuerFingerprint ?? of.fingerprint) === of.fingerprint && (s.issuerKeyId ?? of.keyId) === of.keyId;
}

function holds(key: PublicKey, signature: OpenPgpSignature, ...content: readonly Uint8Array[]): boolean {
  return signature.unknownCritical === undefined && isSignedBy(key, signature, ...content);
}

// A revocation of its own that cannot be checked, for its hash function, may well be one.
function revokes(s: OpenPgpSignature, of: OpenPgpPublicKey, key: PublicKey, ...content: readonly Uint8Array[]): boolean {
  return isOwn(s, of) && (s.hash === undefined || isSignedBy(key, s, ...content));
}

function newest(list: readonly OpenPgpSignature[]): OpenPgpSignature | undefined {
  return list.reduce<OpenPgpSignature | undefined>((best, s) => (best === undefined || s.created >= best.created ? s : best), undefined);
}

/** When the key ends by this signature, and when the signature itself does; milliseconds. */
function endsOf(s: OpenPgpSignature, of: OpenPgpPublicKey): number[] {
  const key = s.keyExpiresAfter === undefined ? [] : [(of.created + s.keyExpiresAfter) * 1000];
  return s.expiresAfter === undefined ? key : [...key, (s.created + s.expiresAfter) * 1000];
}

function earliest(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times);
}

function fault(rule: RuleId, reason: string): Fault {
  return { rule, outcome: 'untrusted', reason };
}

function revoked(reason: string): Fault {
  return { rule: 'openpgp-key-revoked', outcome: 'revoked', reason };
}
