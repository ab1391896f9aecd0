import { FLAG, FREE, list, object, type Shape, TEXT, TEXTS } from './shape.ts';

/** The fields of metav1.ObjectMeta. Only the name counts. */
const METADATA = object({
  name: TEXT,
  generateName: TEXT,
  namespace: TEXT,
  labels: TEXTS,
  annotations: TEXTS,
  uid: TEXT,
  resourceVersion: TEXT,
  generation: FREE,
  creationTimestamp: FREE,
  deletionTimestamp: FREE,
  deletionGracePeriodSeconds: FREE,
  ownerReferences: FREE,
  finalizers: FREE,
  managedFields: FREE,
  selfLink: TEXT,
});

const POLICY = object({
  type: TEXT,
  data: TEXT,
  configMapRef: object({ name: TEXT, namespace: TEXT, key: TEXT }),
  remote: object({ url: TEXT, sha256sum: TEXT }),
  fetchConfigFile: FLAG,
  includeSpec: FLAG,
  includeObjectMeta: FLAG,
  includeTypeMeta: FLAG,
});

const KEY = object({ data: TEXT, secretRef: object({ name: TEXT, namespace: TEXT }), kms: TEXT, hashAlgorithm: TEXT });

const AUTHORITY = object({
  name: TEXT,
  key: KEY,
  keyless: object({
    url: TEXT,
    identities: list(object({ issuer: TEXT, issuerRegExp: TEXT, subject: TEXT, subjectRegExp: TEXT })),
    'ca-cert': KEY,
    trustRootRef: TEXT,
    insecureIgnoreSCT: FLAG,
  }),
  static: object({ action: TEXT, message: TEXT }),
  ctlog: object({ url: TEXT, trustRootRef: TEXT }),
  rfc3161timestamp: object({ trustRootRef: TEXT }),
  source: list(object({ oci: TEXT, signaturePullSecrets: list(object({ name: TEXT })), tagPrefix: TEXT })),
  attestations: list(object({ name: TEXT, predicateType: TEXT, policy: POLICY })),
  signatureFormat: TEXT,
});

/** ClusterImagePolicy, v1alpha1 and v1beta1: the two have the same fields. `status` is the controller's. */
export const CLUSTER_IMAGE_POLICY: Shape = object({
  apiVersion: TEXT,
  kind: TEXT,
  metadata: METADATA,
  status: FREE,
  spec: object({
    images: list(object({ glob: TEXT })),
    match: list(
      object({
        group: TEXT,
        version: TEXT,
        resource: TEXT,
        selector: object({ matchLabels: TEXTS, matchExpressions: list(object({ key: TEXT, operator: TEXT, values: list(TEXT) })) }),
      }),
    ),
    mode: TEXT,
    authorities: list(AUTHORITY),
    policy: POLICY,
  }),
});

const CHAIN = object({ subject: object({ organization: TEXT, commonName: TEXT }), uri: TEXT, certChain: TEXT });
const LOG = object({ baseURL: TEXT, hashAlgorithm: TEXT, publicKey: TEXT });

/** TrustRoot, v1alpha1. */
export const TRUST_ROOT: Shape = object({
  apiVersion: TEXT,
  kind: TEXT,
  metadata: METADATA,
  status: FREE,
  spec: object({
    remote: object({ root: TEXT, mirror: TEXT, targets: TEXT, trustedRootTarget: TEXT }),
    repository: object({ root: TEXT, mirrorFS: TEXT, targets: TEXT, trustedRootTarget: TEXT }),
    sigstoreKeys: object({ certificateAuthorities: list(CHAIN), tLogs: list(LOG), ctLogs: list(LOG), timestampAuthorities: list(CHAIN) }),
  }),
});

/** The paths of all fields without fields of their own: `spec.authorities[].key.data`. */
export function fieldPaths(shape: Shape, path = ''): readonly string[] {
  if (shape.kind === 'object') return [...shape.fields].flatMap(([name, s]) => fieldPaths(s, path === '' ? name : `${path}.${name}`));
  return shape.kind === 'list' ? fieldPaths(shape.of, `${path}[]`) : [path];
}
