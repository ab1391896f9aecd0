import { AUTHORITY, BY } from './authority.ts';
import { AGE } from './condition.ts';
import { REQUIREMENT } from './requirement.ts';
import { list, names, object, oneOfWords, optional, type TypeOf, text } from './shape.ts';

/** The version of the form of native policies. */
export const API_VERSION = 'assay.dev/v1alpha1';

const SHA256 = { source: '^sha256:[0-9a-f]{64}$', words: 'sha256:… (64 digits)' };
const TIME = {
  source: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?(?:Z|[+-]\\d\\d:\\d\\d)$',
  words: 'a time as 2024-05-01T00:00:00Z',
};

const REVOKED_KINDS = ['image', 'evidence', 'key', 'certificate', 'logEntry', 'identity'] as const;

/** One thing that counts no longer. */
export const REVOKED_ENTRY = object(
  'One thing that counts no longer: exactly one of these, and why',
  {
    image: optional(
      text("An image's digest", { source: '^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$', words: 'a digest' }),
    ),
    evidence: optional(text('A piece of evidence, by the `id` that reports give it', SHA256)),
    key: optional(text("A key, by the SHA-256 of its SubjectPublicKeyInfo; certificates' keys too", SHA256)),
    certificate: optional(text("A certificate, by the SHA-256 of its DER, anywhere in the signer's path", SHA256)),
    logEntry: optional(
      text('An entry of a log, `LOGID:INDEX`', {
        source: '^(?:[0-9a-f]{2}){4,64}:(?:0|[1-9]\\d*)$',
        words: 'LOGID:INDEX with the id in hexadecimal',
      }),
    ),
    identity: optional(
      object('An identity, for what was signed in a window of time', {
        issuer: optional(text('The exact issuer')),
        issuerRegExp: optional(text('A regular expression that the whole issuer matches')),
        subject: optional(text('The exact subject')),
        subjectRegExp: optional(text('A regular expression that the whole subject matches')),
        from: optional(text('The beginning of the window', TIME)),
        until: optional(text('The end of the window', TIME)),
      }),
    ),
    reason: text('Why, for reports'),
  },
  REVOKED_KINDS,
);

const REVOKED = object('What counts no longer', {
  entries: optional(list('What is revoked', REVOKED_ENTRY)),
  from: optional(
    object(
      'A signed list in a registry: a `RevocationList` document, as the one layer of an artifact. Absent, stale or unsigned, everything is inconclusive',
      {
        artifact: text('Its reference'),
        by: BY,
        maxAge: AGE,
      },
    ),
  ),
});

/** `spec` of an ImagePolicy. */
const SPEC = object('What is asked of which images', {
  images: list(
    'Repositories that the policy is about: `registry/repository` in full, `*` for a part of a name, `**` for any names. Names without a registry are those of Docker Hub',
    text('A pattern'),
  ),
  except: optional(list('Repositories that it is not about', text('A pattern'))),
  mode: optional(oneOfWords('`enforce` (default) denies what does not meet it, `warn` lets it pass with a warning', ['enforce', 'warn'])),
  authorities: optional(names('Authorities, by names that requirements refer to', AUTHORITY)),
  require: REQUIREMENT,
  revoked: optional(REVOKED),
});

const METADATA = object('About the document', {
  name: text('What it is called in reports', {
    source: '^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$',
    words: 'a name of letters, digits, ".", "_" and "-"',
  }),
  labels: optional(names('For other tools', text('The value'))),
  annotations: optional(names('For other tools', text('The value'))),
});

/** A native policy. */
export const IMAGE_POLICY = object('A policy about container images', {
  apiVersion: oneOfWords('Version of this form', [API_VERSION]),
  kind: oneOfWords('What it is', ['ImagePolicy']),
  metadata: METADATA,
  spec: SPEC,
});

/** A list of what is revoked, as a document of its own. */
export const REVOCATION_LIST = object('A list of what counts no longer', {
  apiVersion: oneOfWords('Version of this form', [API_VERSION]),
  kind: oneOfWords('What it is', ['RevocationList']),
  metadata: METADATA,
  spec: object('The list', {
    issued: text('When the list was made; how fresh it is counts from here', TIME),
    entries: list('What is revoked; may be empty', REVOKED_ENTRY, 0),
  }),
});

export type RevokedEntry = TypeOf<typeof REVOKED_ENTRY>;
export type RevokedFields = TypeOf<typeof REVOKED>;
export type PolicySpec = TypeOf<typeof SPEC>;
