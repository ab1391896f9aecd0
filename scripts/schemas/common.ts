import type { ErrorJson } from '../../src/cli/output/errors.ts';
import type { Warning } from '../../src/cli/output/output.ts';
import type { Found } from '../../src/oci/store.ts';
import type { FormatName } from '../../src/signature/index.ts';
import type { Outcome } from '../../src/verify/index.ts';
import { boolean, list, objectLike, oneOf, optional, ref, type Schema, text } from './shape.ts';

export const DIGEST = text('`algorithm:hex`', '^[a-z0-9]+:[0-9a-f]+$');
export const TIME = text('ISO 8601, UTC');
export const ERRORS = list(ref('error'), 'why something is unknown or went wrong');
export const WARNINGS = list(ref('warning'));

/** Definitions that schemas share. */
export const DEFINITIONS: ReadonlyMap<string, Schema> = new Map([
  [
    'error',
    objectLike<ErrorJson>({
      code: text('from the closed list in docs/reference/errors.md'),
      message: text(),
      hint: optional(text('what a person can do about it')),
      retryable: boolean('whether the same call may succeed later'),
    }),
  ],
  ['warning', objectLike<Warning>({ code: text(), message: text() })],
  [
    'outcome',
    oneOf<Outcome>({
      verified: true,
      inconclusive: true,
      denied: true,
      revoked: true,
      expired: true,
      untrusted: true,
      invalid: true,
      unsigned: true,
    }),
  ],
  [
    'format',
    oneOf<FormatName>({
      'sigstore-bundle': true,
      'cosign-tag': true,
      'cosign-oci11': true,
      'notation-jws': true,
      'notation-cose': true,
      'simple-signing': true,
      'signed-referrer': true,
    }),
  ],
  [
    'found',
    oneOf<Found>(
      { referrers: true, 'fallback-tag': true, tag: true, file: true },
      'how it was found; `file` also of simple signatures, in a lookaside or kept by the registry',
    ),
  ],
]);
