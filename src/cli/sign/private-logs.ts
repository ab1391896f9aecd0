import { AssayError } from '../../errors.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import type { SigningServices } from '../../sign/index.ts';
import type { TrustMaterial } from '../../trust/index.ts';
import { isPublicInstance } from './notice.ts';

/**
 * Says before anything is entered in a private log that nobody could verify the entry, where the trust root is the public good instance's. The address of a
 * log in a trust root of one's own may be another than the one that it is reached by: there the entry itself is held against it. Throws `trust-invalid`,
 * telling how a trust root is named.
 */
export function checkPrivateLogs({ logs }: SigningServices, trust: TrustMaterial): void {
  const stranger = logs.find((l) => !isPublicInstance(l.url));
  if (stranger === undefined || trust.logs.some((l) => !isPublicInstance(l.baseUrl))) return;
  throw new AssayError(
    'trust-invalid',
    `the trust root does not know the log ${shownAddress(stranger.url)}: what is signed with it could not be verified`,
    {
      hint:
        '--trusted-root FILE (assay trusted-root create --rekor url=…,public-key=… makes one), or SIGSTORE_REKOR_PUBLIC_KEY; ' +
        '--unsafe-skip-self-verification signs all the same',
    },
  );
}
