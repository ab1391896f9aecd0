// The scenes in which Assay signs: what it made is verified by itself, and by the tools of others.
import { BUILD } from './documents.mjs';
import { attachedTo } from './forge.mjs';
import { SERVICES } from './services.mjs';
import { SUBJECT } from './sign-notation.mjs';

const ROOT = ['--trusted-root', SERVICES.root];
const SIGSTORE = ['--signing-config', SERVICES.config, ...ROOT];
const KEY = ['--key', 'release.key', '--password-file', 'password.txt'];
const WORKFLOW = ['--certificate-identity', BUILD.workflow, '--certificate-oidc-issuer', BUILD.issuer];
const SOURCE = ['--source-uri', BUILD.source.replace('https://', ''), '--source-branch', BUILD.ref.replace('refs/heads/', '')];
const NOTATION = ['--trust-policy', 'config/notation/trustpolicy.json', '--trust-store', 'config/notation/truststore'];

/** How the tools of others are called here, and what they say of what verifies. */
export const OTHERS = {
  cosign: ['--allow-http-registry'],
  notation: ['--insecure-registry'],
  oras: ['--plain-http'],
  verified: /The signatures were verified against the specified public key|code-signing certificate was verified/,
};

/**
 * @param {import('./world.mjs').World} world
 * @param {(name: string, version?: string) => import('./show.mjs').Program} program
 * @returns {import('./scenes.mjs').Scene[]}
 */
export function signScenes(world, program) {
  const image = `${world.host}/acme/release:v1`;
  const { pinned } = world.images.get('acme/release');
  return [
    ...keyScenes(image, world, program),
    ...keylessScenes(image, pinned, world, program),
    ...attestScenes(image, pinned, program),
    ...notationScenes(image, pinned, program),
    {
      title: 'attach a report',
      about: 'Any file becomes a referrer of the image. Nobody has signed it by that, which nothing here pretends.',
      args: ['attach', 'artifact', '--artifact-type', 'application/vnd.acme.report.v1', pinned, 'report.json:application/json'],
      outcome: 'shown',
      exit: 0,
      says: [/report\.json/],
    },
    {
      title: 'oras sees the report',
      about: 'The same files, asked for by oras: what refers to the image, by its type.',
      program: program('oras'),
      args: ['discover', ...OTHERS.oras, '--artifact-type', 'application/vnd.acme.report.v1', image],
      outcome: 'shown',
      exit: 0,
      says: [/application\/vnd\.acme\.report\.v1/],
    },
  ];
}

