// The real tools that judge Assay in tests, as Debian packages. `major` is the one the tests are written for.

/**
 * @typedef {object} Peer
 * @property {string} name Debian package, and folder name before the underscore
 * @property {string} major what the version begins with
 * @property {string} binary below usr/bin
 * @property {readonly string[]} suites where to look, in order; `system` is the release that runs here
 * @property {readonly string[]} [beside] further packages that are unpacked into the same folder
 * @property {boolean} [libraries] whether it needs shared libraries that a bare system has not got
 */

const SID = ['sid', 'testing', 'trixie'];

/** @type {readonly Peer[]} */
export const PEERS = [
  { name: 'cosign', major: '3', binary: 'cosign', suites: SID },
  { name: 'cosign', major: '2', binary: 'cosign', suites: ['trixie'] },
  { name: 'notation', major: '1', binary: 'notation', suites: SID },
  { name: 'oras', major: '1', binary: 'oras', suites: SID },
  { name: 'crane', major: '0', binary: 'crane', suites: SID },
  { name: 'sigstore-go', major: '1', binary: 'sigstore-go-verification', suites: SID },
  { name: 'docker-registry', major: '2', binary: 'docker-registry', suites: ['system'] },
  // bookworm's is built without sigstore and cannot judge `sigstoreSigned`
  { name: 'skopeo', major: '1', binary: 'skopeo', suites: ['trixie', 'system'], libraries: true },
  { name: 'softhsm2', major: '2', binary: 'softhsm2-util', suites: ['system'], beside: ['softhsm2-common', 'libsofthsm2'] },
  { name: 'opensc', major: '0', binary: 'pkcs11-tool', suites: ['system'], beside: ['opensc-pkcs11'], libraries: true },
  { name: 'umoci', major: '0', binary: 'umoci', suites: ['system'] },
];
