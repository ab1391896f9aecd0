import { AssayError } from '../../../errors.ts';
import type { EvidenceCredentials } from '../../../verify/index.ts';
import type { PolicyResources } from '../../resources.ts';

/** The entries of a Kubernetes Secret that hold credentials for registries. */
const ENTRIES = ['.dockerconfigjson', '.dockercfg'] as const;

/** Credentials of Secrets in the workload's namespace. Asking for them throws `policy-unevaluable` when one is missing: evidence cannot be read then. */
export function pullCredentials(namespace: string, names: readonly string[], resources: PolicyResources): EvidenceCredentials {
  return {
    name: names.map((n) => `${namespace}/${n}`).join(','),
    configs: () =>
      Promise.all(
        names.map(async (name) => {
          const data = await resources.secret(namespace, name);
          const config = ENTRIES.map((e) => data?.get(e)).find((e) => e !== undefined);
          if (config !== undefined) return config;
          const why = data === undefined ? 'is not there' : `has no ${ENTRIES.join(' or ')}`;
          throw new AssayError('policy-unevaluable', `signaturePullSecrets: the Secret ${namespace}/${name} ${why}`);
        }),
      ),
  };
}
