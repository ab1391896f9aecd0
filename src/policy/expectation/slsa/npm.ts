import type { Condition, Findings } from '../../../verify/index.ts';
import { documentOf, valueAt } from '../document.ts';
import { type Refusal, refuse, refusing } from './fault.ts';

/** The predicate type that npm's registry signs when a package is published. */
export const PUBLISH = 'https://github.com/npm/attestation/tree/main/specs/publish/v0.1';

/** The package that is expected. */
export interface WantedPackage {
  readonly name: string | undefined;
  readonly version: string | undefined;
}

/** A key of npm's registry is believed only for what was signed while it was in use. */
export interface KeyWindow {
  readonly keyId: string;
  /** Milliseconds since 1970. */
  readonly start: number;
  /** Milliseconds since 1970. */
  readonly end: number;
}

/** What has to hold of the provenance of a package: it is about this package and version. */
export function packageConditions(wanted: WantedPackage): readonly Condition[] {
  return [refusing('package', (findings) => subjectProblem(findings, wanted))];
}

/** What has to hold of the registry's own attestation: package and version, and a key in its window. */
export function publishConditions(wanted: WantedPackage, windows: readonly KeyWindow[]): readonly Condition[] {
  return [
    refusing('key of the registry', (findings) => windowProblem(findings, windows)),
    refusing('package', (findings) => subjectProblem(findings, wanted) ?? predicateProblem(findings, wanted)),
  ];
}

function subjectProblem({ statement }: Findings, wanted: WantedPackage): Refusal | undefined {
  const [subject, second] = statement?.subjects ?? [];
  if (subject === undefined || second !== undefined) return refuse('ErrorInvalidSubject', 'there is not exactly one subject');
  const purl = /^pkg:npm\/(.+)@([^@]+)$/.exec(decoded(subject.name ?? ''));
  if (purl === null)
    return refuse('ErrorInvalidPackageName', `the subject ${subject.name ?? 'without name'} is no npm package with a version`);
  return differs(purl[1], purl[2], wanted);
}

function predicateProblem(findings: Findings, wanted: WantedPackage): Refusal | undefined {
  const { predicate } = documentOf(findings);
  return differs(valueAt(predicate, 'name'), valueAt(predicate, 'version'), wanted);
}

function differs(name: unknown, version: unknown, wanted: WantedPackage): Refusal | undefined {
  if (wanted.name !== undefined && name !== wanted.name)
    return refuse('ErrorMismatchPackageName', `the package is ${String(name)}, expected is ${wanted.name}`);
  if (wanted.version !== undefined && version !== wanted.version)
    return refuse('ErrorMismatchPackageVersion', `the version is ${String(version)}, expected is ${wanted.version}`);
  return undefined;
}

function windowProblem({ signer, times }: Findings, windows: readonly KeyWindow[]): Refusal | undefined {
  const window = windows.find((w) => w.keyId === signer?.keyId);
  if (window === undefined) return refuse('ErrorInvalidPublicKey', 'the key is none of the registry');
  const within = times.length > 0 && times.every((t) => t.time.getTime() >= window.start && t.time.getTime() <= window.end);
  return within ? undefined : refuse('ErrorInvalidPublicKey', "it was not signed within the key's time");
}

// A package URL is percent-encoded; what is not well formed is no package.
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
