import type { Json, JsonObject } from '../../codec/json.ts';
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { configObject, malformed, optionalText } from './object.ts';

/** A key of `signingkeys.json`: files, or a key behind a plugin. */
export type NotationKey =
  | { readonly kind: 'files'; readonly name: string; readonly keyPath: string; readonly certPath: string }
  | {
      readonly kind: 'plugin';
      readonly name: string;
      /** The key in the plugin's own words. */
      readonly id: string;
      readonly plugin: string;
      readonly config: ReadonlyMap<string, string>;
    };

/** What `signingkeys.json` says. */
export interface NotationKeys {
  /** The name of the key that signs when none is named. */
  readonly default: string | undefined;
  readonly keys: ReadonlyMap<string, NotationKey>;
}

/**
 * Parses notation's `signingkeys.json` (notaryproject/notation, "Directory structure"): `default`, and `keys` with either `keyPath` and `certPath`, or `id`
 * and `pluginName`. Throws `input-invalid`, naming the file and the key.
 */
export function parseSigningKeys(text: string, file: string): NotationKeys {
  const { default: usual, keys } = configObject(text, file);
  const list = keys === undefined || keys === null ? [] : keys;
  if (!Array.isArray(list)) throw malformed(file, 'keys is no list');
  if (list.length > LIMITS.notationKeys) throw new AssayError('limit', `${file} has ${list.length} keys (at most ${LIMITS.notationKeys})`);
  const byName = new Map<string, NotationKey>();
  for (const [i, entry] of (list as readonly Json[]).entries()) {
    const key = keyOf(entry, i, file);
    if (byName.has(key.name)) throw malformed(file, `the name "${key.name.slice(0, 100)}" stands twice in keys`);
    byName.set(key.name, key);
  }
  return { default: optionalText(usual, 'default', file), keys: byName };
}

/**
 * The key of a name, or the default. Throws `key-invalid`, with the names that there are.
 */
export function chooseKey({ default: usual, keys }: NotationKeys, name: string | undefined, file: string): NotationKey {
  const wanted = name ?? usual;
  const hint = `${file} has ${keys.size === 0 ? 'no keys' : [...keys.keys()].slice(0, 20).join(', ')}`;
  if (wanted === undefined) throw new AssayError('key-invalid', `which key? ${file} names no default`, { hint });
  const key = keys.get(wanted);
  if (key !== undefined) return key;
  throw new AssayError(
    'key-invalid',
    `there is no signing key "${wanted.slice(0, 100)}"${name === undefined ? ', which is the default' : ''}`,
    { hint },
  );
}

function keyOf(entry: Json, i: number, file: string): NotationKey {
  const at = `keys[${i}]`;
  if (typeof entry !== 'object' || entry === null || Array.isArray(entry)) throw malformed(file, `${at} is no object`);
  const { name, keyPath, certPath, id, pluginName, pluginConfig } = entry as JsonObject;
  const text = (value: Json | undefined, field: string): string | undefined => optionalText(value, `${at}.${field}`, file);
  const its = {
    name: text(name, 'name'),
    keyPath: text(keyPath, 'keyPath'),
    certPath: text(certPath, 'certPath'),
    id: text(id, 'id'),
    plugin: text(pluginName, 'pluginName'),
  };
  if (its.name === undefined) throw malformed(file, `${at} has no name`);
  const files = its.keyPath !== undefined || its.certPath !== undefined;
  if (files && (its.plugin !== undefined || its.id !== undefined)) throw malformed(file, `${at} has both files and a plugin`);
  if (its.keyPath !== undefined && its.certPath !== undefined)
    return { kind: 'files', name: its.name, keyPath: its.keyPath, certPath: its.certPath };
  if (its.id !== undefined && its.plugin !== undefined)
    return { kind: 'plugin', name: its.name, id: its.id, plugin: its.plugin, config: configOf(pluginConfig, `${at}.pluginConfig`, file) };
  throw malformed(file, `${at} has neither keyPath and certPath nor id and pluginName`);
}

function configOf(value: Json | undefined, at: string, file: string): ReadonlyMap<string, string> {
  if (value === undefined || value === null) return new Map();
  if (typeof value !== 'object' || Array.isArray(value)) throw malformed(file, `${at} is no object`);
  return new Map(
    Object.entries(value as JsonObject).map(([name, text]) => {
      if (typeof text !== 'string') throw malformed(file, `${at} has a value that is no text`);
      return [name, text];
    }),
  );
}
