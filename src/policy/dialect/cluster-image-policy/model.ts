/** ClusterImagePolicy and TrustRoot as they are written (policy.sigstore.dev, v1alpha1 and v1beta1), after their form was checked. */

/** A policy of `spec.policy` or of an attestation. */
export interface PolicyText {
  readonly type?: string;
  readonly data?: string;
  readonly configMapRef?: { readonly name?: string; readonly namespace?: string; readonly key?: string };
  readonly remote?: { readonly url?: string; readonly sha256sum?: string };
  readonly fetchConfigFile?: boolean;
  readonly includeSpec?: boolean;
  readonly includeObjectMeta?: boolean;
  readonly includeTypeMeta?: boolean;
}

/** A key, or for `ca-cert` certificates. */
export interface KeyRef {
  readonly data?: string;
  readonly secretRef?: { readonly name?: string; readonly namespace?: string };
  readonly kms?: string;
  readonly hashAlgorithm?: string;
}

export interface Identity {
  readonly issuer?: string;
  readonly issuerRegExp?: string;
  readonly subject?: string;
  readonly subjectRegExp?: string;
}

export interface Keyless {
  readonly url?: string;
  readonly identities?: readonly Identity[];
  readonly 'ca-cert'?: KeyRef;
  readonly trustRootRef?: string;
  readonly insecureIgnoreSCT?: boolean;
}

export interface Source {
  readonly oci?: string;
  readonly signaturePullSecrets?: readonly { readonly name?: string }[];
  readonly tagPrefix?: string;
}

export interface Attestation {
  readonly name?: string;
  readonly predicateType?: string;
  readonly policy?: PolicyText;
}

export interface Authority {
  readonly name?: string;
  readonly key?: KeyRef;
  readonly keyless?: Keyless;
  readonly static?: { readonly action?: string; readonly message?: string };
  readonly ctlog?: { readonly url?: string; readonly trustRootRef?: string };
  readonly rfc3161timestamp?: { readonly trustRootRef?: string };
  readonly source?: readonly Source[];
  readonly attestations?: readonly Attestation[];
  readonly signatureFormat?: string;
}

/** metav1.LabelSelector. */
export interface LabelSelector {
  readonly matchLabels?: Readonly<Record<string, string>>;
  readonly matchExpressions?: readonly { readonly key?: string; readonly operator?: string; readonly values?: readonly string[] }[];
}

export interface MatchResource {
  readonly group?: string;
  readonly version?: string;
  readonly resource?: string;
  readonly selector?: LabelSelector;
}

export interface PolicySpec {
  readonly images?: readonly { readonly glob?: string }[];
  readonly match?: readonly MatchResource[];
  readonly mode?: string;
  readonly authorities?: readonly Authority[];
  readonly policy?: PolicyText;
}

/** A resource of either kind. */
export interface Resource<Spec> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: { readonly name?: string };
  readonly spec?: Spec;
}

export interface CertificateChain {
  readonly subject?: { readonly organization?: string; readonly commonName?: string };
  readonly uri?: string;
  readonly certChain?: string;
}

export interface LogInstance {
  readonly baseURL?: string;
  readonly hashAlgorithm?: string;
  readonly publicKey?: string;
}

export interface SigstoreKeys {
  readonly certificateAuthorities?: readonly CertificateChain[];
  readonly tLogs?: readonly LogInstance[];
  readonly ctLogs?: readonly LogInstance[];
  readonly timestampAuthorities?: readonly CertificateChain[];
}

export interface TrustRootSpec {
  readonly remote?: { readonly root?: string; readonly mirror?: string; readonly targets?: string; readonly trustedRootTarget?: string };
  readonly repository?: {
    readonly root?: string;
    readonly mirrorFS?: string;
    readonly targets?: string;
    readonly trustedRootTarget?: string;
  };
  readonly sigstoreKeys?: SigstoreKeys;
}
