import type { Bytes } from '../../bytes/index.ts';
import type { PublicKey, Signer } from '../../crypto/index.ts';

/** Everything outside that opening a key may touch; parameters, so that tests and other doors give their own. */
export interface KeyContext {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly home: string;
  /** A file that the reference names. Throws `file-unreadable`. */
  readonly readFile: (path: string) => Promise<Buffer>;
  /**
   * The password of an encrypted key; only asked for where there is one. `attempt` counts from 0; a source that can only answer once (a variable, a file)
   * answers `undefined` from then on. Never from an argument of the command line.
   */
  readonly password: (name: string, attempt: number) => Promise<Bytes | undefined>;
  /** The PIN of a token, from the person at the terminal; never one that was meant for something else, since a token locks itself. Absent where nobody can be asked. */
  readonly pin?: (token: string) => Promise<Bytes | undefined>;
  /** Nothing but files may be asked. */
  readonly offline: boolean;
  readonly signal?: AbortSignal;
}

/** A key that a reference names, before it is known what it is for. */
export interface KeyHandle {
  /** The reference, without secrets. */
  readonly name: string;
  /** The public key. Throws `key-invalid`, `key-unavailable`, `key-refused`. */
  readonly publicKey: () => Promise<PublicKey>;
  /** The private key's signer. Throws as `publicKey`, and `password-wrong`; `key-invalid` where the reference only has a public key. */
  readonly signer: () => Promise<Signer>;
}

/** What one kind of key service, token or plugin exports: opens a reference of its scheme. Nothing is asked of the service before the handle is used. */
export type OpenKey = (reference: string, context: KeyContext) => Promise<KeyHandle>;

/** Makes a new key in a key service (`keys generate --kms`). Throws `key-refused`, `key-unavailable`, `unsupported`. */
export type CreateKey = (reference: string, algorithm: string | undefined, context: KeyContext) => Promise<PublicKey>;
