import type { Json } from '../../../../codec/json.ts';
import type { Findings } from '../../../../verify/index.ts';
import { valueAt } from '../../document.ts';

/** The build types of GitHub's builders that are read, by what states trigger, source and environment. */
export const BUILD_TYPE = {
  delegator: 'https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0',
  containerBased: 'https://slsa.dev/container-based-build/v0.1?draft',
  go: 'https://github.com/slsa-framework/slsa-github-generator/go@v1',
  oldGo: 'https://github.com/slsa-framework/slsa-github-generator-go@v1',
  oldBuilder: 'https://github.com/slsa-framework/slsa-github-generator@v1',
  generic: 'https://github.com/slsa-framework/slsa-github-generator/generic@v1',
  container: 'https://github.com/slsa-framework/slsa-github-generator/container@v1',
  npm1: 'https://github.com/npm/cli/gha@v1',
  npm2: 'https://github.com/npm/cli/gha/v2',
  npmWorkflow: 'https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1',
  workflow: 'https://actions.github.io/buildtypes/workflow/v1',
} as const;

/** What a builder of GitHub's states: where it was triggered, what it built, and in what environment. */
export interface GithubProvenance {
  readonly version: '0.2' | '1';
  readonly predicate: Json;
  readonly builder: string;
  readonly buildType: string;
  /** `git+https://github.com/OWNER/REPO@REF`. */
  readonly trigger: string | undefined;
  /** The first material or resolved dependency. */
  readonly source: string | undefined;
  /** The path of the workflow that was triggered. */
  readonly workflowPath: string | undefined;
  readonly invocation: string | undefined;
  /** A variable of GitHub's context, by its name in lower case. */
  readonly variable: (name: string) => Json | undefined;
  /** All of them, by their names in upper case. */
  readonly environment: ReadonlyMap<string, Json>;
  readonly materials: number;
}

/** The provenance in verified evidence; `undefined` when it is none of version 0.2 or 1, or not of the expected form. */
export function githubProvenance({ statement }: Findings): GithubProvenance | undefined {
  if (statement === undefined) return undefined;
  const predicate = statement.predicate ?? null;
  if (statement.predicateType === 'https://slsa.dev/provenance/v0.2') return read('0.2', predicate);
  return statement.predicateType === 'https://slsa.dev/provenance/v1' ? read('1', predicate) : undefined;
}

function read(version: '0.2' | '1', predicate: Json): GithubProvenance | undefined {
  const text = (path: string): string | undefined => {
    const value = valueAt(predicate, path);
    return typeof value === 'string' ? value : undefined;
  };
  const builder = text(version === '1' ? 'runDetails.builder.id' : 'builder.id');
  const buildType = text(version === '1' ? 'buildDefinition.buildType' : 'buildType');
  if (builder === undefined || buildType === undefined) return undefined;
  const materials = valueAt(predicate, version === '1' ? 'buildDefinition.resolvedDependencies' : 'materials');
  const environment = environmentOf(valueAt(predicate, version === '1' ? 'buildDefinition.internalParameters' : 'invocation.environment'));
  const common = {
    version,
    predicate,
    builder,
    buildType,
    environment,
    variable: (name: string) => environment.get(name.toUpperCase()),
    materials: Array.isArray(materials) ? materials.length : 0,
  };
  if (version === '0.2')
    return {
      ...common,
      trigger: text('invocation.configSource.uri'),
      source: text('materials.0.uri'),
      workflowPath: text('invocation.configSource.entryPoint'),
      invocation: text('metadata.buildInvocationId') ?? text('metadata.buildInvocationID'),
    };
  const byWorkflow = buildType === BUILD_TYPE.workflow || buildType === BUILD_TYPE.npmWorkflow;
  return {
    ...common,
    trigger: byWorkflow ? workflowTrigger(text) : environmentTrigger(environment.get('GITHUB_WORKFLOW_REF')),
    source: text('buildDefinition.resolvedDependencies.0.uri'),
    workflowPath: text('buildDefinition.externalParameters.workflow.path'),
    invocation: text('runDetails.metadata.invocationId') ?? text('runDetails.metadata.invocationID'),
  };
}

function environmentOf(value: Json | undefined): ReadonlyMap<string, Json> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value).map(([name, v]) => [name.toUpperCase(), v as Json]));
}

function workflowTrigger(text: (path: string) => string | undefined): string | undefined {
  const repository = text('buildDefinition.externalParameters.workflow.repository');
  const ref = text('buildDefinition.externalParameters.workflow.ref');
  return repository === undefined || ref === undefined ? undefined : `git+${repository}@${ref}`;
}

/** `OWNER/REPO/PATH@REF`, as GitHub writes it. */
function environmentTrigger(value: Json | undefined): string | undefined {
  if (typeof value !== 'string') return undefined;
  const [path = '', ref, more] = value.split('@');
  const [owner, repository] = path.split('/');
  if (ref === undefined || more !== undefined || !owner || !repository) return undefined;
  return `git+https://github.com/${owner}/${repository}@${ref}`;
}

/** The repository and the ref of a git URI `git+…@REF`. */
export function splitGitUri(uri: string): { readonly repository: string; readonly ref: string | undefined } {
  const at = uri.indexOf('@');
  return at < 0 ? { repository: uri, ref: undefined } : { repository: uri.slice(0, at), ref: uri.slice(at + 1) };
}

/** The ref of the branch that was built, or that a tag was pushed from; empty when it is not known, `undefined` when it should be. */
export function branchRef(p: GithubProvenance): string | undefined {
  const source = sourceRefOf(p);
  if (source?.startsWith('refs/heads/')) return source;
  const type = p.variable('github_ref_type');
  const ref = p.variable('github_ref');
  if (type === 'branch') return typeof ref === 'string' ? ref : undefined;
  if (type !== 'tag') return undefined;
  const base = p.variable('github_base_ref');
  if (typeof base === 'string' && base !== '') return base;
  const payload = p.variable('github_event_payload') ?? null;
  if (p.variable('github_event_name') === 'push') {
    const pushed = valueAt(payload, 'base_ref');
    return typeof pushed === 'string' ? pushed : '';
  }
  const released = valueAt(payload, 'release.target_commitish');
  return p.variable('github_event_name') === 'release' && typeof released === 'string' ? `refs/heads/${released}` : '';
}

/** The ref of the tag that was built; empty when it was none, `undefined` when that is not known. */
export function tagRef(p: GithubProvenance): string | undefined {
  const source = sourceRefOf(p);
  if (source !== undefined) return source.startsWith('refs/tags/') ? source : '';
  const ref = p.variable('github_ref');
  const type = p.variable('github_ref_type');
  if (type === 'branch') return '';
  return type === 'tag' && typeof ref === 'string' ? ref : undefined;
}

/** Builders for others, and workflows without environment, state the ref with the source. */
function sourceRefOf(p: GithubProvenance): string | undefined {
  if (p.buildType === BUILD_TYPE.delegator) return p.source === undefined ? undefined : splitGitUri(p.source).ref;
  if (p.variable('github_ref_type') !== undefined) return undefined;
  return p.trigger === undefined ? undefined : splitGitUri(p.trigger).ref;
}
