import { AssayError } from '../../errors.ts';
import type { Demands } from '../../verify/index.ts';
import type { Call } from '../command.ts';

/** What has to be proven, by the flags; each flag that weakens a check warns. Throws `usage-invalid`. */
export function demandsOf(call: Call): Demands {
  const { options, out } = call;
  const noLog = options.flag('insecure-ignore-tlog') || options.flag('private-infrastructure');
  const claims = !options.has('check-claims') || options.flag('check-claims');
  if (options.flag('private-infrastructure')) out.warn('weakened', '--private-infrastructure: no transparency log entry is required');
  if (!claims) out.warn('weakened', '--check-claims=false: what the signature is about is not checked');
  return {
    ...(noLog ? { unsafeSkipTransparencyLog: true } : {}),
    ...(options.flag('insecure-ignore-sct') ? { unsafeSkipSct: true } : {}),
    ...(claims ? {} : { unsafeSkipClaims: true }),
    ...(options.flag('use-signed-timestamps') ? { timestampThreshold: 1 } : {}),
    ...(options.flag('allow-certificate-chain') ? { allowCertificateChain: true } : {}),
    ...(options.has('annotations') ? { annotations: metadataOf(call) } : {}),
  };
}

/** The pairs that the signed payload has to hold: cosign's `-a` and notation's `-m` ask for the same. Throws `usage-invalid`. */
export function metadataOf({ options }: Pick<Call, 'options'>): ReadonlyMap<string, string> {
  const texts = (name: string): readonly string[] => (options.has(name) ? options.list(name) : []);
  const pairs = new Map(pairsOf(texts('annotations'), '-a'));
  for (const [key, value] of pairsOf(texts('user-metadata'), '-m')) {
    if ((pairs.get(key) ?? value) !== value)
      throw new AssayError('usage-invalid', `-a and -m ask for different values of ${key.slice(0, 100)}`);
    pairs.set(key, value);
  }
  return pairs;
}

/** Texts `key=value` of a flag. Throws `usage-invalid`, naming the flag: no pair, or one key with two values. */
export function pairsOf(texts: readonly string[], flag: string): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const text of texts) {
    const at = text.indexOf('=');
    const [key, value] = [text.slice(0, at), text.slice(at + 1)];
    if (at <= 0) throw new AssayError('usage-invalid', `${flag} ${text.slice(0, 100)}: a pair key=value is expected`);
    if ((pairs.get(key) ?? value) !== value) throw new AssayError('usage-invalid', `${flag} ${key.slice(0, 100)} has two values`);
    pairs.set(key, value);
  }
  return pairs;
}
