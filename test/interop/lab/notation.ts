/** The real notation: certificates and keys made by openssl, its folder of configuration, signing and verifying. */
import { requirePeer } from '../peers.ts';
import { type LabKeyKind, makePlainKey } from './keys.ts';
import type { Ran, Workshop } from './workshop.ts';

/** An authority with root and intermediate, by openssl. */
export interface LabNotary {
  /** File with the root. */
  readonly root: string;
  /** Issues a signer's certificate for a new key and makes it one of notation's signing keys, under the name of its kind. */
  readonly addKey: (kind: LabKeyKind, options?: { readonly organization?: string }) => Promise<void>;
}

const EXTENSIONS = `
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical,CA:true,pathlen:0
keyUsage = critical,keyCertSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
`;

/** Makes an authority in the folder `name` of the workshop. */
export async function makeNotary(workshop: Workshop, name: string): Promise<LabNotary> {
  const at = (file: string): string => `${name}/${file}`;
  workshop.folderOf(name);
  workshop.folderOf('config/notation');
  workshop.write(at('ext.cnf'), EXTENSIONS);
  const certify = async (key: string, subject: string, section: string, by: string | undefined, out: string): Promise<void> => {
    await workshop.openssl(['req', '-new', '-key', key, '-subj', subject, '-out', `${out}.csr`]);
    const signer = by === undefined ? ['-signkey', key] : ['-CA', at(`${by}.pem`), '-CAkey', at(`${by}.key`), '-CAcreateserial'];
    const how = ['-sha256', '-days', '365', '-extfile', at('ext.cnf'), '-extensions', section];
    await workshop.openssl(['x509', '-req', '-in', `${out}.csr`, ...signer, ...how, '-out', out]);
  };
  await Promise.all(['root', 'intermediate'].map((n) => makePlainKey(workshop, 'p384', at(`${n}.key`))));
  await certify(at('root.key'), `/C=US/ST=WA/O=${name}/CN=${name} root`, 'root', undefined, at('root.pem'));
  await certify(at('intermediate.key'), `/C=US/ST=WA/O=${name}/CN=${name} intermediate`, 'intermediate', 'root', at('intermediate.pem'));
  const chain = Buffer.concat([workshop.read(at('intermediate.pem')), workshop.read(at('root.pem'))]);
  return {
    root: at('root.pem'),
    async addKey(kind, { organization = 'acme' } = {}) {
      const [key, leaf] = [at(`${kind}.key`), at(`${kind}.pem`)];
      await makePlainKey(workshop, kind, key);
      // openssl writes the serial number of the intermediate: one leaf after the other.
      await certify(key, `/C=US/ST=WA/O=${organization}/CN=${kind} signer`, 'leaf', 'intermediate', leaf);
      workshop.write(at(`${kind}.chain.pem`), Buffer.concat([workshop.read(leaf), chain]));
      register(workshop, name, kind);
    },
  };
}

interface SigningKeys {
  readonly keys: { readonly name: string; readonly keyPath: string; readonly certPath: string }[];
}

const registered = new WeakMap<Workshop, SigningKeys>();

function register(workshop: Workshop, authority: string, kind: string): void {
  const all = registered.get(workshop) ?? { keys: [] };
  registered.set(workshop, all);
  all.keys.push({
    name: kind,
    keyPath: workshop.path(`${authority}/${kind}.key`),
    certPath: workshop.path(`${authority}/${kind}.chain.pem`),
  });
  workshop.write('config/notation/signingkeys.json', JSON.stringify(all));
}

/** Runs the real notation, whatever comes out. */
export function notation(workshop: Workshop, argv: readonly string[]): Promise<Ran> {
  const { path } = requirePeer({ skip: () => {} }, 'notation', '1');
  const env = { XDG_CONFIG_HOME: workshop.path('config'), XDG_CACHE_HOME: workshop.path('cache'), NOTATION_EXPERIMENTAL: '1' };
  return workshop.peer(path, argv, env);
}

/** Runs the real notation, which has to succeed. */
export async function makeWithNotation(workshop: Workshop, argv: readonly string[]): Promise<Ran> {
  const ran = await notation(workshop, argv);
  if (ran.code !== 0) throw new Error(`notation ${argv.join(' ')}: exit ${ran.code}\n${ran.stderr}`);
  return ran;
}

/** What a trust policy says. */
export interface PolicyParts {
  readonly level?: string;
  readonly ca?: readonly string[];
  readonly tsa?: readonly string[];
  readonly identities?: readonly string[];
}

/** Writes notation's own trust policy and trust store into its folder: both tools then read the same. Certificates are files of the workshop. */
export function writeTrust(workshop: Workshop, { level = 'strict', ca = [], tsa = [], identities = ['*'] }: PolicyParts): void {
  for (const [kind, files] of [
    ['ca', ca],
    ['tsa', tsa],
  ] as const) {
    if (files.length === 0) continue;
    const folder = `config/notation/truststore/x509/${kind}/${files.join('-').replace(/[^a-z0-9]+/g, '_')}`;
    workshop.folderOf(folder);
    for (const [i, file] of files.entries()) workshop.write(`${folder}/${i}.pem`, workshop.read(file));
  }
  const named = (kind: string, files: readonly string[]): string[] =>
    files.length === 0 ? [] : [`${kind}:${files.join('-').replace(/[^a-z0-9]+/g, '_')}`];
  const policy = {
    version: '1.0',
    trustPolicies: [
      {
        name: 'lab',
        registryScopes: ['*'],
        signatureVerification: { level },
        trustStores: [...named('ca', ca), ...named('tsa', tsa)],
        trustedIdentities: identities,
      },
    ],
  };
  workshop.write('config/notation/trustpolicy.json', JSON.stringify(policy));
}

/** The flags that name the same trust policy and store to Assay. */
export const SAME_TRUST = ['--trust-policy', 'config/notation/trustpolicy.json', '--trust-store', 'config/notation/truststore'];
