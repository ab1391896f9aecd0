/** A key with which npm's registry signs that a package was published, and when it was in use. */
export interface NpmKey {
  /** SubjectPublicKeyInfo in base64. */
  readonly spki: string;
  readonly start: string;
  readonly end?: string;
}

/** The keys for attestations (`registry.npmjs.org/keys.json` of the public good instance's TUF repository, as @sigstore/tuf 4.0.2 has it). */
export const NPM_ATTESTATION_KEYS: readonly NpmKey[] = [
  {
    spki: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE1Olb3zMAFFxXKHiIkQO5cJ3Yhl5i6UPp+IhuteBJbuHcA5UogKo0EWtlWwW6KSaKoTNEYL7JlCQiVnkhBktUgg==',
    start: '2022-12-01T00:00:00.000Z',
    end: '2025-01-29T00:00:00.000Z',
  },
  {
    spki: 'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEY6Ya7W++7aUPzvMTrezH6Ycx3c+HOKYCcNGybJZSCJq/fd7Qa8uuAKtdIkUQtQiEKERhAmE5lMMJhP8OkDOa2g==',
    start: '2025-01-13T00:00:00.000Z',
  },
];
