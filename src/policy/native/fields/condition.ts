import { count, either, list, names, object, oneOfWords, optional, saying, type TypeOf, text, value } from './shape.ts';
import { PROGRAM, REGO } from './source.ts';

const DURATION = { source: '^(?:\\d+(?:\\.\\d+)?(?:d|h|m|s|ms))+$', words: 'a duration as 30d, 12h or 1h30m' };

/** A span of time. */
export const AGE = text('A span of time, as `30d`, `12h`, `1h30m`', DURATION);

const SLSA_SOURCE = object('The source that was built', {
  repository: text('The canonical repository, as `github.com/acme/app` or `https://git.acme.example/app`'),
  ref: optional(text('The exact git ref, `refs/heads/main`')),
  branch: optional(text('The branch')),
  tag: optional(text('The exact tag')),
  versionedTag: optional(
    text('A tag that is this semantic version, or begins with it: `v1`, `v1.2` or `v1.2.3`', {
      source: '^v?\\d+(?:\\.\\d+){0,2}(?:[-+].*)?$',
      words: 'a semantic version or a beginning of one',
    }),
  ),
  commit: optional(text('The commit, in full', { source: '^[0-9a-f]{40}(?:[0-9a-f]{24})?$', words: 'a full commit hash' })),
});

const SLSA_BUILDER = object('The builder', {
  id: text('Its id: exactly, or without `@VERSION` for every version of it'),
  level: optional(count('The build level that you vouch for, where Assay does not know the builder', 1, 3)),
});

const PARAMETERS = object(
  'External parameters of the build (inputs of the workflow). What is not named here is refused; without this field every one is, beside those that say what the source is',
  {
    equal: optional(
      names('Parameters that have to have exactly these values, by name or by a path as `inputs.release`', value('The value')),
    ),
    allow: optional(list('Parameters that may have any value', text('Its name, or a path as `inputs.release`'))),
    unsafeAllowAny: optional(saying('Parameters are not judged at all')),
  },
);

/** What is expected of SLSA provenance. */
export const SLSA = object(
  'Expectations about SLSA provenance (v0.2 and v1). What the certificate proves and what the builder states have to agree',
  {
    source: optional(SLSA_SOURCE),
    builder: optional(either('The builder: its id, or more', text('Its id, as `builder.id`'), SLSA_BUILDER)),
    buildType: optional(text('The exact build type')),
    level: optional(count('The least SLSA build level', 1, 3)),
    parameters: optional(PARAMETERS),
    provenBy: optional(
      oneOfWords(
        '`certificate`: what is expected of source and builder has to stand in the certificate too; `builder` (default): where it does',
        ['certificate', 'builder'],
      ),
    ),
  },
);

const VULNERABILITIES = object('A vulnerability scan (the reports of Trivy and Grype are read): how many findings there may be', {
  critical: optional(count('Critical ones', 0, 1_000_000)),
  high: optional(count('High ones', 0, 1_000_000)),
  medium: optional(count('Medium ones', 0, 1_000_000)),
  low: optional(count('Low ones', 0, 1_000_000)),
  ignore: optional(list('Findings that do not count, by id', text('An id, as CVE-2024-1234'))),
});

const SBOM = object('A bill of materials (CycloneDX or SPDX)', {
  minComponents: count('How many components it has to list at least', 1, 1_000_000),
});

const MAX_AGE = either(
  'How old it may be: from the verified time, or from a time that the predicate states',
  AGE,
  object('How old it may be, from what', {
    of: text('`verified` for the verified time, or a path in the predicate as `metadata.scanFinishedOn`'),
    is: AGE,
  }),
);

/** What has to hold of a piece of evidence. */
export const CONDITION = object(
  'What has to hold of the evidence: exactly one of these, with a name and a message of your own',
  {
    name: optional(text('What it is called in reports')),
    message: optional(text('What is said when it does not hold')),
    cel: optional(PROGRAM),
    cue: optional(PROGRAM),
    rego: optional(REGO),
    maxAge: optional(MAX_AGE),
    slsa: optional(SLSA),
    vulnerabilities: optional(VULNERABILITIES),
    sbom: optional(SBOM),
  },
  ['cel', 'cue', 'rego', 'maxAge', 'slsa', 'vulnerabilities', 'sbom'],
);

export type ConditionFields = TypeOf<typeof CONDITION>;
export type SlsaFields = TypeOf<typeof SLSA>;
