/**
 * A git repository's address in one form, for comparison: without `git+`, ref, `.git` and trailing slash, the host in lower case. An address
 * without scheme, and one by https, is `host/path`; every other scheme stays.
 */
export function canonicalRepository(uri: string): string {
  const ends = [uri.indexOf('@refs/'), uri.indexOf('#')].filter((at) => at >= 0);
  let bare = uri.slice(0, Math.min(uri.length, ...ends));
  if (bare.startsWith('git+')) bare = bare.slice('git+'.length);
  if (bare.startsWith('https://')) bare = bare.slice('https://'.length);
  bare = bare.replace(/\/+$/, '').replace(/\.git$/, '');
  const slash = bare.includes('://') ? bare.indexOf('/', bare.indexOf('://') + 3) : bare.indexOf('/');
  return slash < 0 ? bare.toLowerCase() : `${bare.slice(0, slash).toLowerCase()}${bare.slice(slash)}`;
}

/** Whether two addresses are one repository. */
export function sameRepository(a: string, b: string): boolean {
  return canonicalRepository(a) === canonicalRepository(b);
}
