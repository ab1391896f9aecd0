import type { Bytes } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import type { Call } from '../command.ts';
import { printable } from '../text/printable.ts';
import { readInput } from '../verify/files.ts';

const NOBODY = 'set COSIGN_PASSWORD, or give --password-file FILE (- is stdin)';

/**
 * The password of a key that exists: of `--password-file`, else of the variable `COSIGN_PASSWORD`, which may be empty, else of the person at the
 * terminal. `undefined` where there is no further answer. Throws `password-wrong` where nobody can be asked, `file-unreadable`, `cancelled`.
 */
export async function passwordOf(name: string, attempt: number, call: Call): Promise<Bytes | undefined> {
  const stored = await storedPassword(call, 'password-file');
  if (stored !== undefined) return attempt === 0 ? stored : undefined;
  const terminal = await call.io.terminal?.();
  if (terminal === undefined)
    throw new AssayError('password-wrong', 'the key is encrypted, and there is no terminal to ask for its password', {
      hint: NOBODY,
    });
  const again = attempt === 0 ? '' : 'Wrong password. ';
  call.out.progress(undefined);
  return terminal.secret(`${again}Password of ${printable(name, 200)}: `, call.signal);
}

/** The PIN of a token, of the person at the terminal; `undefined` where there is none. Throws `cancelled`. */
export async function pinOf(token: string, call: Call): Promise<Bytes | undefined> {
  const terminal = await call.io.terminal?.();
  call.out.progress(undefined);
  return terminal?.secret(`PIN of ${printable(token, 200)}: `, call.signal);
}

/** The password of a key that is made: as `passwordOf`, typed twice. Throws `password-wrong` where the two differ or nobody can be asked. */
export async function newPassword(name: string, call: Call): Promise<Bytes> {
  const stored = (await storedPassword(call, 'new-password-file')) ?? (await storedPassword(call, 'password-file'));
  if (stored !== undefined) return stored;
  const terminal = await call.io.terminal?.();
  if (terminal === undefined)
    throw new AssayError('password-wrong', `there is no terminal to ask for the password of ${name}`, {
      hint: `${NOBODY}; an empty variable means an empty password`,
    });
  for (let attempt = 0; attempt < LIMITS.passwordTries; attempt++) {
    const again = attempt === 0 ? '' : 'The two differ. ';
    const first = await terminal.secret(`${again}Password for ${printable(name, 200)}: `, call.signal);
    const second = first === undefined ? undefined : await terminal.secret('The same again: ', call.signal);
    if (first === undefined || second === undefined) throw new AssayError('cancelled', 'no password was given');
    if (Buffer.from(first).equals(second)) return first;
  }
  throw new AssayError('password-wrong', 'the two passwords differ');
}

async function storedPassword(call: Call, option: 'password-file' | 'new-password-file'): Promise<Bytes | undefined> {
  const { options, io } = call;
  const file = options.has(option) ? options.text(option) : undefined;
  if (file !== undefined) {
    const bytes = await kept(call, file);
    if (bytes.length > LIMITS.passwordBytes)
      throw new AssayError('limit', `password file ${file} has ${bytes.length} bytes (at most ${LIMITS.passwordBytes})`);
    return withoutNewline(bytes);
  }
  const value = option === 'password-file' ? io.env.COSIGN_PASSWORD : undefined;
  return value === undefined ? undefined : Buffer.from(value, 'utf8');
}

// Stdin can be read once, and a password may be asked for several times.
const READ = new WeakMap<Call, Map<string, Buffer>>();

async function kept(call: Call, file: string): Promise<Buffer> {
  const files = READ.get(call) ?? new Map<string, Buffer>();
  READ.set(call, files);
  const known = files.get(file);
  if (known !== undefined) return known;
  const bytes = await readInput(file, 'password file', call.io);
  files.set(file, bytes);
  return bytes;
}

// Editors end the last line; a password ends before that, whatever else it holds.
function withoutNewline(bytes: Buffer): Buffer {
  const length = bytes.at(-1) === 0x0a ? bytes.length - 1 : bytes.length;
  return bytes.subarray(0, length < bytes.length && bytes[length - 1] === 0x0d ? length - 1 : length);
}
