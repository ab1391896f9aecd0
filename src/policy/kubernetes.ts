import { type Bytes, decodeBase64, utf8 } from '../bytes/index.ts';
import { AssayError } from '../errors.ts';
import type { PolicyDocument } from './documents.ts';
import { SYSTEM_NAMESPACE } from './resources.ts';

/** Secrets and ConfigMaps that stand in policy files, by `NAMESPACE/NAME`. */
export interface ClusterObjects {
  readonly secret: (namespace: string, name: string) => ReadonlyMap<string, Bytes> | undefined;
  readonly configMap: (namespace: string, name: string) => ReadonlyMap<string, string> | undefined;
}

/** The objects among documents. Without a namespace they are policy-controller's own. Throws `base64-invalid` when a Secret's data is asked for and is none. */
export function clusterObjects(documents: readonly PolicyDocument[]): ClusterObjects {
  const named = (kind: PolicyDocument['kind']): ReadonlyMap<string, PolicyDocument> =>
    new Map(documents.filter((d) => d.kind === kind).map((d) => [nameOf(d), d]));
  const [secrets, configMaps] = [named('secret'), named('config-map')];
  return {
    secret(namespace, name) {
      const found = secrets.get(`${namespace}/${name}`);
      if (found === undefined) return undefined;
      const data = entries(found.value.data).map(([k, v]) => [k, decodeBase64(v.replace(/\s/g, ''), `Secret ${name}, ${k}`)] as const);
      const plain = entries(found.value.stringData).map(([k, v]) => [k, utf8(v)] as const);
      return new Map([...data, ...plain]);
    },
    configMap(namespace, name) {
      const found = configMaps.get(`${namespace}/${name}`);
      return found === undefined ? undefined : new Map(entries(found.value.data));
    },
  };
}

/**
 * The Secrets and ConfigMaps that have the namespace and name of another one before them: which of two holds the key that policies mean would be a
 * matter of order.
 */
export function twinObjects(
  documents: readonly PolicyDocument[],
): readonly { readonly document: PolicyDocument; readonly error: AssayError }[] {
  const seen = new Set<string>();
  return documents
    .filter((d) => d.kind === 'secret' || d.kind === 'config-map')
    .flatMap((document) => {
      const name = `${document.kind === 'secret' ? 'Secret' : 'ConfigMap'} ${nameOf(document)}`;
      if (!seen.has(name)) {
        seen.add(name);
        return [];
      }
      const at = { ...document.positionOf(['metadata', 'name']), path: 'metadata.name' };
      const error = new AssayError('policy-invalid', `${document.file}: there is a second ${JSON.stringify(name.slice(0, 200))}`, { at });
      return [{ document, error }];
    });
}

function nameOf({ value }: PolicyDocument): string {
  const metadata = new Map(entries(value.metadata));
  return `${metadata.get('namespace') ?? SYSTEM_NAMESPACE}/${metadata.get('name') ?? ''}`;
}

function entries(value: unknown): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([k, v]) => (typeof v === 'string' ? [[k, v] as const] : []));
}
