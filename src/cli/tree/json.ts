import type { Artifact, Attached, PlatformNode, Source } from '../attached/artifact.ts';
import { errorsOf } from '../attached/artifact.ts';
import { errorJson } from '../output/errors.ts';
import type { Warning } from '../output/output.ts';
import type { Tree } from './read.ts';

/** The `assay/tree/v1` object: every fact of `oras discover` (`reference`, `mediaType`, `digest`, `size`, `artifactType`, `annotations`, nested `referrers`) and Assay's own beside them. */
export function treeJson(tree: Tree, warnings: readonly Warning[]): object {
  const { repository } = tree;
  return {
    schema: 'assay/tree/v1',
    reference: tree.reference,
    digest: tree.digest,
    mediaType: tree.mediaType,
    size: tree.size,
    artifactType: tree.artifactType,
    annotations: tree.annotations,
    verified: false,
    complete: tree.errors.length === 0,
    referrers: artifactsJson(tree.attached, repository),
    sources: tree.attached.sources.map(sourceJson),
    platforms: tree.platforms.map((p) => platformJson(p, repository)),
    unsigned: tree.unsigned.map((a) => artifactJson(a, repository)),
    warnings,
    errors: tree.errors.map(errorJson),
  };
}

function platformJson(p: PlatformNode, repository: string): object {
  return {
    platform: p.platform,
    reference: `${repository}@${p.digest}`,
    digest: p.digest,
    mediaType: p.mediaType,
    size: p.size,
    artifactType: p.artifactType,
    annotations: p.annotations.size > 0 ? p.annotations : undefined,
    layers: p.layers.length,
    layersSize: p.layers.reduce((sum, l) => sum + l.size, 0),
    referrers: artifactsJson(p.attached, repository),
    sources: p.attached.sources.map(sourceJson),
    error: p.error === undefined ? undefined : errorJson(p.error),
  };
}

function artifactsJson(attached: Attached, repository: string): object[] {
  return attached.artifacts.map((a) => artifactJson(a, repository));
}

function artifactJson(a: Artifact, repository: string): object {
  return {
    reference: `${repository}@${a.digest}`,
    mediaType: a.mediaType,
    digest: a.digest,
    size: a.size,
    artifactType: a.artifactType,
    annotations: a.annotations.size > 0 ? a.annotations : undefined,
    kind: a.kind,
    format: a.format,
    pieces: a.pieces,
    predicateTypes: a.predicateTypes,
    says: a.says,
    found: a.found,
    tag: a.tag,
    trust: a.trust,
    namesSubject: a.namesSubject,
    layers: a.layers.map(({ mediaType, digest, size, annotations }) => ({ mediaType, digest, size, annotations })),
    referrers: artifactsJson(a.attached, repository),
    sources: a.attached.sources.map(sourceJson),
    complete: errorsOf(a.attached).length === 0 && a.error === undefined,
    error: a.error === undefined ? undefined : errorJson(a.error),
  };
}

function sourceJson(s: Source): object {
  return { source: s.source, state: s.state, error: s.error === undefined ? undefined : errorJson(s.error) };
}
