interface Version {
  readonly major: string;
  readonly minor: string | undefined;
  readonly patch: string | undefined;
  readonly prerelease: string | undefined;
}

const NUMBER = '(0|[1-9]\\d*)';
const VERSION = new RegExp(`^v?${NUMBER}(?:\\.${NUMBER}(?:\\.${NUMBER}(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z.-]+)?)?)?$`);

/** Whether a text is a semantic version, or the beginning of one (`v1`, `v1.2`). */
export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Whether a tag is the version that is asked for, or one that begins with it; a prerelease has to be asked for (semver.org). */
export function isVersionWithin(tag: string, wanted: string): boolean {
  const found = parse(tag);
  const asked = parse(wanted);
  if (found === undefined || asked === undefined || found.major !== asked.major) return false;
  if (asked.minor === undefined) return true;
  if ((found.minor ?? '0') !== asked.minor) return false;
  if (asked.patch === undefined) return true;
  return (found.patch ?? '0') === asked.patch && found.prerelease === asked.prerelease;
}

/** Whether a text is a whole release, `v1.2.3`, with nothing after it. */
export function isRelease(text: string): boolean {
  const version = text.startsWith('v') ? parse(text) : undefined;
  return version?.patch !== undefined && version.prerelease === undefined && !text.includes('+');
}

function parse(text: string): Version | undefined {
  const [, major, minor, patch, prerelease] = VERSION.exec(text) ?? [];
  return major === undefined ? undefined : { major, minor, patch, prerelease };
}
