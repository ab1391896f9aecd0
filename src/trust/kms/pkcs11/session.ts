import type { PKCS11 } from 'pkcs11js';
import { AssayError, messageOf } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import type { KeyContext } from '../../keys/key-handle.ts';
import { optionalLibrary } from '../optional-library.ts';
import { CK } from './constants.ts';
import type { Pkcs11Reference } from './reference.ts';

/** A session with the token that a reference means. */
export interface Pkcs11Session {
  readonly module: PKCS11;
  readonly slot: Buffer;
  readonly handle: Buffer;
  /** For people. */
  readonly token: string;
  /** Logs in, once, whatever comes of it; private objects can be seen and used afterwards. */
  readonly logIn: () => Promise<void>;
  /** Runs one piece of work after the other: a session has one operation of signing at a time (PKCS #11 base specification, "Sessions"). */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

const modules = new Map<string, PKCS11>();

/**
 * Opens a session. The module is `module-path` or `COSIGN_PKCS11_MODULE_PATH`; the PIN comes from `pin-source`, `COSIGN_PKCS11_PIN`, or the person at the terminal, and only
 * once: a token locks itself after a few wrong ones. Throws `key-invalid`, `key-refused`, `key-unavailable`, `unsupported`.
 */
export async function openSession(wanted: Pkcs11Reference, context: KeyContext, write = false): Promise<Pkcs11Session> {
  const path = wanted.modulePath ?? (context.env.COSIGN_PKCS11_MODULE_PATH || undefined);
  if (path === undefined)
    throw new AssayError('key-invalid', `${wanted.name}: which module speaks with the token?`, {
      hint: 'module-path=/usr/lib/….so, or COSIGN_PKCS11_MODULE_PATH',
    });
  const module = await loaded(path);
  const { slot, token } = slotOf(module, wanted);
  const flags = CK.flag.serialSession | (write ? CK.flag.readWriteSession : 0);
  const handle = attempt(wanted.name, () => module.C_OpenSession(slot, flags));
  let login: Promise<void> | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  async function logIn(): Promise<void> {
    const pin = await pinOf(wanted, token, context);
    try {
      module.C_Login(handle, CK.user, pin);
    } catch (error) {
      if (codeOf(error) !== CK.error.loggedIn) throw loginError(wanted.name, token, error);
    }
  }

  return {
    module,
    slot,
    handle,
    token,
    logIn() {
      login ??= logIn();
      return login;
    },
    inTurn(work) {
      const mine = turn.then(work);
      // Whoever asked is told what failed; who comes next has a turn of its own.
      turn = mine.catch(() => {});
      return mine;
    },
  };
}

/** Calls a module, whose errors become ours. Throws `key-unavailable` when the token is gone, `key-refused` otherwise. */
export function attempt<T>(name: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw tokenError(name, error);
  }
}

/** The error of a module. */
export function tokenError(name: string, error: unknown): AssayError {
  const gone = [CK.error.tokenAbsent, CK.error.deviceRemoved, CK.error.device].some((code) => code === codeOf(error));
  return gone
    ? new AssayError('key-unavailable', `${name}: the token does not answer: ${messageOf(error)}`)
    : new AssayError('key-refused', `${name}: the token refuses: ${messageOf(error)}`, { retryable: false });
}

async function loaded(path: string): Promise<PKCS11> {
  const known = modules.get(path);
  if (known !== undefined) return known;
  const { PKCS11: Module } = await optionalLibrary(() => import('./library.ts'), 'pkcs11:', 'pkcs11js');
  const module = new Module();
  try {
    module.load(path);
    module.C_Initialize({ flags: CK.flag.osLocking });
  } catch (error) {
    throw new AssayError('key-unavailable', `the module ${path} cannot be loaded: ${messageOf(error).split('\n')[0]}`, {
      retryable: false,
    });
  }
  modules.set(path, module);
  return module;
}

