const SEMVER =
  /^(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})\.(0|[1-9]\d{0,14})(?:-((?:0|[1-9]\d{0,14}|\d*[A-Za-z-][0-9A-Za-z-]*)(?:\.(?:0|[1-9]\d{0,14}|\d*[A-Za-z-][0-9A-Za-z-]*))*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/;

/** A version in the sense of Semantic Versioning 2.0.0. */
export interface Semver {
  readonly core: readonly number[];
  readonly pre: readonly string[];
}

/** The version that a text is; `undefined` when it is none. */
export function parseSemver(text: string): Semver | undefined {
  const found = text.length > 256 ? null : SEMVER.exec(text);
  if (found === null) return undefined;
  return { core: found.slice(1, 4).map(Number), pre: found[4]?.split('.') ?? [] };
}

/** Less than, equal to or greater than 0 as the first version is older than, as old as, or newer than the second (SemVer §11). */
export function compareSemver(a: Semver, b: Semver): number {
  for (const [i, part] of a.core.entries()) if (part !== b.core[i]) return part - (b.core[i] ?? 0);
  if (a.pre.length === 0 || b.pre.length === 0) return (a.pre.length === 0 ? 1 : 0) - (b.pre.length === 0 ? 1 : 0);
  for (const [i, mine] of a.pre.entries()) {
    const other = b.pre[i];
    if (other === undefined) return 1;
    if (mine !== other) return comparePart(mine, other);
  }
  return a.pre.length - b.pre.length;
}

// Numbers are lower than words; numbers by value, words by ASCII.
function comparePart(a: string, b: string): number {
  const [m, n] = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (m && n) return Number(a) - Number(b);
  if (m !== n) return m ? -1 : 1;
  return a < b ? -1 : 1;
}
