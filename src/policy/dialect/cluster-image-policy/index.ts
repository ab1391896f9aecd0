/**
 * ClusterImagePolicy and TrustRoot of policy.sigstore.dev: what policy-controller's users have, compiled to the requirement tree.
 *
 * Where it differs from policy-controller on purpose:
 * - A policy that cannot be compiled (a broken CUE text) or whose Secret, ConfigMap, TrustRoot or key service is not at hand stays and is never
 *   met; there it is taken out of force. What is only absent is a warning, as the text is valid.
 * - A policy without authorities admits nobody, whatever `fail-on-empty-authorities` says.
 * - Of several keys in one text only the first counts, for signatures and for attestations, with a warning. There, any of a key authority's keys
 *   would do for signatures, and all of them would be needed for attestations.
 * - Without `signatureFormat` every form of storage counts (there: tags only); `legacy` and `bundle` restrict it. Keys may sign bundles.
 * - `ca-cert` is an authority of one's own (there: accepted, and never satisfied). No SCT is asked of it unless `trustRootRef` names CT logs.
 * - `ctlog.url` demands an entry that comes with the signature; what is absent is not searched for online.
 * - `configMapRef.namespace` other than policy-controller's own is an error (there: ignored). So is SHA-224.
 * - A glob also means an image by its digest where it was named by a tag: a cluster would have put the digest there.
 * - The kind of workload is known to policies for Pods as well. Messages come in the order of the authorities.
 * - Attestations under the deprecated short names reach their policy as they were signed, not with unknown members left out.
 */
export { compileClusterImagePolicy } from './compile.ts';
export { fullName, globMatches, parseGlob } from './glob.ts';
export { checkTrustRoot, compileTrustRoots, type TrustRoots } from './trust/trust-roots.ts';
export { validateTrustRoot } from './trust/validate.ts';
export { type FieldError, validationText } from './validation/field-error.ts';
export { validateClusterImagePolicy } from './validation/policy.ts';
