/** Everything that the matrix runs in: two registries, the served Sigstore with the real Rekor v2 and the real timestamp server, keys and certificates. */
import { X509Certificate } from 'node:crypto';
import type { TrustedRootJson } from '../../../src/testing/authority/trusted-root.ts';
import { ISSUER, makeAuthority, SUBJECT } from '../lab/authorities.ts';
import { type LabInstance, startInstance } from '../lab/instance.ts';
import { makeKey } from '../lab/keys.ts';
import { makeNotary, writeTrust } from '../lab/notation.ts';
import { type LabRegistry, startBoth } from '../lab/registries.ts';
import { openWorkshop, type Workshop } from '../lab/workshop.ts';
import { startRekorV2, startTimestampServer } from '../servers.ts';
import type { Cell, Place, Signer } from './cells.ts';

/** The type of every attestation in the matrix. */
export const TYPE = 'https://acme.example/review/v1';
/** The type of the statement that cosign 3 signs about an image. */
export const SIGNATURE_TYPE = 'https://sigstore.dev/cosign/sign/v1';

/** The world. Names of files are relative to the workshop. */
export interface World {
  readonly workshop: Workshop;
  readonly instance: LabInstance;
  /** `host:port` of a registry. */
  readonly host: (place: Place) => string;
  readonly trustedRoot: string;
  /** The real timestamp server. */
  readonly timestampUrl: string;
  readonly config: Readonly<Record<'v1' | 'v1-stamped' | 'v2', string>>;
  /** Of the certificate authority: intermediate and root. */
  readonly chain: string;
  /** Who signs, in the words of cosign, which are Assay's; keyless with a token of its own each time. */
  readonly signer: (signer: Signer) => readonly string[];
  readonly close: () => Promise<void>;
}

const SOMEBODY = ['--certificate-identity', SUBJECT, '--certificate-oidc-issuer', ISSUER];
const NOBODY = ['--certificate-identity', 'eve@acme.example', '--certificate-oidc-issuer', ISSUER];

/** Who has to have signed, in the words of cosign, which are Assay's: whoever did, or somebody else. `key`: file with the public key. */
export function whoSigned({ signer }: Cell, key: string, right: boolean): readonly string[] {
  if (signer === 'key') return ['--key', right ? key : 'stranger.pub'];
  const who = right ? SOMEBODY : NOBODY;
  return signer === 'certificate' ? [...who, '--insecure-ignore-sct'] : who;
}

/** Starts everything. */
export async function openWorld(): Promise<World> {
  const workshop = openWorkshop('matrix');
  workshop.write('predicate.json', '{"stage":"prod"}');
  const [registries, rekor, tsa, authority] = await Promise.all([
    startBoth(workshop),
    startRekorV2(),
    startTimestampServer(),
    makeAuthority(workshop, 'ca'),
    makeNotary(workshop, 'acme').then(async (notary) => {
      await notary.addKey('p256');
      writeNotaryTrust(workshop, notary.root);
    }),
  ]);
  const instance = await startInstance(workshop);
  const keys = await Promise.all([
    makeKey(workshop, 'p256', 'signer'),
    makeKey(workshop, 'p256', 'stranger'),
    makeKey(workshop, 'p256', 'leaf'),
  ]);
  await authority.issue(keys[2].plain, 'leaf.crt');

  const root = instance.sigstore.trustedRoot();
  root.tlogs.push(rekor.instance);
  root.timestampAuthorities.push(tsa.instance);
  root.certificateAuthorities.push(authorityJson(workshop.read(authority.chain).toString()));
  workshop.write('matrix_root.json', JSON.stringify(root));
  const [first, second] = [instance.services.signingConfig(1), instance.services.signingConfig(2)];
  const tsaUrls = second.tsaUrls.map((service) => ({ ...service, url: tsa.url }));
  const rekorTlogUrls = second.rekorTlogUrls.map((service) => ({ ...service, url: rekor.url }));
  const configs = { v1: first, 'v1-stamped': { ...first, tsaUrls }, v2: { ...second, tsaUrls, rekorTlogUrls } };
  for (const [version, config] of Object.entries(configs)) {
    workshop.write(`matrix_config_${version}.json`, JSON.stringify(config));
  }
  const certificate = ['--certificate', 'leaf.crt', '--certificate-chain', authority.chain];
  return {
    workshop,
    instance,
    host: (place) => hostOf(registries, place),
    trustedRoot: 'matrix_root.json',
    timestampUrl: tsa.url,
    config: { v1: 'matrix_config_v1.json', 'v1-stamped': 'matrix_config_v1-stamped.json', v2: 'matrix_config_v2.json' },
    chain: authority.chain,
    signer(signer) {
      if (signer === 'keyless') return ['--identity-token', instance.token(SUBJECT)];
      return signer === 'key' ? ['--key', 'signer.key'] : ['--key', 'leaf.key', ...certificate];
    },
    async close() {
      await Promise.all([instance, rekor, tsa, ...registries].map((one) => one.close()));
      await workshop.close();
    },
  };
}

function hostOf(registries: readonly LabRegistry[], place: Place): string {
  const found = registries.find((r) => (r.found === 'referrers') === (place === 'referrers API'));
  if (found === undefined || place === 'no registry') throw new Error(`no registry is ${place}`);
  return found.host;
}

function authorityJson(chain: string): TrustedRootJson['certificateAuthorities'][number] {
  const pems = chain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  return {
    subject: { organization: 'lab', commonName: 'lab ca' },
    uri: 'https://ca.acme.example',
    certChain: { certificates: pems.map((pem) => ({ rawBytes: new X509Certificate(pem).raw.toString('base64') })) },
    validFor: { start: '2021-01-01T00:00:00Z' },
  };
}

/** notation's folder, with a policy for files beside the one for images; and a second folder that trusts the same root for somebody else. */
function writeNotaryTrust(workshop: Workshop, root: string): void {
  for (const [folder, organization] of [
    ['stranger', 'umbrella'],
    ['config', 'acme'],
  ] as const) {
    writeTrust(workshop, { ca: [root], identities: [`x509.subject: C=US, ST=WA, O=${organization}`] });
    const policy = workshop.read('config/notation/trustpolicy.json');
    const { trustPolicies } = JSON.parse(policy.toString()) as { trustPolicies: { registryScopes: string[] }[] };
    const blobs = trustPolicies.map(({ registryScopes: _, ...rest }) => ({ ...rest, globalPolicy: true }));
    workshop.folderOf(`${folder}/notation/truststore/x509/ca/acme_root_pem`);
    workshop.write(`${folder}/notation/truststore/x509/ca/acme_root_pem/0.pem`, workshop.read(root));
    workshop.write(`${folder}/notation/trustpolicy.json`, policy);
    workshop.write(`${folder}/notation/trustpolicy.blob.json`, JSON.stringify({ version: '1.0', trustPolicies: blobs }));
  }
}
