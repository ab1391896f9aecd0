import type { Bytes } from '../bytes/index.ts';
import type { PublicKey } from '../crypto/index.ts';
import type { TrustMaterial } from '../trust/index.ts';
import type { TrustStore } from '../trust/notation-store/index.ts';
import type { Requirement, SubjectVerdict } from '../verify/index.ts';
import type { Evaluator } from './language/evaluator.ts';

/** A TUF repository that holds a trusted root (TrustRoot's `remote` and `repository`). */
export interface TufSource {
  /** The initial `root.json`. */
  readonly root: Bytes;
  /** Where the metadata is: a URL, or the whole repository as a gzipped tar archive. */
  readonly from: { readonly mirror: string } | { readonly archive: Bytes };
  /** Folder of the targets in the repository; `targets` by default. */
  readonly targets: string;
  /** Name of the target; `trusted_root.json` by default. */
  readonly target: string;
}

/** An artifact that a policy refers to. Its content is worth what `verify` says. */
export interface SignedArtifact {
  readonly digest: string;
  readonly content: Bytes;
  /** Asks the one verifier about the artifact's own signatures. */
  readonly verify: (requirement: Requirement) => Promise<SubjectVerdict>;
}

/** What policies refer to outside their own text. Everything is bounded by who provides it; every failure throws an `AssayError` that names what is missing. */
export interface PolicyResources {
  /** The decoded data of a Kubernetes Secret, by key; `undefined` when there is none. */
  readonly secret: (namespace: string, name: string) => Promise<ReadonlyMap<string, Bytes> | undefined>;
  /** The data of a Kubernetes ConfigMap, by key; `undefined` when there is none. */
  readonly configMap: (namespace: string, name: string) => Promise<ReadonlyMap<string, string> | undefined>;
  /** A file, relative to the policy's own. */
  readonly file: (path: string) => Promise<Bytes>;
  /** A small document by https. */
  readonly fetch: (url: string) => Promise<Bytes>;
  /**
   * The public key that a reference names which is no file: of a key service, a token, a plugin (`awskms://…`). Absent: none can be asked, and what
   * needs one is inconclusive.
   */
  readonly serviceKey?: (reference: string) => Promise<PublicKey>;
  /** The public good instance's trusted root. Loaded once. */
  readonly publicGoodRoot: () => Promise<TrustMaterial>;
  /** The trusted root in a TUF repository. */
  readonly tufRoot: (source: TufSource) => Promise<TrustMaterial>;
  /** Notation's named stores of certificates; absent: none is at hand, and what needs one is inconclusive. */
  readonly trustStore?: TrustStore;
  /** Where texts in CEL, CUE and Rego are compiled. */
  readonly evaluator: () => Promise<Evaluator>;
  /** An artifact with one blob in a registry, by reference, and who signed it: for signed revocation lists. */
  readonly artifact?: (reference: string) => Promise<SignedArtifact>;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** The namespace that policy-controller runs in, where Secrets and ConfigMaps without a namespace are looked for. */
export const SYSTEM_NAMESPACE = 'cosign-system';
