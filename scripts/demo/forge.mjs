// What an attacker who can write to the registry does with evidence that is there.

const BUNDLE = 'application/vnd.dev.sigstore.bundle';

/**
 * The bundles that are attached to an image.
 * @returns {{ bundle: any, predicateType: string | undefined }[]}
 */
export function bundlesOf(registry, image) {
  const { manifests } = registry.content.repository(image.repository);
  return [...manifests.values()]
    .map(({ body }) => JSON.parse(body.toString()))
    .filter(({ subject, artifactType }) => subject?.digest === image.digest && artifactType?.startsWith(BUNDLE))
    .map((manifest) => JSON.parse(registry.content.blobs.get(manifest.layers[0].digest).toString()))
    .map((bundle) => ({ bundle, predicateType: statementOf(bundle).predicateType }));
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
