/** Media types of SBOMs as cosign, oras, syft and others attach them, without their parameters. */
const FORMS: ReadonlyMap<string, string> = new Map([
  ['text/spdx', 'SPDX'],
  ['text/spdx+xml', 'SPDX XML'],
  ['text/spdx+json', 'SPDX JSON'],
  ['application/spdx+json', 'SPDX JSON'],
  ['application/spdx+xml', 'SPDX XML'],
  ['application/vnd.cyclonedx', 'CycloneDX'],
  ['application/vnd.cyclonedx+json', 'CycloneDX JSON'],
  ['application/vnd.cyclonedx+xml', 'CycloneDX XML'],
  ['application/vnd.syft+json', 'Syft JSON'],
]);

/** What an SBOM's media type says, for people; `undefined` when it is none. */
export function sbomForm(mediaType: string): string | undefined {
  const [type = '', ...parameters] = mediaType.split(';').map((part) => part.trim());
  const form = FORMS.get(type.toLowerCase());
  const version = parameters.find((p) => p.startsWith('version='))?.slice('version='.length);
  return form === undefined || version === undefined ? form : `${form} ${version}`;
}
