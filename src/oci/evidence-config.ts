import { type Bytes, utf8 } from '../bytes/index.ts';
import type { Json, JsonObject } from '../codec/json.ts';
import { digestOf } from './digest.ts';
import { DOCKER_CONFIG, OCI_CONFIG } from './media-types.ts';
import { documentIn } from './merge-entries.ts';

/** A manifest with the configuration that it names. */
export interface WithConfig {
  readonly manifest: Bytes;
  readonly config: Bytes;
  readonly configType: string;
}

/**
 * A manifest of cosign's tag scheme with a configuration that lists all of its layers: go-containerregistry, by which cosign appends, drops those that
 * the configuration does not list. `undefined` for a manifest that has no image's configuration. Throws `manifest-invalid`.
 */
export function withConfigOfLayers(bytes: Bytes): WithConfig | undefined {
  const manifest = documentIn(bytes);
  const { layers, config: named } = manifest;
  const configType = memberOf(named, 'mediaType');
  if (!Array.isArray(layers) || (configType !== OCI_CONFIG && configType !== DOCKER_CONFIG)) return undefined;
  const config = configOf((layers as readonly Json[]).map((layer) => memberOf(layer, 'digest') ?? ''));
  const described = { mediaType: configType, size: config.length, digest: digestOf(config) };
  return { manifest: utf8(JSON.stringify({ ...manifest, config: described })), config, configType };
}

/** The configuration of layers that are no file systems: cosign's, with the time that says nothing unless there is one (RFC 3339). */
export function configOf(layers: readonly string[], created = '0001-01-01T00:00:00Z'): Bytes {
  return utf8(
    JSON.stringify({
      architecture: '',
      created,
      history: layers.map(() => ({ created })),
      os: '',
      rootfs: { type: 'layers', diff_ids: layers },
      config: {},
    }),
  );
}

function memberOf(value: Json | undefined, name: string): string | undefined {
  const member = typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject)[name] : undefined;
  return typeof member === 'string' ? member : undefined;
}
