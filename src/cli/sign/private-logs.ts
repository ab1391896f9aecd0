import { AssayError } from '../../errors.ts';
import type { SigningServices } from '../../sign/index.ts';
import type { TrustMaterial } from '../../trust/index.ts';

/**
 * Says before anything is entered in a log that nobody could verify the entry: the trust root names other logs. Logs that a variable names by their key alone
 * have no address to compare. Throws `trust-invalid`, telling how a trust root is named.
 */
export function checkPrivateLogs({ logs }: SigningServices, trust: TrustMaterial): void {
  const known = trust.logs.map((l) => originOf(l.baseUrl));
  if (known.some((origin) => origin === undefined)) return;
  const stranger = logs.find((l) => !known.includes(originOf(l.url)));
  if (stranger === undefined) return;
  throw new AssayError(
    'trust-invalid',
    `the trust root does not know the log ${stranger.url}: what is signed with it could not be verified`,
    {
      hint:
        '--trusted-root FILE (assay trusted-root create --rekor url=…,public-key=… makes one), or SIGSTORE_REKOR_PUBLIC_KEY; ' +
        '--unsafe-skip-self-verification signs all the same',
    },
  );
}

function originOf(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).host : undefined;
}
