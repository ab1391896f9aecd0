import { expect, test } from 'vitest';
import { expectedIdentity } from '../../src/sign/identity-token/expected-identity.ts';
import { parseIdentityToken } from '../../src/sign/identity-token/token.ts';
import { failure, NOW, token } from './oidc-kit.ts';

const parse = (claims: object, audience?: string) =>
  parseIdentityToken(token(claims), 'the test', { now: NOW, ...(audience === undefined ? {} : { audience }) });
const seconds = NOW.getTime() / 1000;

test('a token is read', () => {
  expect(parse({ aud: ['other', 'sigstore'] })).toMatchObject({
    issuer: 'https://issuer.test',
    subject: 'someone',
    audience: ['other', 'sigstore'],
    expires: new Date('2026-03-01T12:10:00Z'),
    source: 'the test',
  });
  expect(parseIdentityToken(`\n${token()}\n`, 'x', { now: NOW }).raw).toBe(token());
});

test.each([
  ['has expired', { exp: seconds }, /expired at 2026-03-01T12:00:00Z/],
  ['is not valid yet', { nbf: seconds + 3600 }, /not valid before/],
  ['is for somebody else', { aud: 'sts.amazonaws.com' }, /sts\.amazonaws\.com/],
  ['is for nobody', { aud: undefined }, /no audience/],
  ['never expires', { exp: undefined }, /expires/],
  ['expires when no time is', { exp: 1e300 }, /expires/],
  ['has no issuer', { iss: undefined }, /iss/],
  ['has no subject', { sub: 7 }, /sub/],
])('a token that %s is refused, saying so', async (_, claims, message) => {
  const error = await failure(() => parse(claims));
  expect(error.code).toBe('token-invalid');
  expect(error.message).toMatch(message);
});

test.each(['', 'abc', 'a.b', 'a.b.c', `${token()}.x`, token().replace('.', '.!'), 'x'.repeat(100_000)])(
  'what is no token (%#) is refused without being repeated',
  async (text) => {
    const error = await failure(() => parseIdentityToken(text, 'the test', { now: NOW }));
    expect(error.code).toBe('token-invalid');
    if (text.length > 10) expect(`${error.message}${error.stack}${String(error.cause)}`).not.toContain(text.slice(5, 30));
  },
);

test('another audience may be asked for', async () => {
  expect(parse({ aud: 'mine' }, 'mine').audience).toEqual(['mine']);
  expect((await failure(() => parse({}, 'mine'))).code).toBe('token-invalid');
});

test('the e-mail address counts only when its issuer has verified it', () => {
  expect(parse({ email: 'a@b.c', email_verified: true }).subject).toBe('a@b.c');
  expect(parse({ email: 'a@b.c', email_verified: 'true' }).subject).toBe('a@b.c');
  expect(parse({ email: 'a@b.c', email_verified: false }).subject).toBe('someone');
  expect(parse({ email: 'a@b.c' }).subject).toBe('someone');
});

test.each([
  [
    'GitHub Actions',
    {
      iss: 'https://token.actions.githubusercontent.com',
      sub: 'repo:a/b:ref:x',
      job_workflow_ref: 'a/b/.github/workflows/r.yml@refs/heads/x',
    },
    'https://github.com/a/b/.github/workflows/r.yml@refs/heads/x',
  ],
  [
    'GitLab',
    { iss: 'https://gitlab.com', ci_config_ref_uri: 'gitlab.com/g/p//.gitlab-ci.yml@refs/heads/main' },
    'https://gitlab.com/g/p//.gitlab-ci.yml@refs/heads/main',
  ],
  ['Buildkite', { iss: 'https://agent.buildkite.com', organization_slug: 'o', pipeline_slug: 'p' }, 'https://buildkite.com/o/p'],
  [
    'CircleCI',
    { iss: 'https://oidc.circleci.com', 'oidc.circleci.com/project-id': 'p', 'oidc.circleci.com/pipeline-definition-id': 'd' },
    'https://circleci.com/api/v2/projects/p/pipeline-definitions/d',
  ],
  [
    'Codefresh',
    { iss: 'https://oidc.codefresh.io', account_name: 'a', pipeline_name: 'n/m', account_id: '1', pipeline_id: '2' },
    'https://g.codefresh.io/a/n/m:1/2',
  ],
  [
    'Buddy',
    {
      iss: 'https://eu-oidc.buddyusercontent.com',
      workspace_domain: 'w',
      project_name: 'p',
      pipeline_id: 7,
      base_url: 'https://eu.buddy.works',
    },
    'https://eu.buddy.works/w/p/pipelines/pipeline/7',
  ],
  ['claims of GitHub from somebody else', { job_workflow_ref: 'a/b' }, 'someone'],
  ['half of what is needed', { organization_slug: 'o' }, 'someone'],
  [
    'Kubernetes',
    { 'kubernetes.io': { namespace: 'ns', serviceaccount: { name: 'sa' } } },
    'https://kubernetes.io/namespaces/ns/serviceaccounts/sa',
  ],
  ['SPIFFE', { sub: 'spiffe://td/x' }, 'spiffe://td/x'],
  ['e-mail', { email: 'a@b.c', email_verified: true }, 'a@b.c'],
])('the identity of a certificate is foreseen: %s', (_, claims, subject) => {
  expect(expectedIdentity(parse(claims)).subject).toBe(subject);
});

test('behind the public issuer stands the one that was chosen', () => {
  const found = expectedIdentity(
    parse({ email: 'a@b.c', email_verified: true, federated_claims: { connector_id: 'https://github.com/login/oauth' } }),
  );
  expect(found.issuer).toBe('https://github.com/login/oauth');
});
