import { AssayError, toAssayError } from '../errors.ts';
import { type PolicyDocument, type PolicyFile, readDocuments } from './documents.ts';
import { clusterObjects, twinObjects } from './kubernetes.ts';
import type { CompiledDocument, CompiledPolicy, PolicyRemark, PolicySet } from './policy.ts';
import { type PolicyResources, SYSTEM_NAMESPACE } from './resources.ts';

/** What a policy file comes to. */
export interface CompiledFile {
  readonly file: string;
  readonly policies: readonly CompiledPolicy[];
  readonly errors: readonly AssayError[];
  readonly warnings: readonly PolicyRemark[];
}

/** All files, and the policies that are judged together. */
export interface Compiled {
  readonly files: readonly CompiledFile[];
  readonly set: PolicySet;
}

/** What compiling is given; Secrets and ConfigMaps of the files themselves come first. */
export type CompileResources = Omit<PolicyResources, 'secret' | 'configMap' | 'file'> &
  Partial<Pick<PolicyResources, 'secret' | 'configMap'>> & {
    /** Reads a file that a policy names, relative to the policy's own file. */
    readonly file: (path: string, from: string) => Promise<Uint8Array>;
  };

/**
 * Compiles policy files of any dialect, recognised by their content. Never throws for what the files hold: every mistake is an error of its
 * file. A set is worth using only when no file has errors.
 */
export async function compilePolicies(files: readonly PolicyFile[], resources: CompileResources): Promise<Compiled> {
  const read = files.map((file) => ({ file, ...readDocuments(file) }));
  const all = read.flatMap((r) => r.documents);
  const objects = clusterObjects(all);
  const twins = twinObjects(all);
  const resourcesFor = (file: string): PolicyResources => ({
    ...resources,
    secret: async (namespace, name) => objects.secret(namespace, name) ?? (await resources.secret?.(namespace, name)),
    configMap: async (namespace, name) => objects.configMap(namespace, name) ?? (await resources.configMap?.(namespace, name)),
    file: (path) => resources.file(path, file),
  });
  const compiled = await Promise.all(
    read.map(async ({ file, documents, errors }): Promise<CompiledFile> => {
      const parts = await Promise.all(documents.map((d) => compileDocument(d, all, resourcesFor(file.name))));
      return {
        file: file.name,
        policies: parts.flatMap((p) => p.policies),
        errors: [...errors, ...twins.flatMap((t) => (documents.includes(t.document) ? [t.error] : [])), ...parts.flatMap((p) => p.errors)],
        warnings: parts.flatMap((p) => p.warnings),
      };
    }),
  );
  const settings = objects.configMap(SYSTEM_NAMESPACE, 'config-policy-controller');
  const noMatch = settings?.get('no-match-policy');
  return {
    files: withoutTwins(compiled),
    set: { policies: compiled.flatMap((c) => c.policies), noMatch: noMatch === 'allow' || noMatch === 'warn' ? noMatch : 'deny' },
  };
}

async function compileDocument(
  document: PolicyDocument,
  all: readonly PolicyDocument[],
  resources: PolicyResources,
): Promise<CompiledDocument> {
  try {
    switch (document.kind) {
      case 'image-policy':
        return await (await import('./native/index.ts')).compileImagePolicy(document, resources);
      case 'cluster-image-policy':
        return await (await import('./dialect/cluster-image-policy/index.ts')).compileClusterImagePolicy(document, all, resources);
      case 'trust-root':
        return await (await import('./dialect/cluster-image-policy/index.ts')).checkTrustRoot(document, resources);
      case 'notation':
        return await (await import('./dialect/notation/index.ts')).compileNotationPolicy(document, resources);
      case 'containers-policy':
        return await (await import('./dialect/containers-policy/index.ts')).compileContainersPolicy(document, resources);
      default:
        return { policies: [], errors: [], warnings: [] };
    }
  } catch (error) {
    return { policies: [], errors: [toAssayError(error, 'internal')], warnings: [] };
  }
}

/** Two policies of one name would be taken for one another in every message. */
function withoutTwins(files: readonly CompiledFile[]): readonly CompiledFile[] {
  const seen = new Set<string>();
  return files.map((file) => {
    const twins = file.policies.filter((p) => {
      const name = `${p.dialect} ${p.name}`;
      return seen.has(name) || !seen.add(name);
    });
    const errors = twins.map((p) => new AssayError('policy-invalid', `${file.file}: a second ${p.dialect} has the name "${p.name}"`));
    return { ...file, errors: [...file.errors, ...errors] };
  });
}
