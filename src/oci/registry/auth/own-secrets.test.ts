import { expect, test } from 'vitest';
import { withoutOwnSecrets } from './own-secrets.ts';

test('programs beside Assay get their own variables and none of its secrets', () => {
  const env = {
    PATH: '/bin',
    AWS_SESSION_TOKEN: 'theirs',
    COSIGN_PASSWORD: 'ours',
    SIGSTORE_ID_TOKEN: 'ours',
    COSIGN_PKCS11_PIN: 'ours',
    EMPTY: undefined,
  };
  expect(withoutOwnSecrets(env)).toEqual({ PATH: '/bin', AWS_SESSION_TOKEN: 'theirs' });
});
