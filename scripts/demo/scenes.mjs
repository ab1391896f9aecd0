// The scenes: what a user types, and what has to come out.
import { BUILD } from './documents.mjs';
import { moveScenes } from './move-scenes.mjs';
import { policyScenes } from './policy-scenes.mjs';
import { signScenes } from './sign-scenes.mjs';

/**
 * @typedef {object} Scene
 * @property {string} title
 * @property {string} about one or two sentences before the command
 * @property {import('./show.mjs').Program} [program] assay when left out
 * @property {readonly string[] | (() => readonly string[])} args of the program; a function where they depend on what scenes before have done
 * @property {import('./show.mjs').Program} [needs] what else has to be installed
 * @property {string} [file] of the demo's folder, shown before the command
 * @property {() => void | Promise<void>} [prepare] what happens before the command
 * @property {string} [variables] file of the demo's folder with variables that the program gets
 * @property {string} outcome the outcome that has to come out; `shown` for what verifies and signs nothing
 * @property {number} exit
 * @property {readonly RegExp[]} [says] what stdout has to say besides; of another program: its whole output
 * @property {boolean} [asksFirst] whether what stderr says comes before the result
 * @property {readonly RegExp[]} [complains] what stderr has to say
 * @property {string} [checked] what `check` makes sure of, for the audience
 * @property {(ran: { output: string }) => string[] | Promise<string[]>} [check] looks behind the scene; answers what is wrong
 */

/**
 * @param {import('./world.mjs').World} world
 * @returns {Scene[]}
 */
export function scenesOf(world) {
  const { host, hasOld, peers } = world;
  const program = (name, version = '') => {
    const peer = peers.find((p) => p.name === name && p.version.startsWith(version));
    return { name, label: `${name} ${version}`.trim(), path: peer?.path };
  };
  const at = (repository) => `${host}/${repository}:v1`;
  const byKey = ['--key', 'cosign.pub', '--trusted-root', 'trusted_root.json'];
  const by = (workflow) => [
    '--certificate-identity',
    workflow,
    '--certificate-oidc-issuer',
    BUILD.issuer,
    '--trusted-root',
    'trusted_root.json',
  ];
  const byWorkflow = by(BUILD.workflow);
  const other = BUILD.workflow.replace('ci.yml', 'test.yml');
  const byOld = hasOld ? {} : { needs: program('cosign', '2') };
  const scan = {
    ...byOld,
    title: "scan, cosign 2's form",
    about: 'What in it is vulnerable? A scan that was attested in the older form, by the same key.',
    args: ['verify-attestation', '--type', 'vuln', '--key', 'cosign.pub', '--insecure-ignore-tlog', at('acme/legacy')],
    outcome: 'verified',
    exit: 0,
    says: [/attestation\/vuln\/v1/],
  };
  const old = {
    ...byOld,
    title: "cosign 2's form",
    about: 'An older signature: a tag beside the image, and no transparency log. What is not checked is asked for by its name.',
    args: ['verify', '--key', 'cosign.pub', '--insecure-ignore-tlog', at('acme/legacy')],
    outcome: 'verified',
    exit: 0,
    says: [/signed by\s+the key sha256:/],
  };
  return [
    {
      title: 'tree',
      about: 'What is attached to the image, in every form of storage. Nothing is verified here, and it says so.',
      args: ['tree', at('acme/os')],
      outcome: 'shown',
      exit: 0,
      says: [/not verified here/, /signature/, /SLSA/, /CycloneDX/i, /SPDX/, /linux\/amd64/, /linux\/arm64/],
    },
    {
      title: 'inspect',
      about: 'What the image is: a root file system with a program on top, and how it came to be.',
      args: ['inspect', '--platform', 'linux/amd64', at('acme/os')],
      outcome: 'shown',
      exit: 0,
      says: [/linux\/amd64/, /hello/],
    },
    {
      title: 'signed by a key',
      about: 'Who signed it? The holder of this key; a transparency log and a timestamp authority say when.',
      args: ['verify', ...byKey, at('acme/os')],
      outcome: 'verified',
      exit: 0,
      says: [/signed by\s+the key sha256:/, /log\s+index/],
    },
    {
      title: 'signed by a workflow',
      about: 'Without a key: a certificate for a workflow, valid for ten minutes, says from what source it was built, and where.',
      args: ['verify', ...byWorkflow, at('acme/os')],
      outcome: 'verified',
      exit: 0,
      says: [/source\s+github\.com\/acme\/os @ ea25a8779244/, /builder\s+github-hosted/, /proven by the certificate/],
    },
    {
      title: 'provenance',
      about: 'How was it built? The attestation of the workflow itself.',
      args: ['verify-attestation', '--type', 'slsaprovenance1', ...byWorkflow, at('acme/os')],
      outcome: 'verified',
      exit: 0,
      says: [/https:\/\/slsa\.dev\/provenance\/v1/],
    },
    {
      title: 'bill of materials',
      about: 'What is in it? An SBOM made from the package database, attested with the key.',
      args: ['verify-attestation', '--type', 'cyclonedx', ...byKey, at('acme/os')],
      outcome: 'verified',
      exit: 0,
      says: [/https:\/\/cyclonedx\.org\/bom/],
    },
    old,
    scan,
    {
      title: 'tampered',
      about: 'Somebody took a package out of a signed SBOM, and left its signature as it was.',
      args: ['verify-attestation', '--type', 'cyclonedx', ...byKey, at('acme/tampered')],
      outcome: 'invalid',
      exit: 1,
      says: [/signature/],
    },
    {
      title: 'moved',
      about: "A good signature, but another image's: copied from acme/os and attached to this one.",
      args: ['verify', ...byKey, at('acme/moved')],
      outcome: 'invalid',
      exit: 1,
      says: [/FAIL subject-digest/],
    },
    {
      title: 'wrong identity',
      about: 'The signature is sound, but by another workflow than the one that was asked for.',
      args: ['verify', ...by(other), at('acme/os')],
      outcome: 'untrusted',
      exit: 1,
      says: [/FAIL identity/, /ci\.yml/],
    },
    {
      title: 'unsigned',
      about: 'Nothing is attached. That is only said because every place was asked and answered.',
      args: ['verify', ...byKey, at('acme/unsigned')],
      outcome: 'unsigned',
      exit: 1,
    },
    {
      title: 'registry is busy',
      about: 'A signature is there, but the registry answers 429 to the question for it. "Unsigned" would be a guess.',
      args: ['verify', ...byKey, at('acme/busy')],
      outcome: 'inconclusive',
      exit: 3,
      says: [/429/],
    },
    {
      title: 'registry is broken',
      about: 'The same with 500, for a script: one JSON object, whatever happens.',
      args: ['verify', '--output', 'json', ...byKey, at('acme/broken')],
      outcome: 'inconclusive',
      exit: 3,
      says: [/"schema":\s*"assay\/verify\/v1"/, /500/],
    },
    {
      title: 'registry recovers',
      about: 'Two answers of 429 with Retry-After, then the signature: found and verified.',
      args: ['verify', ...byKey, at('acme/flaky')],
      outcome: 'verified',
      exit: 0,
    },
    {
      title: 'many images',
      about: 'Several at once: one line each. A definite no decides the exit code.',
      args: ['verify', ...byKey, ...['acme/os', 'acme/unsigned', 'acme/moved', 'acme/busy'].map(at)],
      outcome: 'not verified',
      exit: 1,
      says: [/4 images: 1 verified, 2 not verified, 1 inconclusive/],
    },
    ...policyScenes(at),
    ...signScenes(world, program),
    ...moveScenes(world, program),
  ];
}
