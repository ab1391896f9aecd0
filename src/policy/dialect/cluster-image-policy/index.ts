/** ClusterImagePolicy and TrustRoot of policy.sigstore.dev: what policy-controller's users have, compiled to the requirement tree. */
export { compileClusterImagePolicy } from './compile.ts';
export { fullName, globMatches, parseGlob } from './glob.ts';
export { checkTrustRoot, compileTrustRoots, type TrustRoots } from './trust/trust-roots.ts';
export { validateTrustRoot } from './trust/validate.ts';
export { type FieldError, validationText } from './validation/field-error.ts';
export { validateClusterImagePolicy } from './validation/policy.ts';
