import { AssayError } from '../../errors.ts';
import { parseReference, type RegistryReference } from '../../oci/reference.ts';

/** The repository that a text names, without tag and digest. Throws `reference-invalid`. */
export function parseRepository(text: string): RegistryReference {
  const reference = parseReference(text);
  if (reference.kind !== 'registry') throw new AssayError('reference-invalid', `not a repository of a registry: "${text.slice(0, 200)}"`);
  const last = text.slice(text.lastIndexOf('/') + 1);
  if (reference.digest !== undefined || last.includes(':')) {
    throw new AssayError('reference-invalid', `not a repository: "${text.slice(0, 200)}" (it has a tag or digest)`, {
      hint: `${reference.registry}/${reference.repository}`,
    });
  }
  return reference;
}

/** The registry that a text names: a host, with a port where it has one. Throws `reference-invalid`. */
export function parseRegistry(text: string): RegistryReference {
  const host = text === 'index.docker.io' ? 'docker.io' : text;
  const reference = host.includes('/') || host === '' ? undefined : parseReference(`${host}/x/x`);
  if (reference?.kind === 'registry' && reference.registry === host) return reference;
  throw new AssayError('reference-invalid', `not a registry: "${text.slice(0, 200)}"`, {
    hint: 'a host, as registry.example or 127.0.0.1:5000',
  });
}

/** The repository as crane and cosign write it: Docker Hub by its old name. */
export function craneName(registry: string, repository: string): string {
  return `${registry === 'docker.io' ? 'index.docker.io' : registry}/${repository}`;
}

/** The same of what stands before a tag or digest: `docker.io/…` becomes `index.docker.io/…`. */
export function craneRepository(repository: string): string {
  return repository.replace(/^docker\.io\//, 'index.docker.io/');
}
