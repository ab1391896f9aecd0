/**
 * The scopes that files of containers/image may name an image in a registry by, the most specific first: the reference itself, its
 * repository, every namespace above, the host, and the host's domains as wildcards (containers-policy.json.5 and containers-registries.d.5).
 * `name` is `REGISTRY/REPOSITORY` in full, `end` what follows it, `:TAG` or `@DIGEST`.
 */
export function dockerScopes(name: string, end: string): readonly string[] {
  const parts = name.split('/');
  const above = parts.map((_, i) => parts.slice(0, parts.length - i).join('/'));
  const labels = (parts[0] ?? '').replace(/:\d+$/, '').split('.');
  const domains = labels.slice(1).map((_, i) => `*.${labels.slice(i + 1).join('.')}`);
  return [`${name}${end}`, ...above, ...domains];
}
