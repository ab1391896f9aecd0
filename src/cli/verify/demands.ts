import { AssayError } from '../../errors.ts';
import type { Demands } from '../../verify/index.ts';
import type { Call } from '../command.ts';

/** What has to be proven, by the flags; each flag that weakens a check warns. Throws `usage-invalid`. */
export function demandsOf({ options, out }: Call): Demands {
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
    ...(options.has('annotations') ? { annotations: pairsOf(options.list('annotations')) } : {}),
  };
}

function pairsOf(texts: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    texts.map((text) => {
      const at = text.indexOf('=');
      if (at <= 0) throw new AssayError('usage-invalid', `-a ${text.slice(0, 100)}: a pair key=value is expected`);
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}
