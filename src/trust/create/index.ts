/** Trusted roots for private instances, from keys and certificates. */

export type { ServiceKind } from './spec.ts';
export { createTrustedRoot, type ServiceRequest } from './trusted-root.ts';