function slotOf(module: PKCS11, wanted: Pkcs11Reference): { readonly slot: Buffer; readonly token: string } {
  const slots = attempt(wanted.name, () => module.C_GetSlotList(true)).slice(0, LIMITS.tokenSlots);
  const labels: string[] = [];
  const tokens = slots.flatMap((slot) => {
    const info = attempt(wanted.name, () => module.C_GetTokenInfo(slot));
    const is = (asked: string | undefined, has: string): boolean => asked === undefined || asked === has.trimEnd();
    const named =
      inSlot(module, wanted, slot, is) &&
      is(wanted.token, info.label) &&
      is(wanted.serial, info.serialNumber) &&
      is(wanted.model, info.model) &&
      is(wanted.manufacturer, info.manufacturerID);
    const there = (info.flags & CK.flag.tokenInitialized) !== 0 && (wanted.slotId === undefined || wanted.slotId === numberOf(slot));
    if ((info.flags & CK.flag.tokenInitialized) !== 0) labels.push(info.label.trimEnd());
    return named && there ? [{ slot, token: info.label.trimEnd() }] : [];
  });
  const [first, second] = tokens;
  if (first === undefined) {
    const hint = labels.length === 0 ? 'the module shows no token at all' : `there is ${labels.join(', ')}`;
    throw new AssayError('key-refused', `${wanted.name}: there is no such token`, { retryable: false, hint });
  }
  if (second !== undefined)
    throw new AssayError('key-invalid', `${wanted.name} may be on ${tokens.length} tokens`, { hint: 'name it by token=LABEL or serial=…' });
  return first;
}

function inSlot(module: PKCS11, wanted: Pkcs11Reference, slot: Buffer, is: (asked: string | undefined, has: string) => boolean): boolean {
  const { name, slotDescription, slotManufacturer } = wanted;
  if (slotDescription === undefined && slotManufacturer === undefined) return true;
  const info = attempt(name, () => module.C_GetSlotInfo(slot));
  return is(slotDescription, info.slotDescription) && is(slotManufacturer, info.manufacturerID);
}

// A slot's handle is a CK_ULONG.
function numberOf(slot: Buffer): number {
  return slot.length >= 8 ? Number(slot.readBigUInt64LE()) : slot.readUInt32LE();
}

async function pinOf({ name, pinFile }: Pkcs11Reference, token: string, context: KeyContext): Promise<string> {
  if (pinFile !== undefined) {
    const pin = (await context.readFile(pinFile)).toString('utf8').replace(/\r?\n$/, '');
    // Nothing is not tried: a token counts what is wrong.
    if (pin === '') throw new AssayError('password-wrong', `${name}: the file of pin-source is empty`);
    return pin;
  }
  const given = context.env.COSIGN_PKCS11_PIN || undefined;
  if (given !== undefined) return given;
  const typed = await context.pin?.(`the token ${token}`);
  if (typed === undefined)
    throw new AssayError('password-wrong', `${name}: the token asks for its PIN, and there is no terminal to ask for it`, {
      hint: 'COSIGN_PKCS11_PIN, or pin-source=FILE in the reference',
    });
  return Buffer.from(typed).toString('utf8');
}

function loginError(name: string, token: string, error: unknown): AssayError {
  const code = codeOf(error);
  const { pinIncorrect, pinInvalid, pinLength, pinExpired, pinLocked } = CK.error;
  if (code === pinLocked) return new AssayError('password-wrong', `${name}: the token ${token} is locked after wrong PINs`);
  if (code === pinExpired) return new AssayError('password-wrong', `${name}: the PIN of the token ${token} has expired`);
  const wrong = [pinIncorrect, pinInvalid, pinLength].some((c) => c === code);
  return wrong
    ? new AssayError('password-wrong', `${name}: the PIN of the token ${token} is wrong`, {
        hint: 'it locks itself after a few wrong ones',
      })
    : tokenError(name, error);
}

function codeOf(error: unknown): number {
  const { code } = error as { code?: unknown };
  return typeof code === 'number' ? code : -1;
}
