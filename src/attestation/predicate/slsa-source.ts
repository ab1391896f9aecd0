import type { Json } from '../../codec/json.ts';
import { type Members, maybeText, type Resource, resourceOf } from './read.ts';

/** Where a build took its source from, as the builder states it. */
export interface StatedSource {
  readonly uri: string | undefined;
  readonly digests: ReadonlyMap<string, string>;
  readonly ref: string | undefined;
  /** The file or target that describes the build. */
  readonly entryPoint: string | undefined;
}

/**
 * The source in the external parameters of SLSA provenance v1. SLSA leaves their shape to the build type; these are the shapes of GitHub's
 * workflows and slsa-github-generator (`workflow`, `source`), Google Cloud Build (`sourceToBuild`, `buildConfigSource`) and BuildKit
 * (`configSource`). A build type that states no source in one of them has none. Throws `statement-invalid`.
 */
export function statedSource(parameters: Members, materials: readonly Resource[]): StatedSource {
  const { source, configSource, workflow, sourceToBuild, buildConfigSource } = parameters;
  const config = isObject(buildConfigSource) ? buildConfigSource : isObject(workflow) ? workflow : undefined;
  const entryPoint = maybeText(config?.path ?? (isObject(configSource) ? configSource.path : undefined), 'externalParameters path');
  const direct = isObject(source) ? source : isObject(configSource) ? configSource : undefined;
  if (direct !== undefined) {
    const { uri, digests } = resourceOf(direct, 'externalParameters source');
    return { uri, digests: digests.size > 0 ? digests : digestsOf(uri, undefined, materials), ref: refIn(uri), entryPoint };
  }
  const named = isObject(sourceToBuild) ? sourceToBuild : config;
  const uri = typeof source === 'string' ? source : maybeText(named?.repository, 'externalParameters repository');
  const ref = maybeText(named?.ref, 'externalParameters ref') ?? refIn(uri);
  return { uri, digests: digestsOf(uri, ref, materials), ref, entryPoint };
}

/** What was resolved for a repository at a ref: the dependency of the same repository, and where it says one, of the same ref. */
function digestsOf(uri: string | undefined, ref: string | undefined, materials: readonly Resource[]): ReadonlyMap<string, string> {
  if (uri === undefined) return new Map();
  const repository = repositoryIn(uri);
  const mine = materials.filter((m) => m.uri !== undefined && repositoryIn(m.uri) === repository);
  const exact = mine.find((m) => ref === undefined || refIn(m.uri) === undefined || refIn(m.uri) === ref);
  return exact?.digests ?? new Map();
}

function repositoryIn(uri: string): string {
  const ends = [uri.indexOf('@refs/'), uri.indexOf('#')].filter((at) => at >= 0);
  const bare = uri.slice(uri.startsWith('git+') ? 'git+'.length : 0, Math.min(uri.length, ...ends));
  return bare.endsWith('.git') ? bare.slice(0, -'.git'.length) : bare;
}

function isObject(value: Json | undefined): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The git ref in a source's URI: `git+https://host/repo@refs/heads/main`, or BuildKit's `https://host/repo.git#refs/heads/main`. */
export function refIn(uri: string | undefined): string | undefined {
  return /[@#](refs\/[^:#]+)/.exec(uri ?? '')?.[1] ?? /\.git#([^:#]+)/.exec(uri ?? '')?.[1];
}
