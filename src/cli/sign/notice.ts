import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { AssayError } from '../../errors.ts';
import type { SigningServices } from '../../sign/services.ts';
import type { Call } from '../command.ts';
import { confirmed } from '../confirm.ts';
import type { Io } from '../io.ts';

const NOTICE = `This signature uses public services of the Sigstore project (https://sigstore.dev), run by the Linux Foundation under its terms:
https://lfprojects.org/policies/hosted-project-tools-terms-of-use/
  - Who signs (an e-mail address or the name of a workload, or a public key), the time and the digest of what is signed
    are entered in transparency logs that everybody can read, and are written into a certificate that is public too.
  - Nothing of it can be changed or removed later, by you or by anybody else:
    https://lfprojects.org/policies/hosted-project-tools-immutable-records/
  - Do not enter personal data of other people.
`;

/** What was agreed to: another text is to be read again. */
const VERSION = createHash('sha256').update(NOTICE).digest('hex');

/** The domains of the public good instance and of its staging instance. */
const PUBLIC = /(?:^|\.)(?:sigstore\.dev|sigstage\.dev)$/;

/**
 * Says, before anything is sent, what becomes public where public services are used, and has it confirmed: by `--yes` (`COSIGN_YES`), or once at a terminal.
 * Private services need no notice. Throws `confirmation-missing` where the answer is no and where nobody can be asked.
 */
export async function confirmPublicRecord(call: Call, services: Pick<SigningServices, 'certificates' | 'logs'>): Promise<void> {
  const { io, options } = call;
  const urls = [services.certificates, ...services.logs].map((service) => service?.url).filter((url) => url !== undefined);
  if (!urls.some(isPublicInstance) || (await isRemembered(io))) return;
  io.stderr.write(NOTICE);
  const yes = options.has('yes') && options.flag('yes');
  if (!(await confirmed(call, 'Do you agree?', { yes })))
    throw new AssayError('confirmation-missing', 'nothing was signed: what becomes public was not agreed to', {
      hint: '--tlog-upload=false with a --key, or private services, keep it private',
    });
  // A yes on the command line is for that run; one that a person gave holds.
  if (!yes) await remember(io);
}

/** Whether an address is one of the public good instance or of its staging instance. */
export function isPublicInstance(url: string): boolean {
  return URL.canParse(url) && PUBLIC.test(new URL(url).hostname.replace(/\.$/, ''));
}

function markerOf({ env, home }: Pick<Io, 'env' | 'home'>): string {
  const base = env.XDG_CONFIG_HOME ?? '';
  return join(isAbsolute(base) ? base : join(home, '.config'), 'assay', 'public-record-confirmed');
}

async function isRemembered(io: Io): Promise<boolean> {
  try {
    return (await readFile(markerOf(io), 'utf8')).trim() === VERSION;
  } catch {
    // What cannot be read is no consent.
    return false;
  }
}

async function remember(io: Io): Promise<void> {
  const marker = markerOf(io);
  try {
    await mkdir(dirname(marker), { recursive: true, mode: 0o700 });
    await writeFile(marker, `${VERSION}\n`, { mode: 0o600 });
  } catch {
    // Where nothing can be kept, it is asked again next time.
  }
}
