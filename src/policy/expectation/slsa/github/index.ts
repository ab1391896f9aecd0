import { type Condition, exactly, type IdentityAuthority } from '../../../../verify/index.ts';
import { GITHUB_ISSUER } from '../facts.ts';
import { refusing } from '../fault.ts';
import { builderProblem, isTrustedSigner, RUNNER } from './builder.ts';
import { unprovenClaim } from './runner-claims.ts';
import { certificateSource, type SourceQuestion, statedRef, statedSource } from './source.ts';

export { RUNNER } from './builder.ts';
export type { SourceQuestion } from './source.ts';

/** Who may sign provenance on GitHub: the builders that are trusted, or the one that is asked for. */
export function githubBuilders(wanted: string | undefined): IdentityAuthority {
  const who = wanted ?? 'a builder of slsa-github-generator at a release vX.Y.Z';
  return {
    kind: 'identity',
    name: who,
    issuer: exactly(GITHUB_ISSUER),
    subject: {
      kind: 'whole',
      wanted: `${who} (ErrorUntrustedReusableWorkflow)`,
      test: (subject) => (isTrustedSigner(subject, wanted) ? 'yes' : 'no'),
    },
    claims: new Map(),
  };
}

/** What has to hold of provenance that a builder on GitHub signed, in slsa-verifier's order. */
export function githubConditions(builder: string | undefined, source: SourceQuestion): readonly Condition[] {
  const byRunner = builder === RUNNER || builder?.startsWith(`${RUNNER}/`) === true;
  return [
    refusing('source of the certificate', (f) => certificateSource(f, source.uri)),
    refusing('builder', (f) => builderProblem(f, builder)),
    refusing('source', (f) => statedSource(f, source.uri)),
    refusing('ref and inputs', (f) => statedRef(f, source)),
    ...(byRunner ? [refusing('claims', unprovenClaim)] : []),
  ];
}
