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
  /** Levels of nesting in a Kubernetes object that images are looked for in. A pod's containers are at the seventh in a CronJob. */
  workloadDepth: 64,
  /** Nesting of DER values; CMS with certificates needs about 14. */
  derDepth: 32,
  /** Elements of all DER values of one parse. */
  derElements: 20_000,
  /** Layers of an evidence manifest: cosign's own limit. */
  manifestLayers: 1000,
  /** Images of one index that `--platform all` asks about. */
  indexManifests: 1000,
  /** Nesting of indexes. */
  indexDepth: 4,
  /** Certificates of one chain or PEM file of evidence. */
  chainCertificates: 16,
  /** One certificate, in bytes: real ones have 1 to 3 KiB, CAs with long lists of names some 100. */
  certificateBytes: 256 * KiB,
  /** One timestamp token with its certificates, in bytes. */
  timestampBytes: 1 * MiB,
  /** Comparisons of names with name constraints in one path: Go's `crypto/x509` default. */
  nameComparisons: 250_000,
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
  /** Images judged at the same time. */
  imagesInFlight: 8,
  /** Images of one run. */
  images: 100_000,
  /** Pieces of evidence fetched at the same time. */
  evidenceInFlight: 16,
  /** Bytes of undecoded evidence of one subject held at the same time: decoding takes several times as much. */
  evidenceBytesInFlight: 128 * MiB,
  /** Failures to read that a report describes one by one; the rest is counted. */
  reportedErrors: 64,
  /** Manifests that may hold evidence that are read even when enough has been found: reports of ordinary images are whole. */
  readAnyway: 64,
  /** Levels of referrers of referrers that `tree` follows. */
  treeDepth: 8,
  /** Bytes of a bundle that `tree` reads to say who it says has signed it. */
  describedBytes: 4 * MiB,
  /** Artifacts that `tree` lists. */
  treeNodes: 20_000,

  // --- transport (counts, milliseconds) ---
  /** Requests under way to one registry host. */
  requestsPerHost: 16,
  /** Uploads in pieces under way to one registry host; each may hold a download as well. */
  transfersPerHost: 6,
  /** Bytes of one piece of an upload where a registry takes no whole ones; it may ask for larger ones, up to four times as much. */
  uploadChunkBytes: 8 * MiB,
  /** A blob that is moved in pieces: the largest layers of registries have some 50 GiB. */
  movedBlobBytes: 256 * 1024 * MiB,
  /** Blobs that are copied at the same time: as many as may be uploaded to one host. */
  blobsInFlight: 6,
  /** A blob of an image that was not there before is sent without being asked about: the question takes as long as sending so much. */
  unaskedBlobBytes: 64 * KiB,
  /** Images and pieces of evidence whose own evidence is copied at the same time. */
  subjectsInFlight: 8,
  /** Manifests of one copy, evidence included. */
  copiedManifests: 20_000,
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
  /** Time that places which have not answered still have when enough was found: one that hangs keeps no good answer back. */
  settleMs: 5_000,
  /** Least time that an entry of ours has to stand under a tag that others change as well: a change takes others some tenths of a second. */
  tagSettleMs: 500,
  /** Most of that time, however slow the registry is. */
  tagSettleMostMs: 15_000,
  /** Time in which an entry has to be listed under a tag that others change as well. */
  tagChangeMs: 90_000,
  /** Writes of one tag in which an entry has to be listed: a registry that loses every write is not asked for ever. */
  tagWrites: 64,
  /** Writes of one tag after which it holds what it held before, said to be done by the registry, until the registry is not believed. */
  tagWritesLost: 8,
  /** Settle times that an entry has stood after which others that go on writing are not waited for. */
  tagQuietFactor: 4,
  /** Characters of an annotation that is written, name and value: manifests have 4 MiB. */
  annotationLength: 64 * KiB,
  /** Milliseconds between reading a tag and writing it beyond which it is read again: what was prepared meanwhile is prepared now. */
  tagMergeMs: 50,
  /** Repositories' tags of which one client remembers since when nobody has changed them. */
  tagsRemembered: 64,
  /** Time that a command has after its timeout to say what it knows. */
  commandGraceMs: 5_000,
  /** Time for a credential helper to answer. */
  credentialHelperMs: 30_000,
  /** Bytes of a credential helper's answer. */
  credentialHelperBytes: 1 * MiB,
  /** How long an answer of a credential file or helper is believed: helpers of clouds give passwords for hours. */
  credentialsKeptMs: 300_000,
  /** Bytes that one second more is allowed for, beyond `requestTimeoutMs`, when a body of a stated size is transferred. */
  slowestBytesPerSecond: 1 * MiB,
  /** Bytes of the body of a refusal that are read; they only serve its message. */
  refusalBytes: 64 * KiB,
  /** Characters of a `WWW-Authenticate` or `Link` header. */
  headerLength: 16 * KiB,
  /** Scopes that one token is asked for. */
  tokenScopes: 8,
  /** Milliseconds that a token lives when the answer does not say (distribution spec, token: 60 seconds). */
  tokenLifetimeMs: 60_000,
  /** Bytes of a registry token or credential. */
  tokenLength: 64 * KiB,

  // --- services of signing (bytes, milliseconds) ---
  /** An answer of a certificate, log, timestamp or token service that has no bound of its own. */
  serviceAnswerBytes: 4 * MiB,
  /** One request to a service of signing with its retries, unless the caller says otherwise. */
  serviceTimeoutMs: 60_000,
  /** Characters of an identity token; real ones have 1 to 3 KiB. */
  identityTokenLength: 64 * KiB,
  /** How long a browser has to come back from signing in: cosign's bound. */
  browserMs: 120_000,
  /** One question to a cloud's metadata server, in milliseconds: it is on the same machine, and what takes longer does not come. */
  metadataMs: 5_000,
  /** What a certificate has to be valid for still, in milliseconds, to sign once more: the log and the timestamp come after the signature. */
  certificateReserveMs: 120_000,
  /** How far the clock of who issues tokens and certificates may be ahead of ours. */
  tokenSkewMs: 60_000,
  /** A certificate service's answer: a chain of three or four in PEM. */
  certificateAnswerBytes: 1 * MiB,
  /** A request that enters something in a log, in bytes: no log that is known takes more. Rekor v1 gets the whole envelope, Rekor v2 a digest. */
  logRequestBytes: 32 * MiB,
  /** From this size of such a request on, in bytes, a failure is put down to the size: the public Rekor v1 cuts off between 2 and 3.5 MB without saying so. */
  logDoubtfulBytes: 2 * MiB,
  /** Waiting for the checkpoint that covers an entry of Rekor v2: its servers write one every 10 seconds or sooner. */
  logCheckpointMs: 90_000,
  /** A checkpoint of a log, with the lines of its witnesses, in bytes. */
  checkpointBytes: 64 * KiB,

  // --- predicates that are attested (counts) ---
  /** Values of a predicate up to which everything that its schema forbids is looked for; a larger one ends at the first mismatch. */
  explainedPredicateValues: 100_000,
  /** Mismatches that a message names; the rest is counted. */
  shownMismatches: 8,

  // --- keys (bytes, counts) ---
  /** The text of a key: an encrypted RSA key of 4096 bits has 5 KiB. */
  keyTextBytes: 256 * KiB,
  /** A password's file, in bytes. */
  passwordBytes: 64 * KiB,
  /** Times that a person is asked for a password. */
  passwordTries: 3,
  /** Iterations of PBKDF2 that an encrypted key may ask for: openssl takes 2048, careful people a million, and ten million take some seconds. */
  kdfIterations: 10_000_000,
  /** Bytes that scrypt may take for an encrypted key (128·N·r): openssl takes 16 MiB, cosign at most 128 MiB. */
  kdfMemoryBytes: 256 * MiB,
  /** Passes (N·r·p) that scrypt may make for an encrypted key: cosign's largest choice needs a million. */
  kdfPasses: 4 * 1024 * 1024,

  // --- layouts and archives ---
  /** Entries of a tar archive that holds a layout. */
  tarEntries: 200_000,
  /** Bytes of a file that are read at once while it is moved. */
  fileChunkBytes: 1 * MiB,
  /** Age in milliseconds at which the lock of a layout is nobody's: it is held for one replacement of `index.json`. */
  layoutLockMs: 30_000,
  /** How long the lock of a layout is waited for. */
  layoutLockWaitMs: 120_000,
  /** Times that a tag of a layout is read and merged again because somebody else was quicker; each time one of them has got on. */
  layoutTagChanges: 1_000,
  /** A manifest that is kept in memory while a layout is written to: a list of referrers is made of all of them, again and again. */
  layoutRememberedBytes: 64 * KiB,
  /** Bytes of one extended header of a tar archive. */
  tarHeaderBytes: 1 * MiB,

  // --- TUF (bytes, counts, milliseconds) ---
  /** A TUF root; the public good one has 6 KB. The bound of go-tuf and tuf-js. */
  tufRootBytes: 500 * KiB,
  /** A TUF timestamp; normally under 1 KB. The bound of go-tuf and tuf-js. */
  tufTimestampBytes: 16 * KiB,
  /** A TUF snapshot whose timestamp states no length. The bound of go-tuf and tuf-js. */
  tufSnapshotBytes: 2 * MiB,
  /** TUF targets whose snapshot states no length. The bound of go-tuf and tuf-js. */
  tufTargetsBytes: 5 * MiB,
  /** Roots that one refresh walks through (TUF specification §5.3.3). The public good instance had 14 in five years. */
  tufRootRotations: 256,
  /** A trusted root as a TUF target; the public good one has 7 KB. */
  trustedRootBytes: 4 * MiB,
  /** What a refresh keeps on disk: metadata and trusted root. */
  tufCacheBytes: 16 * MiB,
  /** A whole refresh: several small requests, one after the other. */
  tufRefreshMs: 60_000,

  // --- caches ---
  /** Bytes of verified content held in memory, by digest. */
  memoryCacheBytes: 64 * MiB,
  /** Bytes of one piece that may be held in memory. */
  memoryCachePieceBytes: 4 * MiB,
  /** Bytes of the verified cache on disk. */
  diskCacheBytes: 512 * MiB,
  /** Verdicts held of one requirement. */
  decisions: 10_000,
  /** Milliseconds for which a verified verdict holds. */
  verifiedHoldsMs: 60_000,
  /** Milliseconds for which a refusal holds: whoever signs now does not wait long. */
  refusalHoldsMs: 5_000,
  /** Pieces that are written to the cache on disk for one image: ordinary ones have under 100. */
  diskCachePieces: 1024,
  /** Verified (issuer, leaf) pairs held. */
  verifiedPairs: 10_000,

  // --- policies (counts, bytes, milliseconds) ---
  /** Artifacts that refer to one subject, looked through for signed ones of a type. */
  signedReferrers: 1024,
  /** Levels of referrers of referrers that are looked through for signed artifacts. */
  referrerDepth: 3,
  /** Tests of one suite of policies. */
  policyTests: 10_000,
  /** Reasons that a decision lists. */
  decisionReasons: 256,
  /** A policy file, or a text that a policy names, in bytes: real ones have under 100 KiB. */
  policyBytes: 1 * MiB,
  /** Documents of one policy file. */
  policyDocuments: 256,
  /** Bundles or envelopes of one file of provenance: a release with many artifacts has some hundred. */
  provenanceDocuments: 1024,
  /** Nesting of a requirement. */
  requirementDepth: 32,
  /** Leaves of one requirement. */
  requirementLeaves: 1024,
  /** Requirements of one policy that are kept because they depend on the workload: each holds its workload. */
  requirementsKept: 256,
  /** A text of CEL, CUE or Rego, in bytes. */
  programBytes: 512 * KiB,
  /** The input of one evaluation: a large SBOM. */
  evaluationInputBytes: 64 * MiB,
  /** The answer of one evaluation. */
  evaluationOutputBytes: 1 * MiB,
  /** One evaluation of a policy text over a small input; then its worker is ended. */
  evaluationMs: 5_000,
  /** What an evaluation may take longer for each MiB of its input: CUE needs about 4,000 ms of a processor. */
  evaluationMsPerMiB: 10_000,
  /** One evaluation over however large an input. */
  evaluationMostMs: 30_000,
  /** Starting an engine, which needs half a second of a processor: only a broken machine takes longer. */
  engineStartMs: 60_000,
  /** Compiling one policy text. */
  programCompileMs: 15_000,
  /** Memory of one worker's engine. */
  evaluationMemoryBytes: 512 * MiB,
  /** Workers that evaluate at the same time, for CEL and for the engines of CUE and Rego each. */
  evaluationWorkers: 2,
  /** Memory of an engine that is kept for the next evaluation; one that has taken more is ended, because it gives nothing back. */
  evaluationKeptBytes: 256 * MiB,
  /** Evaluations that wait for a worker. */
  evaluationsWaiting: 10_000,
  /** Programs that a worker keeps compiled; those not used for longest are compiled again when they are. */
  preparedPrograms: 256,
  /** A CEL expression: a list of 800 digests. Its parser takes some 50 ms for a KiB at worst. */
  expressionBytes: 64 * KiB,
  /** Nesting of the brackets of a CEL expression, which parser and planner follow by recursion; policies need about 10. */
  expressionDepth: 64,
  /** Nesting of the syntax tree of a CEL expression: a chain of operators is as deep as it is long. */
  expressionTreeDepth: 512,
  /** Characters of a string, or bytes, that CEL functions make: doubling a string 40 times is a short text. */
  expressionTextLength: 16 * MiB,
  /** Elements of a list that CEL functions make. */
  expressionListLength: 1_000_000,
  /** Compiled regular expressions of CEL that are kept. */
  expressionPatterns: 256,

  // --- Notation (counts, bytes, milliseconds) ---
  /** A signature envelope (Notary Project signature specification, "Storage": notation reads at most 32 MiB). */
  envelopeBytes: 32 * MiB,
  /** The payload of a Notary Project signature that is made, in bytes: a descriptor and the metadata that a person gives. */
  notaryPayloadBytes: 256 * KiB,
  /** How far the time that a signing plugin states may be from ours, in milliseconds. */
  pluginSkewMs: 10 * 60_000,
  /** `signingkeys.json` and `config.json` of notation, in bytes. */
  notationConfigBytes: 1 * MiB,
  /** Keys of `signingkeys.json`. */
  notationKeys: 1024,
  /** Annotations that a signing plugin may add to a signature's manifest. */
  pluginAnnotations: 64,
  /** Nesting of CBOR values. */
  cborDepth: 16,
  /** Attributes of one envelope. */
  envelopeAttributes: 128,
  /** A certificate revocation list: notation-core-go's bound. */
  crlBytes: 32 * MiB,
  /** An OCSP answer. */
  ocspBytes: 64 * KiB,
  /** Addresses of lists or responders of one certificate that are asked. */
  revocationAddresses: 8,
  /** One question to a revocation server. */
  revocationMs: 5_000,
  /** How far a revocation server's clock may be ahead of ours. */
  revocationSkewMs: 60_000,
  /** Certificates that come with one OCSP answer. */
  ocspCertificates: 8,
  /** Single answers in one OCSP answer. */
  ocspAnswers: 256,
  /** Files of a folder of revocation lists and OCSP answers. */
  revocationFiles: 1024,
  /** All files of that folder, in bytes: they are held while the process runs. */
  revocationFilesBytes: 256 * MiB,
  /** Revocation lists that are kept until their next update, in bytes. */
  crlCacheBytes: 64 * MiB,
  /** Certificates whose status is kept until its next update. */
  revocationsKept: 10_000,
  /** Certificates in a trust store. */
  trustStoreCertificates: 1024,
  /** One file of a trust store, in bytes: bundles of all public authorities have under 1 MiB. */
  trustStoreFileBytes: 4 * MiB,
  /** Files of one named trust store. */
  trustStoreFiles: 1024,
  /** Trusted identities of one statement: each is compared with each. */
  trustedIdentities: 512,
  /** One call of a verification plugin. */
  pluginMs: 30_000,
  /** Plugins that run at the same time. */
  pluginsInFlight: 4,
  /** The executable of a plugin, in bytes: what notation installs at most. */
  pluginExecutableBytes: 256 * MiB,
  /** What a plugin may write. */
  pluginBytes: 1 * MiB,

  // --- simple signing (counts, bytes, milliseconds) ---
  /** Packets of an OpenPGP message or keyring: a key with a thousand certifications by others is a large one. */
  openPgpPackets: 20_000,
  /** Parts of one OpenPGP signature: real ones have about 10. */
  openPgpSubpackets: 256,
  /** A signed OpenPGP message, uncompressed: simple signing payloads have under 1 KiB. */
  openPgpMessageBytes: 4 * MiB,
  /** How far the clock of who made an OpenPGP signature may be ahead of ours. */
  openPgpSkewMs: 60_000,
  /** A keyring of OpenPGP keys. */
  keyringBytes: 4 * MiB,
  /** Keys and subkeys of the keyrings of one requirement. */
  keyringKeys: 1024,
  /** Simple signatures of one image that are read: containers/image's own bound. */
  lookasideSignatures: 128,
  /** One simple signature: containers/image reads at most 4 MiB. */
  lookasideSignatureBytes: 4 * MiB,
  /** One question to a lookaside. */
  lookasideMs: 10_000,
  /** Files of a registries.d folder. */
  registriesFiles: 256,
  /** One file of a registries.d folder. */
  registriesFileBytes: 1 * MiB,

  // --- key services ---
  /** One call to a key service, in milliseconds: theirs are answered in tenths of a second, a token that asks for a touch waits for a person. */
  keyServiceMs: 30_000,
  /** What a key plugin may print: an answer is a key or a signature in JSON. */
  keyPluginBytes: 1 * MiB,
  /** A Kubernetes Secret holds 1 MiB at most; ours are keys. */
  keySecretBytes: 1 * MiB,
  /** Slots of one PKCS #11 module that are looked into. */
  tokenSlots: 256,
  /** Objects of one name on a token that are told apart; more than one is an error. */
  tokenObjects: 16,
  /** Versions of one key on one page of those that are looked through for the newest. */
  keyVersions: 1000,
  /** Pages of such versions: services may make them shorter than was asked for. */
  keyVersionPages: 50,

  // --- text (characters) ---
  /** A reference; Docker allows 255 for the repository. */
  referenceLength: 1024,
  /** The path of a file that an artifact names. */
  fileNameLength: 1024,
  /** A regular expression of a user. */
  regexpLength: 1024,
  /** A subject or issuer that a regular expression is asked about. */
  regexpInputLength: 8192,
  /** A message of a registry that is repeated in an error. */
  foreignMessageLength: 300,

  // --- layers shown by `inspect` ---
  /** Entries of one layer that are listed. */
  layerEntries: 1_000_000,
  /** Characters of a layer's listing in one JSON object; a text of the platform ends at 512 Mi. */
  layerListingLength: 256 * MiB,
  /** Compressed bytes of one layer that are read. */
  layerStoredBytes: 2 * 1024 * MiB,
  /** Window of a zstd frame: what the zstd tool decompresses without being told to. */
  zstdWindowBytes: 128 * MiB,
  /** Uncompressed bytes of one layer that are read. */
  layerBytes: 16 * 1024 * MiB,
} as const;
