// What an attacker who can write to the registry does with evidence that is there.

const BUNDLE = 'application/vnd.dev.sigstore.bundle';

/**
 * The digests of the manifests that refer to an image.
 * @returns {string[]}
 */
export function attachedTo(registry, image) {
  return referrersOf(registry, image).map(({ digest }) => digest);
}

/**
 * The bundles that are attached to an image, with the digests of their manifests.
 * @returns {{ digest: string, bundle: any, predicateType: string | undefined }[]}
 */
export function bundlesOf(registry, image) {
  return referrersOf(registry, image)
    .filter(({ manifest }) => manifest.artifactType?.startsWith(BUNDLE))
    .map(({ digest, manifest }) => ({ digest, bundle: JSON.parse(registry.content.blobs.get(manifest.layers[0].digest).toString()) }))
    .map(({ digest, bundle }) => ({ digest, bundle, predicateType: statementOf(bundle).predicateType }));
}

function referrersOf(registry, image) {
  const { manifests } = registry.content.repository(image.repository);
  return [...manifests]
    .map(([digest, { body }]) => ({ digest, manifest: JSON.parse(body.toString()) }))
    .filter(({ manifest }) => manifest.subject?.digest === image.digest);
}

/** The bundle of this predicate type and signer. */
export function bundleOf(registry, image, predicateType, who) {
  const found = bundlesOf(registry, image).find(
    ({ bundle, predicateType: type }) =>
      type === predicateType && (bundle.verificationMaterial.publicKey !== undefined) === (who === 'key'),
  );
  if (found === undefined) throw new Error(`nothing of type ${predicateType} is attached to ${image.name}`);
  return found.bundle;
}

/** The bundle with another statement in it, and everything else as it was signed. */
export function tampered(bundle, change) {
  const copy = structuredClone(bundle);
  const statement = statementOf(copy);
  change(statement);
  copy.dsseEnvelope.payload = Buffer.from(JSON.stringify(statement)).toString('base64');
  return copy;
}

function statementOf(bundle) {
  return JSON.parse(Buffer.from(bundle.dsseEnvelope.payload, 'base64').toString());
}
