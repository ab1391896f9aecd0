import { utf8Decode } from '../../../bytes/index.ts';
import { type Json, parseJson } from '../../../codec/json.ts';
import { AssayError, messageOf } from '../../../errors.ts';
import type { EvidenceCredentials } from '../../../verify/index.ts';
import type { PolicyResources } from '../../resources.ts';

/** Credentials of Secrets in the first of some namespaces that has them. Asking for them throws `policy-unevaluable` when one is missing: evidence cannot be read then. */
export function pullCredentials(namespaces: readonly string[], names: readonly string[], resources: PolicyResources): EvidenceCredentials {
  return {
    name: names.map((n) => `${namespaces.join('|')}/${n}`).join(','),
    async config() {
      const auths = new Map<string, Json>();
      for (const name of names) {
        for (const [registry, auth] of await authsOf(namespaces, name, resources)) if (!auths.has(registry)) auths.set(registry, auth);
      }
      return JSON.stringify({ auths: Object.fromEntries(auths) });
    },
  };
}

/** The `auths` of a Secret of type `kubernetes.io/dockerconfigjson` or `dockercfg`. Helpers that it may name are no credentials, and are never run. */
async function authsOf(
  namespaces: readonly string[],
  name: string,
  resources: PolicyResources,
): Promise<readonly (readonly [string, Json])[]> {
  const wrong = (why: string, cause?: unknown): AssayError =>
    new AssayError('policy-unevaluable', `signaturePullSecrets: the Secret ${namespaces.join('|')}/${name} ${why}`, {
      cause,
      retryable: false,
    });
  const found = await Promise.all(namespaces.map((namespace) => resources.secret(namespace, name)));
  const data = found.find((d) => d !== undefined);
  if (data === undefined) throw wrong('is not there');
  const [whole, old] = [data.get('.dockerconfigjson'), data.get('.dockercfg')];
  const bytes = whole ?? old;
  if (bytes === undefined) throw wrong('has neither .dockerconfigjson nor .dockercfg');
  try {
    const value = parseJson(utf8Decode(bytes, name), name);
    return entriesOf(whole === undefined ? value : entriesOf(value).find(([member]) => member === 'auths')?.[1]);
  } catch (cause) {
    throw wrong(`cannot be read: ${messageOf(cause)}`, cause);
  }
}

function entriesOf(value: Json | undefined): readonly (readonly [string, Json])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value as { readonly [n: string]: Json })
    : [];
}
