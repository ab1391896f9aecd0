import { FULCIO_CLAIMS } from '../../../trust/index.ts';
import { count, either, list, names, object, oneOfWords, optional, saying, type TypeOf, text } from './shape.ts';
import { KEY_SOURCE, SOURCE, SOURCE_FIELDS, SOURCE_NAMES, SOURCES } from './source.ts';

const ANY = saying('Accepts every issuer and subject that is not named here. Weakens: whoever the authorities certify may sign');
const SUBJECT = {
  subject: optional(text('The exact subject: a subject alternative name of the certificate')),
  subjectRegExp: optional(text('A regular expression (RE2) that the whole subject has to match')),
  issuer: optional(text('The exact OIDC issuer that the certificate names')),
  issuerRegExp: optional(text('A regular expression (RE2) that the whole issuer has to match')),
  unsafeAnyIdentity: optional(ANY),
};

const KEYLESS = object('An identity that a certificate of Fulcio proves: issuer and subject are both required', {
  ...SUBJECT,
  claims: optional(names('Claims of the certificate that have to have exactly these values', text('The value'), FULCIO_CLAIMS)),
});

const CERTIFICATE = object("A certificate of a certificate authority of one's own", {
  roots: SOURCES,
  intermediates: optional(SOURCES),
  ...SUBJECT,
  leaf: optional(SOURCE),
  fingerprint: optional(
    text('Exactly the certificate with this SHA-256 of its DER', { source: '^sha256:[0-9a-f]{64}$', words: 'sha256:… (64 digits)' }),
  ),
});

const NOTATION = object('Notary Project signatures: trust anchors and the subjects that they certify', {
  certificateAuthorities: optional(SOURCES),
  signingAuthorities: optional(SOURCES),
  timestampAuthorities: optional(SOURCES),
  trustedIdentities: optional(
    list(
      "Subjects of the signing certificate, as Notation's trust policies write them: `x509.subject: C=US, ST=WA, O=acme`. Any one suffices",
      text('A subject', { source: '^x509\\.subject:.', words: '"x509.subject: C=…, ST=…, O=…"' }),
    ),
  ),
  unsafeAnyIdentity: optional(saying('Accepts every subject that the trust anchors certify')),
  level: optional(
    oneOfWords(
      'How strictly is checked: `strict` (default), `permissive` (timestamp, expiry and revocation are only logged) or `unsafeAudit` (authenticity too is only logged)',
      ['strict', 'permissive', 'unsafeAudit'],
    ),
  ),
  verifyTimestamp: optional(
    oneOfWords('When a countersignature is asked for, where there are timestamp authorities', ['always', 'afterCertExpiry']),
  ),
});

const TUF = object('A trusted root in a TUF repository', {
  mirror: text('Where the repository is', { source: '^https://', words: 'an https address' }),
  root: SOURCE,
  target: optional(text('Name of the target; `trusted_root.json` by default')),
});

/** Where logs, certificate authorities and timestamp authorities are believed from. */
export const TRUSTED_ROOT = either(
  'A `trusted_root.json`; without one the public good instance of Sigstore is trusted',
  text("The JSON itself, or a file relative to the policy's own"),
  object('Where the trusted root is: exactly one of these', { ...SOURCE_FIELDS, tuf: optional(TUF) }, [...SOURCE_NAMES, 'tuf']),
);

const AUTHORITY_KINDS = ['key', 'certificate', 'keyless', 'notation'] as const;

/** Who may sign, and how much has to be proven of it. */
export const AUTHORITY = object(
  'Who may sign: exactly one of `key`, `certificate`, `keyless`, `notation`; and how much has to be proven',
  {
    key: optional(KEY_SOURCE),
    certificate: optional(CERTIFICATE),
    keyless: optional(KEYLESS),
    notation: optional(NOTATION),
    trustedRoot: optional(TRUSTED_ROOT),
    transparencyLog: optional(
      either(
        'An entry in a transparency log: `required` (default), or of how many distinct logs',
        oneOfWords('As by default', ['required']),
        count('Distinct logs', 1, 32),
      ),
    ),
    unsafeSkipTransparencyLog: optional(saying('Asks for no transparency log entry')),
    timestamps: optional(count('RFC 3161 timestamps by that many distinct authorities', 1, 32)),
    scts: optional(count('Promises of that many distinct certificate transparency logs; 1 by default', 1, 32)),
    unsafeSkipSct: optional(saying('Asks for no promise of a certificate transparency log')),
    allowCertificateChain: optional(saying('Intermediates that come with the evidence may complete the chain, in bundles too')),
  },
  AUTHORITY_KINDS,
);

/** One authority or several: names of `authorities`, or authorities themselves. */
export const BY = either(
  'Who has to have signed: an authority, by its name under `authorities` or itself, or a list of them of which any one suffices',
  either('An authority', text('Its name'), AUTHORITY),
  list('Several', either('An authority', text('Its name'), AUTHORITY)),
);

export type AuthorityFields = TypeOf<typeof AUTHORITY>;
export type By = TypeOf<typeof BY>;
export type TrustedRootFields = TypeOf<typeof TRUSTED_ROOT>;
export type Sources = TypeOf<typeof SOURCES>;
