import { AssayError } from '../../../errors.ts';
import type { CreateKey, OpenKey } from '../../keys/key-handle.ts';

/** Opens a key of Kubernetes Secrets (k8s://). */
export const openKey: OpenKey = async () => {
  throw new AssayError('unsupported', 'keys of Kubernetes Secrets (k8s://) cannot be used yet');
};

/** Makes a key of Kubernetes Secrets (k8s://). */
export const createKey: CreateKey = async () => {
  throw new AssayError('unsupported', 'keys of Kubernetes Secrets (k8s://) cannot be made yet');
};
