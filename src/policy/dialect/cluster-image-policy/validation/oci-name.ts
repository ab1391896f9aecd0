const REPOSITORY = 'abcdefghijklmnopqrstuvwxyz0123456789_-./';
const AUTHORITY = /^(?:[A-Za-z0-9._~!$&'()*+,;=-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?$/;

/** What go-containerregistry, strictly, says of a registry or of a repository with its registry; `undefined` when it accepts it. */
export function ociNameProblem(name: string): string | undefined {
  const slash = name.indexOf('/');
  const first = slash < 0 ? name : name.slice(0, slash);
  if (slash < 0 || !/[.:]/.test(first)) return registryProblem(name);
  const repository = name.slice(slash + 1);
  if (repository.length < 2 || repository.length > 255) return `repository must be between 2 and 255 characters in length: ${repository}`;
  if ([...repository].some((c) => !REPOSITORY.includes(c)))
    return `repository can only contain the characters \`${REPOSITORY}\`: ${repository}`;
  return registryProblem(first);
}

function registryProblem(registry: string): string | undefined {
  return AUTHORITY.test(registry) ? undefined : `registries must be valid RFC 3986 URI authorities: ${registry}`;
}
