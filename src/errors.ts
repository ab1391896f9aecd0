/**
 * The one error class and the closed table of its codes.
 *
 * A code says what happened; its group says who must act. Exit codes and HTTP statuses are looked up from
 * the group at the doors, in one table each.
 */

/** Who must act: the caller (misuse), nobody (not-found), the network (transport), the signer (evidence), and so on. */
export type ErrorGroup = 'misuse' | 'not-found' | 'transport' | 'evidence-invalid' | 'policy-denied' | 'unsupported' | 'limit' | 'internal';

/** Every code there is, with its group. Tests assert codes, never messages. */
export const ERROR_GROUPS = {
  'usage-invalid': 'misuse',
  'reference-invalid': 'misuse',
  'reference-ambiguous': 'misuse',
  'key-invalid': 'misuse',
  'password-wrong': 'misuse',
  'confirmation-missing': 'misuse',
  'token-missing': 'misuse',
  'token-invalid': 'misuse',
  'predicate-invalid': 'misuse',
  'signing-config-invalid': 'misuse',
  'identity-missing': 'misuse',
  'identity-invalid': 'misuse',
  'trust-invalid': 'misuse',
  'file-unreadable': 'misuse',
  'input-invalid': 'misuse',
  'layout-invalid': 'misuse',
  'policy-invalid': 'misuse',
  'policy-reference-missing': 'misuse',
  'engine-missing': 'misuse',
  'not-found': 'not-found',
  'registry-unreachable': 'transport',
  'registry-timeout': 'transport',
  'registry-throttled': 'transport',
  'registry-unauthorized': 'transport',
  'registry-forbidden': 'transport',
  'registry-error': 'transport',
  'registry-protocol': 'transport',
  'redirect-refused': 'transport',
  'credentials-unavailable': 'transport',
  'content-mismatch': 'transport',
  'content-truncated': 'transport',
  'media-type-mismatch': 'transport',
  'trust-unavailable': 'transport',
  'trust-stale': 'transport',
  'revocation-unavailable': 'transport',
  'plugin-unavailable': 'transport',
  'key-unavailable': 'transport',
  'key-refused': 'transport',
  'service-unavailable': 'transport',
  'service-refused': 'transport',
  'write-conflict': 'transport',
  'file-unwritable': 'transport',
  'policy-unevaluable': 'limit',
  cancelled: 'transport',
  'json-invalid': 'evidence-invalid',
  'base64-invalid': 'evidence-invalid',
  'pem-invalid': 'evidence-invalid',
  'der-invalid': 'evidence-invalid',
  'certificate-invalid': 'evidence-invalid',
  'revocation-invalid': 'evidence-invalid',
  'cbor-invalid': 'evidence-invalid',
  'openpgp-invalid': 'evidence-invalid',
  'manifest-invalid': 'evidence-invalid',
  'bundle-invalid': 'evidence-invalid',
  'envelope-invalid': 'evidence-invalid',
  'payload-invalid': 'evidence-invalid',
  'statement-invalid': 'evidence-invalid',
  'log-entry-invalid': 'evidence-invalid',
  'timestamp-invalid': 'evidence-invalid',
  'service-lied': 'evidence-invalid',
  'self-verification-failed': 'evidence-invalid',
  'policy-denied': 'policy-denied',
  'algorithm-unsupported': 'unsupported',
  unsupported: 'unsupported',
  offline: 'unsupported',
  limit: 'limit',
  internal: 'internal',
} as const satisfies Record<string, ErrorGroup>;

/** The closed union of codes. */
export type ErrorCode = keyof typeof ERROR_GROUPS;

/** Where in a text something is wrong: line and column count from 1; the path is the field's, as `spec.images[0].glob`. */
export interface TextPosition {
  readonly line?: number;
  readonly column?: number;
  readonly path?: string;
}

/** What a caller may add to an error. */
export interface ErrorOptions {
  /** Of mistakes in a text of the user's. */
  readonly at?: TextPosition;
  /** What a person can do about it, on a line of its own. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** Whether the same call may succeed later, unchanged. Default: whether the group is transport. */
  readonly retryable?: boolean;
}

/** The base and only error class. Messages are lower case, without a full stop, and name the value and the expectation. */
export class AssayError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly at: TextPosition | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AssayError';
    this.code = code;
    this.hint = options.hint;
    this.at = options.at;
    this.retryable = options.retryable ?? ERROR_GROUPS[code] === 'transport';
  }

  get group(): ErrorGroup {
    return ERROR_GROUPS[this.code];
  }
}

/** True for an error of ours, optionally of the given code. */
export function isAssayError(error: unknown, code?: ErrorCode): error is AssayError {
  return error instanceof AssayError && (code === undefined || error.code === code);
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** An error of ours as it is; anything else becomes `code` with the original as cause. */
export function toAssayError(error: unknown, code: ErrorCode = 'internal', prefix = ''): AssayError {
  if (error instanceof AssayError) return error;
  return new AssayError(code, `${prefix}${messageOf(error)}`, { cause: error });
}
