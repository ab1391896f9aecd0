/** A certificate authority and a timestamp authority, made by openssl. */
import { type LabKeyKind, makePlainKey } from './keys.ts';
import type { Workshop } from './workshop.ts';

/** Who the leaves are for. */
export const SUBJECT = 'dev@acme.example';
/** Who is said to have authenticated them. */
export const ISSUER = 'https://issuer.acme.example';

const SECTIONS = `
[req]
distinguished_name = dn
prompt = no
[dn]
CN = unused
[ca]
default_ca = def
[def]
database = $ENV::D/index.txt
serial = $ENV::D/serial
new_certs_dir = $ENV::D
default_md = sha256
policy = pol
copy_extensions = none
unique_subject = no
[pol]
commonName = supplied
[root]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical,CA:true,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[leaf]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = codeSigning
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = email:${SUBJECT}
1.3.6.1.4.1.57264.1.1 = DER:${Buffer.from(ISSUER).toString('hex')}
1.3.6.1.4.1.57264.1.8 = ASN1:UTF8String:${ISSUER}
[tsa]
basicConstraints = critical,CA:false
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[stamp]
serial = $ENV::D/tsaserial
signer_cert = $ENV::D/tsa.pem
signer_key = $ENV::D/tsa.key
certs = $ENV::D/root.pem
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256,sha384,sha512
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
crypto_device = builtin
`;

/** What `makeAuthority` wrote: names of files in the workshop. */
export interface LabAuthority {
  readonly root: string;
  readonly intermediate: string;
  /** Intermediate and root: cosign's `--certificate-chain`. */
  readonly chain: string;
  /** Issues a leaf for a key that openssl made. */
  readonly issue: (plainKey: string, file: string, options?: { readonly by?: 'root' | 'intermediate' }) => Promise<string>;
  /** Of a timestamp authority under the same root: leaf and root. */
  readonly tsaChain: string;
  /** Answers an RFC 3161 query. */
  readonly stamp: (query: Buffer) => Promise<Buffer>;
}

/** Makes a root, an intermediate and a timestamp authority in the folder `name` of the workshop, valid since a year ago. */
export async function makeAuthority(workshop: Workshop, name: string, kind: LabKeyKind = 'p256'): Promise<LabAuthority> {
  const at = (file: string): string => `${name}/${file}`;
  const env = { D: workshop.path(name) };
  workshop.folderOf(name);
  const config = at('ca.cnf');
  workshop.write(config, SECTIONS);
  workshop.write(at('index.txt'), '');
  workshop.write(at('serial'), '1000\n');
  workshop.write(at('tsaserial'), '01\n');
  const certify = async (key: string, section: string, common: string, file: string, by: string | undefined): Promise<string> => {
    await workshop.openssl(['req', '-new', '-key', key, '-config', config, '-subj', `/CN=${common}`, '-out', `${file}.csr`], env);
    const signer = by === undefined ? ['-selfsign', '-keyfile', key] : ['-cert', at(`${by}.pem`), '-keyfile', at(`${by}.key`)];
    const dates = ['-startdate', '20250101000000Z', '-enddate', '20400101000000Z'];
    await workshop.openssl(
      ['ca', '-batch', '-notext', ...dates, '-config', config, '-extensions', section, ...signer, '-in', `${file}.csr`, '-out', file],
      env,
    );
    return file;
  };
  await Promise.all([
    makePlainKey(workshop, kind, at('root.key')),
    makePlainKey(workshop, kind, at('intermediate.key')),
    makePlainKey(workshop, 'p256', at('tsa.key')),
  ]);
  await certify(at('root.key'), 'root', `${name} root`, at('root.pem'), undefined);
  await certify(at('intermediate.key'), 'intermediate', `${name} intermediate`, at('intermediate.pem'), 'root');
  await certify(at('tsa.key'), 'tsa', `${name} tsa`, at('tsa.pem'), 'root');
  workshop.write(at('chain.pem'), Buffer.concat([workshop.read(at('intermediate.pem')), workshop.read(at('root.pem'))]));
  workshop.write(at('tsa-chain.pem'), Buffer.concat([workshop.read(at('tsa.pem')), workshop.read(at('root.pem'))]));
  let queries = 0;
  return {
    root: at('root.pem'),
    intermediate: at('intermediate.pem'),
    chain: at('chain.pem'),
    tsaChain: at('tsa-chain.pem'),
    issue: (plainKey, file, { by = 'intermediate' } = {}) => certify(plainKey, 'leaf', 'dev', file, by),
    async stamp(query) {
      const n = queries++;
      workshop.write(at(`${n}.tsq`), query);
      // The file with the serial number is rewritten by every answer.
      await workshop.openssl(
        ['ts', '-reply', '-config', config, '-section', 'stamp', '-queryfile', at(`${n}.tsq`), '-out', at(`${n}.tsr`)],
        env,
      );
      return workshop.read(at(`${n}.tsr`));
    },
  };
}
