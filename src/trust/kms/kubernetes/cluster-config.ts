import { existsSync } from 'node:fs';
import { delimiter } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';

/**
 * The configuration that kubectl would use: the files that KUBECONFIG lists, merged, of which those that are not there are left out and the first to name
 * something stands (kubernetes.io, "Organizing Cluster Access Using kubeconfig Files"); without the variable, the usual file or the pod's account. Throws
 * where a file cannot be read, or none is there.
 */
export function clusterConfig(Config: new () => KubeConfig, env: Readonly<Record<string, string | undefined>>): KubeConfig {
  const config = new Config();
  if (!env.KUBECONFIG) {
    config.loadFromDefault();
    return config;
  }
  const [first, ...more] = env.KUBECONFIG.split(delimiter).filter((file) => file !== '' && existsSync(file));
  if (first === undefined) throw new Error('no file of KUBECONFIG is there');
  config.loadFromFile(first);
  for (const file of more) {
    const other = new Config();
    other.loadFromFile(file);
    const fresh = <T extends { readonly name: string }>(theirs: readonly T[], ours: readonly T[]): readonly T[] =>
      theirs.filter(({ name }) => !ours.some((o) => o.name === name));
    for (const cluster of fresh(other.clusters, config.clusters)) config.addCluster(cluster);
    for (const user of fresh(other.users, config.users)) config.addUser(user);
    for (const context of fresh(other.contexts, config.contexts)) config.addContext(context);
    if (!config.currentContext && other.currentContext) config.setCurrentContext(other.currentContext);
  }
  return config;
}
