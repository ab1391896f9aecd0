import { type Bytes, utf8Decode } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import { shownAddress } from '../../oci/registry/http/message.ts';
import { type PolicyResources, SYSTEM_NAMESPACE } from '../resources.ts';
import type { Source } from './fields/source.ts';

/** A text, and what to call it in messages. */
export interface LoadedText {
  readonly text: string;
  readonly name: string;
}

type Place = Exclude<Source, string>;

/**
 * The text that a source means. A bare text that looks like PEM or JSON is meant itself, any other names a file.
 * Throws `policy-invalid` for what is missing, and what the resources throw.
 */
export async function loadSource(source: Source, what: string, resources: PolicyResources): Promise<LoadedText> {
  if (typeof source !== 'string') return loadPlace(source, what, resources);
  if (/^\s*(?:-----BEGIN |\{)/.test(source)) return { text: source, name: what };
  return { text: utf8Decode(await resources.file(source), source), name: source };
}

/** The text of a program: a bare text is meant itself. Throws as `loadSource`. */
export async function loadProgram(source: Source, what: string, resources: PolicyResources): Promise<LoadedText> {
  return typeof source === 'string' ? { text: source, name: what } : loadPlace(source, what, resources);
}

async function loadPlace(place: Place, what: string, resources: PolicyResources): Promise<LoadedText> {
  const { data, file, url, secret, configMap } = place;
  if (data !== undefined) return { text: data, name: what };
  if (file !== undefined) return { text: utf8Decode(await resources.file(file), file), name: file };
  if (url !== undefined) {
    // Whoever may fetch it may stand in its query.
    const name = shownAddress(url);
    return { text: utf8Decode(await resources.fetch(url), name), name };
  }
  if (secret !== undefined) {
    const { namespace = SYSTEM_NAMESPACE, name } = secret;
    const value = only(await resources.secret(namespace, name), `Secret ${namespace}/${name}`, secret.key);
    return { text: utf8Decode(value as Bytes, `Secret ${name}`), name: `Secret ${namespace}/${name}` };
  }
  if (configMap !== undefined) {
    const { namespace = SYSTEM_NAMESPACE, name } = configMap;
    const value = only(await resources.configMap(namespace, name), `ConfigMap ${namespace}/${name}`, configMap.key);
    return { text: value, name: `ConfigMap ${namespace}/${name}` };
  }
  throw new AssayError('policy-invalid', `${what}: it is not said where it is`);
}

function only<T>(data: ReadonlyMap<string, T> | undefined, what: string, key: string | undefined): T {
  if (data === undefined)
    throw new AssayError('policy-invalid', `there is no ${what}`, { hint: 'give it as a further document of the policy files' });
  const [first, second] = data.keys();
  if (key === undefined && second !== undefined)
    throw new AssayError('policy-invalid', `${what} has ${data.size} keys`, { hint: 'say which one: key: …' });
  const value = data.get(key ?? first ?? '');
  if (value === undefined) throw new AssayError('policy-invalid', `${what} has no key ${key === undefined ? 'at all' : `"${key}"`}`);
  return value;
}
