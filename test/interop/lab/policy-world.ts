/** Images that GnuPG, skopeo and cosign have signed, for policies of containers/image. */
import { writeFileSync } from 'node:fs';
import { type Gpg, openGpg, skopeo } from './gpg.ts';
import { type LabImage, pushImage } from './images.ts';
import { makeKey } from './keys.ts';
import { startDebian } from './registries.ts';
import { openWorkshop, type Workshop } from './workshop.ts';

/** A key of GnuPG's, and the file that its public part is in. */
export interface ExportedKey {
  readonly fingerprint: string;
  readonly file: string;
}

/** What the policies are about. */
export interface PolicyWorld {
  readonly workshop: Workshop;
  readonly gpg: Gpg;
  readonly keys: ReadonlyMap<string, ExportedKey>;
  /** Signed by nobody. */
  readonly image: LabImage;
  /** Signed by cosign for the repository. */
  readonly cosigned: LabImage;
  /** Signed by cosign for the tag. */
  readonly withTag: LabImage;
  /** Copied and signed by skopeo with a key of GnuPG's. */
  readonly gpgSigned: LabImage;
  /** Tells skopeo and Assay where simple signatures are; default: where skopeo puts them. Answers the folder that says so. */
  configure(lookaside?: string): string;
  close(): Promise<void>;
}

const KEYS = [
  ['ed25519', {}],
  ['p256', { algorithm: 'nistp256' }],
  ['p384', { algorithm: 'nistp384' }],
  ['rsa', { algorithm: 'rsa3072' }],
  ['stranger', {}],
  ['subkeyed', { algorithm: 'rsa2048' }],
  ['lapsed', { at: '20200101T000000', expires: '20200201T000000' }],
  ['revoked', {}],
  ['old', { at: '20240101T000000' }],
] as const;

/** Makes all of it, with a registry of Debian's. */
export async function openPolicyWorld(): Promise<PolicyWorld> {
  const workshop = openWorkshop('skopeo-policy');
  const gpg = openGpg(workshop);
  const registry = await startDebian(workshop);
  const image = await pushImage(registry.host, 'ns/app');
  const keys = await makeKeys(workshop, gpg);
  await Promise.all([makeKey(workshop, 'p256', 'cosign'), makeKey(workshop, 'p256', 'other')]);

  function configure(lookaside = workshop.path('lookaside-of-skopeo')): string {
    const config = workshop.folderOf('.config/containers/registries.d');
    writeFileSync(`${config}/default.yaml`, `default-docker:\n  lookaside: file://${lookaside}\n  use-sigstore-attachments: true\n`);
    return config;
  }

  async function cosign(signed: LabImage, ...more: readonly string[]): Promise<void> {
    const common = ['sign', '-y', '--allow-http-registry', '--tlog-upload=false', '--key', 'cosign.key'];
    await workshop.make('2.5', [...common, ...more, signed.reference]);
  }

  async function copied(name: string, how: readonly string[]): Promise<LabImage> {
    const repository = `${image.host}/${name}`;
    const common = ['--insecure-policy', '--registries.d', workshop.path('.config/containers/registries.d'), 'copy'];
    const tls = ['--src-tls-verify=false', '--dest-tls-verify=false'];
    const ran = await skopeo(workshop, [...common, ...tls, ...how, `docker://${image.tagged}`, `docker://${repository}:v1`]);
    if (ran.code !== 0) throw new Error(ran.stderr);
    return { ...image, repository, tagged: `${repository}:v1`, reference: `${repository}@${image.digest}` };
  }

  const cosigned = await pushImage(registry.host, 'ns/cosigned');
  await cosign(cosigned);
  configure();
  const withTag = await pushImage(registry.host, 'ns/with-tag');
  await cosign(withTag, '--sign-container-identity', withTag.tagged);
  const gpgSigned = await copied('ns/signed', ['--sign-by', keys.get('p256')?.fingerprint ?? '']);
  return {
    workshop,
    gpg,
    keys,
    image,
    cosigned,
    withTag,
    gpgSigned,
    configure,
    async close() {
      await gpg.close();
      await registry.close();
      await workshop.close();
    },
  };
}

async function makeKeys(workshop: Workshop, gpg: Gpg): Promise<ReadonlyMap<string, ExportedKey>> {
  const keys = new Map<string, ExportedKey>();
  for (const [name, options] of KEYS) keys.set(name, { fingerprint: await gpg.makeKey(name, options), file: workshop.path(`${name}.gpg`) });
  await gpg.run(['--quick-add-key', keys.get('subkeyed')?.fingerprint ?? '', 'ed25519', 'sign', 'never']);
  for (const [name, { fingerprint }] of keys) await gpg.exportKey(fingerprint, `${name}.gpg`, name === 'rsa' ? ['--armor'] : []);
  return keys;
}
