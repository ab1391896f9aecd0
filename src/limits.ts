/**
 * Every bound there is, with its unit and its reason. Overflow is an error with the code `limit`, never truncation.
 */

const KiB = 1024;
const MiB = 1024 * KiB;

export const LIMITS = {
  // --- content (bytes) ---
  /** A manifest or index. Registries accept 4 MiB (distribution spec, "Manifest size"). */
  manifestBytes: 4 * MiB,
  /** One blob of evidence: a bundle, envelope or payload. cosign's COSIGN_MAX_ATTACHMENT_SIZE is 128 MiB. */
  evidenceBytes: 128 * MiB,
  /** An image configuration. */
  configBytes: 8 * MiB,
  /** A JSON answer of a registry that is no content (tags, catalog, token, error). */
  apiAnswerBytes: 8 * MiB,
  /** A page of referrers or a fallback index. */
  referrersPageBytes: 8 * MiB,
  /** A file given on the command line as bundle, key, certificate or trusted root. */
  inputFileBytes: 128 * MiB,

  // --- structure (counts, depth) ---
  /** Nesting of JSON values; evidence needs about 12. */
  jsonDepth: 96,
  /** Nesting of DER values; CMS with certificates needs about 14. */
  derDepth: 32,
  /** Elements of all DER values of one parse. */
  derElements: 20_000,
  /** Layers of an evidence manifest: cosign's own limit. */
  manifestLayers: 1000,
  /** Manifests of one image index. */
  indexManifests: 1000,
  /** Nesting of indexes. */
  indexDepth: 4,
  /** Certificates of one chain or PEM file of evidence. */
  chainCertificates: 16,
  /** Certificates considered while a path is built. */
  pathCertificates: 64,
  /** Signature checks while one path is built: guards against exponential graphs. */
  pathSteps: 128,
  /** Transparency log entries of one bundle: sigstore-go's `internal/limits`. */
  logEntries: 32,
  /** Signed timestamps of one bundle: sigstore-go's `internal/limits`. */
  timestamps: 32,
  /** Embedded SCTs of one certificate. */
  scts: 32,
  /** Subjects of one statement: sigstore-go's `internal/limits`. */
  subjects: 1024,
  /** Digests of one subject: sigstore-go's `internal/limits`. */
  subjectDigests: 32,
  /** Signatures of one DSSE envelope outside a bundle. */
  envelopeSignatures: 32,
  /** Hashes of an inclusion proof: a tree of 2^63 leaves needs 63. */
  proofHashes: 64,
  /** Lines of signatures of a checkpoint. */
  checkpointSignatures: 64,
  /** Authorities, logs or roots of one trusted root, each. */
  trustInstances: 256,

  // --- discovery (counts) ---
  /** Referrers of one subject that are read, all pages and the fallback tag together. */
  referrers: 20_000,
  /** Pages of one listing (referrers, tags, catalog). */
  pages: 2000,
  /** Consecutive pages of a listing without an entry. */
  emptyPages: 16,
  /** Pieces of evidence that a report describes one by one; the rest is counted. */
  reportedEvidence: 512,
  /** Pieces of evidence fetched at the same time. */
  evidenceInFlight: 16,
  /** Bytes of undecoded evidence held at the same time. */
  evidenceBytesInFlight: 256 * MiB,
  /** Levels of referrers of referrers that `tree` follows. */
  treeDepth: 8,
  /** Artifacts that `tree` lists. */
  treeNodes: 20_000,

  // --- transport (counts, milliseconds) ---
  /** Requests under way to one registry host. */
  requestsPerHost: 16,
  /** Redirects followed for one request. */
  redirects: 5,
  /** Tries of one request, the first included. */
  tries: 4,
  /** First pause before a retry, doubled each time, with jitter. */
  retryPauseMs: 250,
  /** Longest pause that a `Retry-After` may ask for and be obeyed. */
  retryAfterMs: 60_000,
  /** One try of one request, headers and body. */
  requestTimeoutMs: 60_000,
  /** A whole command, unless `--timeout` says otherwise: cosign's default. */
  commandTimeoutMs: 180_000,
  /** Time for a credential helper to answer. */
  credentialHelperMs: 30_000,
  /** Bytes of a credential helper's answer. */
  credentialHelperBytes: 1 * MiB,

  // --- caches ---
  /** Bytes of verified content held in memory, by digest. */
  memoryCacheBytes: 64 * MiB,
  /** Bytes of one piece that may be held in memory. */
  memoryCachePieceBytes: 4 * MiB,
  /** Bytes of the verified cache on disk. */
  diskCacheBytes: 512 * MiB,
  /** Verified (issuer, leaf) pairs held. */
  verifiedPairs: 10_000,

  // --- text (characters) ---
  /** A reference; Docker allows 255 for the repository. */
  referenceLength: 1024,
  /** A regular expression of a user. */
  regexpLength: 1024,
  /** A subject or issuer that a regular expression is asked about. */
  regexpInputLength: 8192,
  /** A message of a registry that is repeated in an error. */
  foreignMessageLength: 300,

  // --- layers shown by `inspect` ---
  /** Entries of one layer that are listed. */
  layerEntries: 1_000_000,
  /** Uncompressed bytes of one layer that are read. */
  layerBytes: 16 * 1024 * MiB,
} as const;
