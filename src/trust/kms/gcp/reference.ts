import { AssayError } from '../../../errors.ts';

/** A key of Google Cloud KMS, as its reference names it. */
export interface GcpReference {
  readonly project: string;
  readonly location: string;
  readonly keyRing: string;
  readonly key: string;
  /** The newest enabled one where none is named. */
  readonly version: string | undefined;
}

const FORM =
  /^gcpkms:\/\/projects\/([A-Za-z0-9:.-]+)\/locations\/([A-Za-z0-9-]+)\/keyRings\/([A-Za-z0-9_-]+)\/cryptoKeys\/([A-Za-z0-9_-]+)(?:\/(?:versions|cryptoKeyVersions)\/(\d+))?$/;

/** Reads `gcpkms://projects/P/locations/L/keyRings/R/cryptoKeys/K[/versions/N]`, as cosign has it (sigstore, pkg/signature/kms/gcp). Throws `key-invalid`. */
export function parseGcpReference(reference: string): GcpReference {
  const [, project, location, keyRing, key, version] = FORM.exec(reference) ?? [];
  if (project === undefined || location === undefined || keyRing === undefined || key === undefined)
    throw new AssayError('key-invalid', `${reference.slice(0, 200)} is no key of Google Cloud KMS`, {
      hint: 'gcpkms://projects/PROJECT/locations/LOCATION/keyRings/RING/cryptoKeys/KEY[/versions/N]',
    });
  return { project, location, keyRing, key, version };
}

/** The resource name of the key ring. */
export function keyRingName({ project, location, keyRing }: GcpReference): string {
  return `projects/${project}/locations/${location}/keyRings/${keyRing}`;
}

/** The resource name of the key. */
export function keyName(reference: GcpReference): string {
  return `${keyRingName(reference)}/cryptoKeys/${reference.key}`;
}
