/** `signing_config.json` (protobuf-specs, sigstore_trustroot.proto, `SigningConfig` v0.2) for services that run. */

/** One service in the document. */
export interface ServiceJson {
  url: string;
  majorApiVersion: number;
  validFor: { start: string; end?: string };
  operator: string;
}

/** The document; mutable, so that tests can edit it. */
export interface SigningConfigJson {
  mediaType: string;
  caUrls: ServiceJson[];
  oidcUrls: ServiceJson[];
  rekorTlogUrls: ServiceJson[];
  rekorTlogConfig: { selector: string; count?: number };
  tsaUrls: ServiceJson[];
  tsaConfig: { selector: string; count?: number };
}

/** A signing configuration that names everything at one address. `rekor` is the version of the log's API; with 2, timestamps are asked for as well. */
export function signingConfigOf(url: string, issuer: string, timestampUrl: string, rekor: 1 | 2): SigningConfigJson {
  const service = (at: string, majorApiVersion = 1): ServiceJson => ({
    url: at,
    majorApiVersion,
    validFor: { start: '2021-01-01T00:00:00Z' },
    operator: 'virtual',
  });
  return {
    mediaType: 'application/vnd.dev.sigstore.signingconfig.v0.2+json',
    caUrls: [service(url)],
    oidcUrls: [service(issuer)],
    rekorTlogUrls: [service(url, rekor)],
    rekorTlogConfig: { selector: 'ANY' },
    tsaUrls: rekor === 2 ? [service(timestampUrl)] : [],
    tsaConfig: { selector: 'ANY' },
  };
}
