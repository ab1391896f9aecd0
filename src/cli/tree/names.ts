const PREDICATES: readonly (readonly [RegExp, string])[] = [
  [/^https:\/\/slsa\.dev\/provenance\/v(.+)$/, 'SLSA v$1'],
  [/^https:\/\/slsa\.dev\/verification_summary\/v(.+)$/, 'VSA v$1'],
  [/^https:\/\/spdx\.dev\/Document(?:\/v(.+))?$/, 'SPDX $1'],
  [/^https:\/\/cyclonedx\.org\/bom(?:\/v(.+))?$/, 'CycloneDX $1'],
  [/^https:\/\/openvex\.dev\/ns(?:\/v(.+))?$/, 'OpenVEX $1'],
  [/^https:\/\/cosign\.sigstore\.dev\/attestation\/vuln\/v(.+)$/, 'vulnerability scan v$1'],
  [/^https:\/\/cosign\.sigstore\.dev\/attestation\/v1$/, 'custom'],
  [/^https:\/\/in-toto\.io\/attestation\/(.+)$/, '$1'],
  [/^https:\/\/in-toto\.io\/Link\/v(.+)$/, 'in-toto link v$1'],
];

/** A predicate type for people: `SLSA v1`; one without a name of its own stays a URI. */
export function predicateName(type: string): string {
  for (const [pattern, name] of PREDICATES) if (pattern.test(type)) return type.replace(pattern, name).trim();
  return type;
}

/** A signer for people: a workflow of GitHub or GitLab as `acme/app release.yml`, everything else as it is. */
export function signerName(subject: string): string {
  const m =
    /^https:\/\/github\.com\/([^@]+?)\/\.github\/workflows\/([^@]+)@/.exec(subject) ??
    /^https:\/\/gitlab\.com\/([^@]+?)\/\/([^@]+)@/.exec(subject);
  return m === null ? subject : `${m[1]} ${m[2]}`;
}
