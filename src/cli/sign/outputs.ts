import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Bytes } from '../../bytes/index.ts';
import { AssayError, messageOf } from '../../errors.ts';
import type { Call } from '../command.ts';
import { isStructured } from '../output/output.ts';
import { lenient } from './lenient.ts';

/**
 * Writes a file that a flag names; it appears whole, or not at all, and takes the place of a link. `-` is stdout; pipes and devices are written into. Throws
 * `file-unwritable`.
 */
export async function writeOutput(file: string, content: Bytes | string, { io, out }: Pick<Call, 'io' | 'out'>): Promise<void> {
  if (file === '-') {
    out.print(content);
    return;
  }
  const path = resolve(io.cwd, file);
  const fresh = `${path}.${randomBytes(6).toString('hex')}.new`;
  try {
    if (await isStream(path)) return await writeInto(path, content);
    await writeFile(fresh, content, { flag: 'wx', mode: 0o644 });
    await rename(fresh, path);
  } catch (cause) {
    // Why the file is not written is what matters, not what is left of it.
    await rm(fresh, { force: true }).catch(() => {});
    throw new AssayError('file-unwritable', `cannot write ${file}: ${messageOf(cause)}`, { cause });
  }
}

/** Flags that name files to write. */
const OUTPUTS = [
  'bundle',
  'output-signature',
  'output-payload',
  'output-certificate',
  'output-attestation',
  'rfc3161-timestamp',
  'rfc3161-timestamp-bundle',
];

/** Says before anything is signed that stdout is taken: by the one object of a structured run, or by another output. Throws `usage-invalid`. */
export function checkStdout(call: Pick<Call, 'options' | 'out'>, alsoPrinted: readonly string[] = []): void {
  const options = lenient(call.options);
  const printed = [...OUTPUTS.filter((n) => options.text(n) === '-').map((n) => `--${n} -`), ...alsoPrinted];
  const [first, second] = printed;
  if (first !== undefined && isStructured(call.out.format))
    throw new AssayError('usage-invalid', `${first} prints to stdout, where --output ${call.out.format} prints its object`, {
      hint: '--bundle FILE',
    });
  if (second !== undefined) throw new AssayError('usage-invalid', `${first} and ${second} both print to stdout`);
}

/** Flags that name files to read. */
const INPUTS = [
  'key',
  'certificate',
  'certificate-chain',
  'password-file',
  'identity-token',
  'oidc-client-secret-file',
  'predicate',
  'statement',
  'payload',
  'trusted-root',
  'timestamp-certificate-chain',
  'signing-config',
  'timestamp-client-cacert',
  'timestamp-client-cert',
  'timestamp-client-key',
];

/** Says before anything is signed that an output would take the place of what is read: the key, or the file that is signed. Throws `usage-invalid`. */
export function checkApart(call: Pick<Call, 'options' | 'io'>, files: readonly string[] = []): void {
  const options = lenient(call.options);
  const read = [...files, ...INPUTS.map((n) => options.text(n))];
  const taken = new Map(read.flatMap((file) => (file === undefined ? [] : [[fileAt(file, call.io.cwd), file] as const])));
  taken.delete(undefined);
  for (const flag of OUTPUTS) {
    const file = options.text(flag);
    const own = file === undefined ? undefined : taken.get(fileAt(file, call.io.cwd));
    if (own !== undefined)
      throw new AssayError('usage-invalid', `--${flag} would overwrite ${own}, which is read`, { hint: 'name another file' });
  }
}

// The same file has many names. What is no file, as a token or a reference to a service, is none here, whatever asking for it comes to.
function fileAt(file: string, cwd: string): string | undefined {
  if (file === '-') return undefined;
  try {
    const found = statSync(resolve(cwd, file));
    return found.isFile() ? `${found.dev} ${found.ino}` : undefined;
  } catch {
    return undefined;
  }
}

// To replace `/dev/null`, which root could, would break more than this run.
async function isStream(path: string): Promise<boolean> {
  // What cannot be asked about cannot be written either, and writing says why.
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isDirectory()) return false;
  return !found.isFile() || /^\/(?:dev|proc)\//.test(path);
}

async function writeInto(path: string, content: Bytes | string): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

/** A file's name for one of several images, as cosign numbers them under `--recursive`. */
export function outputName(file: string, digest: string, several: boolean): string {
  return several && file !== '-' ? `${file}-${digest.replace(':', '-')}` : file;
}

/** When what is made says that it was made: `SOURCE_DATE_EPOCH` where it is set, else now. Throws `usage-invalid`. */
export function creationTime({ io }: Pick<Call, 'io'>): Date {
  const epoch = io.env.SOURCE_DATE_EPOCH ?? '';
  if (epoch === '') return io.now();
  if (!/^\d{1,11}$/.test(epoch))
    throw new AssayError('usage-invalid', `SOURCE_DATE_EPOCH is no number of seconds: "${epoch.slice(0, 40)}"`);
  return new Date(Number(epoch) * 1000);
}