function keyScenes(image, { registry, images }, program) {
  const release = images.get('acme/release');
  const { pinned } = release;
  let before = 0;
  return [
    {
      title: 'make a key',
      about: 'From here on Assay signs. A key pair, encrypted as cosign encrypts it; the password is never an argument.',
      args: ['keys', 'generate', '--output-key-prefix', 'release', '--password-file', 'password.txt'],
      outcome: 'shown',
      exit: 0,
      says: [/release\.key/, /release\.pub/],
    },
    {
      title: 'sign with a key',
      about:
        'The index and each image in it: entered in a log, stamped, verified, and only then written. A tag may move: from here on digests are named.',
      args: ['sign', ...KEY, ...SIGSTORE, '--recursive', image],
      outcome: 'signed',
      exit: 0,
      says: [/a referrer of the image/, /log\s+index/],
      complains: [/is a tag, which may point at another image/],
    },
    {
      title: 'sign again',
      about: 'The same signer has claimed the same before: what is there verifies, and is kept.',
      args: ['sign', ...KEY, ...SIGSTORE, pinned],
      outcome: 'kept',
      exit: 0,
      says: [/--force adds another one/],
      checked: 'nothing was added',
      prepare: () => {
        before = attachedTo(registry, release).length;
      },
      check: () => (attachedTo(registry, release).length === before ? [] : ['something was added']),
    },
    {
      title: 'verify it',
      about: 'Assay about its own work, with the public key alone.',
      args: ['verify', '--key', 'release.pub', ...ROOT, image],
      outcome: 'verified',
      exit: 0,
      says: [/signed by\s+the key sha256:/, /log\s+index/],
    },
    {
      title: 'cosign verifies it',
      about: 'Real cosign 3 about the same signature: the log entry and the timestamp with it.',
      program: program('cosign', '3'),
      args: ['verify', ...OTHERS.cosign, '--key', 'release.pub', ...ROOT, image],
      outcome: 'verified',
      exit: 0,
      says: [OTHERS.verified],
    },
    {
      title: 'sign as cosign 2 does',
      about: 'For those who have not moved on: a tag beside the image, and no log. Assay says what that costs whoever verifies.',
      args: ['sign', ...KEY, '--format', 'cosign-tag', '--tlog-upload=false', pinned],
      outcome: 'signed',
      exit: 0,
      says: [/a layer of cosign's tag/],
      complains: [/--insecure-ignore-tlog/],
    },
    {
      title: 'cosign 2 verifies it',
      about: 'Real cosign 2.5, which knows nothing of bundles as referrers.',
      program: program('cosign', '2.5'),
      args: ['verify', ...OTHERS.cosign, '--key', 'release.pub', '--insecure-ignore-tlog', image],
      outcome: 'verified',
      exit: 0,
      says: [OTHERS.verified],
    },
    {
      title: 'wrong password',
      about: 'A letter too many. Nothing is signed, and the password stands in no message.',
      args: ['sign', '--key', 'release.key', '--password-file', 'mistyped.txt', '--tlog-upload=false', pinned],
      outcome: 'refused',
      exit: 2,
      complains: [/password/],
      check: ({ output }) => (/horse/.test(output) ? ['the password was shown'] : []),
    },
  ];
}

function keylessScenes(image, pinned, { registry, services, images }, program) {
  const next = images.get('acme/next');
  return [
    {
      title: 'sign without a key',
      about: "With the identity token of the workflow: a key that lives for this signature, certified in the workflow's name.",
      args: ['sign', '--identity-token', 'token.jwt', ...SIGSTORE, pinned],
      outcome: 'signed',
      exit: 0,
      says: [/ci\.yml/],
    },
    {
      title: 'verify the workflow',
      about: 'Asked for is the workflow; what its certificate proves is shown.',
      args: ['verify', ...WORKFLOW, ...ROOT, image],
      outcome: 'verified',
      exit: 0,
      says: [/source\s+github\.com\/acme\/os/, /proven by the certificate/],
    },
    {
      title: 'cosign verifies it too',
      about: 'Real cosign 3, with the same identity and the same trusted root.',
      program: program('cosign', '3'),
      args: ['verify', ...OTHERS.cosign, ...WORKFLOW, ...ROOT, image],
      outcome: 'verified',
      exit: 0,
      says: [OTHERS.verified],
    },
    {
      title: 'sign by device code',
      about: 'On a machine without a browser, a code is confirmed on another one. Here the issuer agrees at once.',
      args: ['sign', '--fulcio-auth-flow', 'device', ...SIGSTORE, pinned],
      outcome: 'signed',
      exit: 0,
      asksFirst: true,
      says: [/dev@example\.test/],
      complains: [/[0-9A-F]{4}-[0-9A-F]{4}/],
    },
    {
      title: 'the log lies',
      about: 'A transparency log answers with a proof that does not hold. Assay checks it before it publishes anything.',
      prepare: () => services.faults.add({ kind: 'lie', lie: 'inclusion-proof' }),
      args: ['sign', ...KEY, ...SIGSTORE, next.pinned],
      outcome: 'refused',
      exit: 1,
      says: [/is not to be believed: the inclusion proof of entry \d+ does not lead to the root/],
      checked: 'nothing is attached to the image',
      check() {
        services.faults.clear();
        const count = attachedTo(registry, next).length;
        return count === 0 ? [] : [`${count} manifests were attached`];
      },
    },
  ];
}

function attestScenes(image, pinned, program) {
  return [
    {
      title: 'attest the provenance',
      about: 'In a job of a CI, here as GitHub runs one: how it was built is said by its variables, and who says so by its identity token.',
      file: 'ci.env',
      variables: 'ci.env',
      args: ['attest', '--from-ci', ...SIGSTORE, pinned],
      outcome: 'attested',
      exit: 0,
      says: [/https:\/\/slsa\.dev\/provenance\/v1/, /by\s+\S+ci\.yml@refs\/heads\/main/, /sourceDigest\s+gitCommit:ea25a877/],
    },
    {
      title: 'attest what is in it',
      about: "A bill of materials of the image's own Debian packages, signed with the key.",
      args: ['attest', '--type', 'spdxjson', '--predicate', 'sbom.spdx.json', ...KEY, ...SIGSTORE, pinned],
      outcome: 'attested',
      exit: 0,
    },
    {
      title: 'a spoilt predicate',
      about: 'A bill of materials is checked against the published schema of its type: what nobody could read is not signed.',
      args: ['attest', '--type', 'spdxjson', '--predicate', 'spoilt.spdx.json', ...KEY, ...SIGSTORE, pinned],
      outcome: 'refused',
      exit: 2,
      complains: [/packages/, /predicate-invalid/],
    },
    {
      title: 'the provenance holds',
      about: 'Two things are told apart: what the certificate proves, and what the builder only states.',
      args: ['verify-attestation', '--type', 'slsaprovenance1', ...WORKFLOW, ...ROOT, image],
      outcome: 'verified',
      exit: 0,
      says: [/https:\/\/slsa\.dev\/provenance\/v1/, /proven by the certificate/, /the builder states, and nobody proves/],
    },
    {
      title: 'SLSA asks',
      about: 'Built from this repository and branch, by this builder? What the certificate proves decides.',
      args: ['slsa', 'verify', ...SOURCE, '--builder-id', BUILD.workflow, ...ROOT, image],
      outcome: 'verified',
      exit: 0,
      says: [/ci\.yml/],
    },
    {
      title: 'cosign about the SBOM',
      about: 'Real cosign 3 about the bill of materials.',
      program: program('cosign', '3'),
      args: ['verify-attestation', ...OTHERS.cosign, '--type', 'spdxjson', '--key', 'release.pub', ...ROOT, image],
      outcome: 'verified',
      exit: 0,
      says: [OTHERS.verified],
    },
  ];
}

function notationScenes(image, pinned, program) {
  return [
    {
      title: "sign, notation's JWS",
      about: "The Notary Project's form, with the key that notation's own signingkeys.json names.",
      args: ['sign', '--format', 'notation', '--key', 'acme', '--user-metadata', 'stage=prod', pinned],
      outcome: 'signed',
      exit: 0,
      says: [/O=acme/],
    },
    {
      title: 'notation verifies JWS',
      about: 'Real notation, under its own trust policy: identity, and what was signed along with the image.',
      program: program('notation'),
      args: ['verify', ...OTHERS.notation, '--user-metadata', 'stage=prod', pinned],
      outcome: 'verified',
      exit: 0,
      says: [/Successfully verified signature/],
    },
    {
      title: "sign, notation's COSE",
      about: 'The other envelope, valid for a day.',
      args: ['sign', '--format', 'notation-cose', '--key', 'acme', '--user-metadata', 'stage=test', '--expiry', '24h', pinned],
      outcome: 'signed',
      exit: 0,
      says: [/O=acme/],
    },
    {
      title: 'notation verifies COSE',
      about: 'Only the new signature says that.',
      program: program('notation'),
      args: ['verify', ...OTHERS.notation, '--user-metadata', 'stage=test', pinned],
      outcome: 'verified',
      exit: 0,
      says: [/Successfully verified signature/],
    },
    {
      title: 'verify for notation',
      about: `Assay, under the same trust policy: signed in the name of ${SUBJECT.replace('x509.subject: ', '')}.`,
      args: ['verify', ...NOTATION, image],
      outcome: 'verified',
      exit: 0,
      says: [/signed by\s+.*O=acme/],
    },
  ];
}
