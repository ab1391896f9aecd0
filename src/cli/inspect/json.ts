import { errorJson } from '../output/errors.ts';
import type { Warning } from '../output/output.ts';
import type { Inspection, Part } from './read.ts';

/** The `assay/inspect/v1` object. */
export function inspectJson({ image, parts, unsigned }: Inspection, warnings: readonly Warning[]): object {
  return {
    schema: 'assay/inspect/v1',
    reference: image.text,
    digest: image.digest,
    mediaType: image.manifest.mediaType,
    size: image.stored.bytes.length,
    platform: image.platform,
    artifactType: image.manifest.artifactType,
    annotations: image.manifest.annotations.size > 0 ? image.manifest.annotations : undefined,
    images: parts.map(partJson),
    unsigned: unsigned.map((d) => ({
      digest: d.digest,
      mediaType: d.mediaType,
      size: d.size,
      subject: d.annotations?.get('vnd.docker.reference.digest'),
      trust: 'unsigned',
    })),
    warnings,
    errors: parts.flatMap((p) => (p.error === undefined ? [] : [errorJson(p.error)])),
  };
}

function partJson(p: Part): object {
  const { config } = p;
  return {
    platform: p.platform,
    digest: p.digest,
    mediaType: p.mediaType,
    size: p.size,
    artifactType: p.artifactType,
    annotations: p.annotations.size > 0 ? p.annotations : undefined,
    created: config?.created,
    author: config?.author,
    config:
      config === undefined
        ? undefined
        : {
            digest: p.configDescriptor?.digest,
            size: p.configDescriptor?.size,
            user: config.user,
            env: config.env,
            entrypoint: config.entrypoint,
            cmd: config.cmd,
            workingDir: config.workingDir,
            exposedPorts: config.exposedPorts,
            volumes: config.volumes,
            stopSignal: config.stopSignal,
          },
    labels: config?.labels,
    layers: p.layers.map((l, i) => ({ digest: l.digest, mediaType: l.mediaType, size: l.size, diffId: config?.diffIds[i] })),
    layersSize: p.layers.reduce((sum, l) => sum + l.size, 0),
    history: config?.history,
    error: p.error === undefined ? undefined : errorJson(p.error),
  };
}
