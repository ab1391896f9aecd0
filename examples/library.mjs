// Verifies an image in a registry and a file with a Sigstore bundle, with Assay as a library.
//
//   node examples/library.mjs IMAGE FILE BUNDLE TRUSTED_ROOT SUBJECT ISSUER
import { readFileSync } from 'node:fs';
import { decodeBundle } from 'assay';
import { createRegistryClient, openStore, parseReference, resolveImage, storedCredentials } from 'assay/oci';
import { parseTrustedRoot } from 'assay/trust';
import { fileSubject, identity, imageSubject, signedBy, verifyEvidence, verifySubject } from 'assay/verify';

const [image = '', file = '', bundle = '', trustedRoot = '', subject = '', issuer = ''] = process.argv.slice(2);

const trust = parseTrustedRoot(readFileSync(trustedRoot, 'utf8'));
const signer = identity(subject, issuer);

/** An image: all that is attached to it is found, whatever its form, and verified. */
async function verifyImage() {
  const client = createRegistryClient({ credentials: storedCredentials({ env: process.env, home: process.env.HOME }) });
  try {
    const reference = parseReference(image);
    const store = await openStore(reference, { client: () => client });
    const { manifest } = await resolveImage(store, reference);
    const { outcome, evidence } = await verifySubject({
      ...imageSubject(manifest),
      stores: [store],
      requirement: signedBy([signer], trust),
      now: Date.now(),
    });
    const by = evidence.find((e) => e.outcome === 'verified')?.signer?.subject ?? 'nobody who was asked for';
    console.log(`${outcome}: ${image}, signed by ${by}`);
    return outcome;
  } finally {
    await client.close();
  }
}

/** A file: the bundle is at hand, so neither a store nor a network is needed. */
async function verifyFile() {
  const found = await verifyEvidence(decodeBundle(readFileSync(bundle)), {
    subject: fileSubject(readFileSync(file)),
    wanted: { kind: 'signature' },
    authorities: [signer],
    trust,
    demands: {},
    now: Date.now(),
  });
  const why = found.checks.find((check) => check.result !== 'pass')?.reason ?? `${found.checks.length} checks passed`;
  console.log(`${found.outcome}: ${file}, ${why}`);
  return found.outcome;
}

const outcomes = [await verifyImage(), await verifyFile()];
process.exitCode = outcomes.every((outcome) => outcome === 'verified') ? 0 : 1;
