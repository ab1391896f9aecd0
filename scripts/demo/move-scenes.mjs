// The scenes in which images move with their evidence: to another registry, into a folder, and back into a list that lost it.
import { attachedTo, bundlesOf } from './forge.mjs';
import { SERVICES } from './services.mjs';
import { OTHERS } from './sign-scenes.mjs';

const ROOT = ['--trusted-root', SERVICES.root];
const SPDX = 'https://spdx.dev/Document';

/**
 * @param {import('./world.mjs').World} world
 * @param {(name: string, version?: string) => import('./show.mjs').Program} program
 * @returns {import('./scenes.mjs').Scene[]}
 */
export function moveScenes(world, program) {
  const { host, mirror, registry, images } = world;
  const [from, to] = [host, mirror.host].map((at) => `${at}/acme/release:v1`);
  const release = images.get('acme/release');
  const sbom = ['verify-attestation', '--type', 'spdxjson', '--key', 'release.pub', ...ROOT];
  return [
    {
      title: 'copy it elsewhere',
      about: `With all its evidence, of the index and of each image in it, to ${mirror.name.replace(/^a registry/, 'one')}, which has to list it under a tag.`,
      args: ['copy', from, to],
      outcome: 'shown',
      exit: 0,
      says: [/\d+ pieces of evidence/],
      checked: 'everything that referred to the index refers to it there',
      check: () => lostOnTheWay(registry, release, mirror.host),
    },
    {
      title: 'cosign there',
      about: 'Real cosign 3 finds and verifies the signature in the second registry.',
      program: program('cosign', '3'),
      args: ['verify', ...OTHERS.cosign, '--key', 'release.pub', ...ROOT, to],
      outcome: 'verified',
      exit: 0,
      says: [OTHERS.verified],
    },
    {
      title: 'cosign 2 there',
      about: 'The tag beside the image went along.',
      program: program('cosign', '2.5'),
      args: ['verify', ...OTHERS.cosign, '--key', 'release.pub', '--insecure-ignore-tlog', to],
      outcome: 'verified',
      exit: 0,
      says: [OTHERS.verified],
    },
    {
      title: 'notation there',
      about: 'And so did the signatures of the Notary Project.',
      program: program('notation'),
      args: ['verify', ...OTHERS.notation, '--user-metadata', 'stage=prod', to],
      outcome: 'verified',
      exit: 0,
      says: [/Successfully verified signature/],
    },
    {
      title: 'verify there',
      about: 'Assay about the bill of materials in the second registry.',
      args: [...sbom, to],
      outcome: 'verified',
      exit: 0,
      says: [/spdx\.dev/],
    },
    {
      title: 'a list is lost',
      about: 'Another tool has written its own list over the one under the tag. What it held is stored, and found by nobody any more.',
      prepare: () => loseList(mirror.host, release),
      args: [...sbom, to],
      outcome: 'unsigned',
      exit: 1,
    },
    {
      title: 'repair the list',
      about: 'Who still knows its digest has it listed again. It has to be about the image.',
      args: () => ['repair', to, bundlesOf(registry, release).find((b) => b.predicateType === SPDX)?.digest ?? 'none'],
      outcome: 'shown',
      exit: 0,
      says: [/repaired/, /listed/],
    },
    {
      title: 'it is found again',
      about: 'The bill of materials in the second registry, once more.',
      args: [...sbom, to],
      outcome: 'verified',
      exit: 0,
      says: [/spdx\.dev/],
    },
    {
      title: 'save to a folder',
      about: 'An OCI layout with the image and all its evidence, to be carried to where no network is.',
      args: ['save', '--dir', 'release-layout', from],
      outcome: 'shown',
      exit: 0,
      says: [/\d+ pieces of evidence/],
    },
    {
      title: 'verify the folder',
      about: 'No socket is opened for this.',
      args: ['verify', '--offline', '--key', 'release.pub', ...ROOT, 'oci:release-layout'],
      outcome: 'verified',
      exit: 0,
      says: [/signed by\s+the key sha256:/],
    },
  ];
}

function fallbackTag({ digest }) {
  return digest.replace(':', '-');
}

function listAt(host, image) {
  return `http://${host}/v2/${image.repository}/manifests/${fallbackTag(image)}`;
}

async function lostOnTheWay(registry, image, host) {
  const response = await fetch(listAt(host, image), { headers: { Accept: 'application/vnd.oci.image.index.v1+json' } });
  const there = new Set(response.ok ? (await response.json()).manifests.map(({ digest }) => digest) : []);
  const lost = attachedTo(registry, image).filter((digest) => !there.has(digest));
  return lost.length === 0 ? [] : [`${lost.length} referrers did not arrive: ${lost.join(', ')}`];
}

async function loseList(host, image) {
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] });
  const { status } = await fetch(listAt(host, image), { method: 'PUT', headers: { 'Content-Type': mediaType }, body });
  if (status !== 201) throw new Error(`the list could not be overwritten: ${status}`);
}
