/** A small Sigstore over HTTP, for real cosign to sign with, and the files that name it. */
import { X509Certificate } from 'node:crypto';
import { createVirtualSigstore, type SigstoreServices, startSigstoreServices, type VirtualSigstore } from '../../../src/testing/index.ts';
import { ISSUER, type LabAuthority } from './authorities.ts';
import { serveTimestamps } from './tsa.ts';
import type { Workshop } from './workshop.ts';

/** The instance, and the files in the workshop that name it. */
export interface LabInstance {
  readonly sigstore: VirtualSigstore;
  readonly services: SigstoreServices;
  readonly url: string;
  readonly timestampUrl: string;
  /** `trusted_root.json` */
  readonly trustedRoot: string;
  /** Signing configurations: Rekor v1, and Rekor v2 with timestamps. */
  readonly config: { readonly v1: string; readonly v2: string };
  /** What makes cosign 2.5 trust the instance. */
  readonly env: Readonly<Record<string, string>>;
  /** An identity token for somebody, with claims to certify by the last arc of their object identifier. */
  readonly token: (email: string, claims?: Readonly<Record<number, string>>) => string;
  readonly close: () => Promise<void>;
}

const SERVICE = 'start-time=2021-01-01T00:00:00Z,operator=lab';

/** Starts an instance, with the timestamp authority of openssl's where one is given, else with its own. */
export async function startInstance(workshop: Workshop, authority?: LabAuthority): Promise<LabInstance> {
  const sigstore = createVirtualSigstore({ name: 'lab', now: new Date(Math.floor(Date.now() / 1000) * 1000) });
  // Signatures by RSA keys are the same for the same claims: a log that remembers them refuses those for the second registry.
  const services = await startSigstoreServices(sigstore, { issuers: [ISSUER], remembers: false });
  const tsa = authority === undefined ? undefined : await serveTimestamps(authority);
  const timestampUrl = tsa?.url ?? services.timestampUrl;
  const root = sigstore.trustedRoot();
  if (authority !== undefined) {
    const stamps =
      workshop
        .read(authority.tsaChain)
        .toString()
        .match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
    root.timestampAuthorities.push({
      subject: { organization: 'lab', commonName: 'lab tsa' },
      uri: timestampUrl,
      certChain: { certificates: stamps.map((pem) => ({ rawBytes: new X509Certificate(pem).raw.toString('base64') })) },
      validFor: { start: '2021-01-01T00:00:00Z' },
    });
  }
  workshop.write('trusted_root.json', JSON.stringify(root));
  workshop.write('rekor.pub', sigstore.rekor.key.spkiPem);
  workshop.write('ctfe.pub', sigstore.ct.key.spkiPem);
  workshop.write('fulcio.pem', sigstore.ca.chain.map((c) => c.pem).join(''));
  const shared = [
    `--fulcio=url=${services.url},api-version=1,${SERVICE}`,
    `--oidc-provider=url=${services.issuer},api-version=1,${SERVICE}`,
    `--tsa=url=${timestampUrl},api-version=1,${SERVICE}`,
    '--tsa-config=ANY',
    '--rekor-config=ANY',
  ];
  for (const version of [1, 2]) {
    const rekor = `--rekor=url=${services.url},api-version=${version},${SERVICE}`;
    await workshop.make('3', ['signing-config', 'create', ...shared, rekor, '--out', `signing_config_v${version}.json`]);
  }
  return {
    sigstore,
    services,
    url: services.url,
    timestampUrl,
    trustedRoot: 'trusted_root.json',
    config: { v1: 'signing_config_v1.json', v2: 'signing_config_v2.json' },
    env: { SIGSTORE_REKOR_PUBLIC_KEY: 'rekor.pub', SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: 'ctfe.pub', SIGSTORE_ROOT_FILE: 'fulcio.pem' },
    token: (email, certified = {}) => services.token({ iss: ISSUER, email, certified }),
    async close() {
      await Promise.all([services.close(), tsa?.close()]);
    },
  };
}
