import { utf8Decode } from '../../bytes/index.ts';
import { type Json, parseJson } from '../../codec/json.ts';

/** What an image's configuration says (OCI image spec, config.md). What has another type than the specification gives it is left out. */
export interface ImageConfig {
  readonly created: string | undefined;
  readonly author: string | undefined;
  readonly os: string | undefined;
  readonly architecture: string | undefined;
  readonly variant: string | undefined;
  readonly user: string | undefined;
  readonly env: readonly string[];
  readonly entrypoint: readonly string[];
  readonly cmd: readonly string[];
  readonly workingDir: string | undefined;
  readonly exposedPorts: readonly string[];
  readonly volumes: readonly string[];
  readonly stopSignal: string | undefined;
  readonly labels: ReadonlyMap<string, string>;
  readonly diffIds: readonly string[];
  readonly history: readonly HistoryEntry[];
}

/** One step of how the image was made. */
export interface HistoryEntry {
  readonly created: string | undefined;
  readonly createdBy: string | undefined;
  readonly comment: string | undefined;
  readonly author: string | undefined;
  readonly emptyLayer: boolean;
}

/** Reads a configuration. Throws `json-invalid` or `limit`. */
export function parseConfig(bytes: Uint8Array): ImageConfig {
  const document = objectOf(parseJson(utf8Decode(bytes, 'configuration'), 'configuration'));
  const config = objectOf(document.get('config'));
  return {
    created: textOf(document.get('created')),
    author: textOf(document.get('author')),
    os: textOf(document.get('os')),
    architecture: textOf(document.get('architecture')),
    variant: textOf(document.get('variant')),
    user: textOf(config.get('User')),
    env: textsOf(config.get('Env')),
    entrypoint: textsOf(config.get('Entrypoint')),
    cmd: textsOf(config.get('Cmd')),
    workingDir: textOf(config.get('WorkingDir')),
    exposedPorts: [...objectOf(config.get('ExposedPorts')).keys()],
    volumes: [...objectOf(config.get('Volumes')).keys()],
    stopSignal: textOf(config.get('StopSignal')),
    labels: new Map([...objectOf(config.get('Labels'))].flatMap(([k, v]) => (typeof v === 'string' ? [[k, v] as const] : []))),
    diffIds: textsOf(objectOf(document.get('rootfs')).get('diff_ids')),
    history: listOf(document.get('history')).map(historyOf),
  };
}

function historyOf(value: Json): HistoryEntry {
  const entry = objectOf(value);
  return {
    created: textOf(entry.get('created')),
    createdBy: textOf(entry.get('created_by')),
    comment: textOf(entry.get('comment')),
    author: textOf(entry.get('author')),
    emptyLayer: entry.get('empty_layer') === true,
  };
}

function objectOf(value: Json | undefined): ReadonlyMap<string, Json> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? new Map(Object.entries(value as { readonly [k: string]: Json }))
    : new Map();
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? (value as readonly Json[]) : [];
}

function textsOf(value: Json | undefined): readonly string[] {
  return listOf(value).filter((v) => typeof v === 'string');
}

function textOf(value: Json | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
