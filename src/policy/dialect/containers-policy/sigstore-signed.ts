import { utf8Decode } from '../../../bytes/index.ts';
import { publicKeyFromPem } from '../../../crypto/index.ts';
import { messageOf } from '../../../errors.ts';
import { ALWAYS, type Certificate, certificatesFromPem, noTrust, type TransparencyLog, type TrustMaterial } from '../../../trust/index.ts';
import type { Authority, Condition, Demands, EvidenceLeaf } from '../../../verify/index.ts';
import { exactly, UNSAFE_ANY } from '../../../verify/index.ts';
import type { PolicyResources } from '../../resources.ts';
import { nameCondition, namesHost } from './conditions.ts';
import { type Material, readMaterial } from './key-sources.ts';
import type { Members, Mistakes, Path } from './mistakes.ts';

const KEYS = { path: 'keyPath', paths: 'keyPaths', data: 'keyData', datas: 'keyDatas' } as const;
const REKOR = {
  path: 'rekorPublicKeyPath',
  paths: 'rekorPublicKeyPaths',
  data: 'rekorPublicKeyData',
  datas: 'rekorPublicKeyDatas',
} as const;

/** The fields of `sigstoreSigned`. */
export const SIGSTORE_SIGNED_FIELDS = ['type', ...Object.values(KEYS), 'fulcio', 'pki', ...Object.values(REKOR), 'signedIdentity'] as const;

/** What is read from, and where mistakes go. */
interface At {
  readonly path: Path;
  readonly mistakes: Mistakes;
  readonly resources: PolicyResources;
}

/** Who may sign, and what has to be believed for it. */
interface Signers {
  readonly authorities: readonly Authority[];
  readonly trust: Partial<TrustMaterial>;
  readonly demands: Demands;
  readonly conditions: readonly Condition[];
}

/** The leaf of a `sigstoreSigned`, without the condition on its identity (containers-policy.json.5, "sigstoreSigned"). Mistakes are collected. */
export async function readSigstoreSigned(members: Members, at: At): Promise<EvidenceLeaf | undefined> {
  const { path, mistakes } = at;
  const count = mistakes.errors.length;
  const ways = [...Object.values(KEYS), 'fulcio', 'pki'];
  const given = ways.filter((w) => members[w] !== undefined);
  if (given.length !== 1) {
    const why = given.length === 0 ? 'who signs is missing' : `${given.join(' and ')} exclude each other`;
    mistakes.add(given[1] === undefined ? path : [...path, given[1]], why, `exactly one of ${ways.join(', ')}`);
  }
  const logs = await readLogs(members, at);
  const hasLog = Object.values(REKOR).some((f) => members[f] !== undefined);
  if (members.fulcio !== undefined && !hasLog)
    mistakes.add(path, 'fulcio needs the public key of a Rekor log', `one of ${Object.values(REKOR).join(', ')}`);
  if (members.pki !== undefined && hasLog) mistakes.add(path, 'pki and the public key of a Rekor log exclude each other');
  const signers = await readSigners(members, given[0], at);
  if (signers === undefined || mistakes.errors.length > count) return undefined;
  return {
    kind: 'evidence',
    wanted: { kind: 'signature' },
    authorities: signers.authorities,
    threshold: 1,
    // containers/image asks for a log only where the policy names one, and never for a promise of a CT log.
    demands: { ...signers.demands, ...(logs === undefined ? { unsafeSkipTransparencyLog: true } : { logThreshold: 1 }) },
    trust: { ...noTrust(), ...signers.trust, logs: logs ?? [] },
    // The only form that containers/image reads; what is signed in others names no image.
    formats: ['cosign-tag'],
    conditions: signers.conditions,
  };
}

async function readSigners(members: Members, way: string | undefined, at: At): Promise<Signers | undefined> {
  if (way === 'fulcio') return readFulcio(members.fulcio, { ...at, path: [...at.path, 'fulcio'] });
  if (way === 'pki') return readPki(members.pki, { ...at, path: [...at.path, 'pki'] });
  const material = (await readMaterial(members, KEYS, at)) ?? [];
  const authorities = material.flatMap((m): Authority[] => {
    const key = read(m, at.mistakes, 'public key', publicKeyFromPem);
    return key === undefined ? [] : [{ kind: 'key', name: m.name, key }];
  });
  return authorities.length === 0 ? undefined : { authorities, trust: {}, demands: {}, conditions: [] };
}

async function readLogs(members: Members, at: At): Promise<readonly TransparencyLog[] | undefined> {
  const material = await readMaterial(members, REKOR, at);
  return material?.flatMap((m) => {
    const key = read(m, at.mistakes, 'public key of a Rekor log', publicKeyFromPem);
    if (key === undefined) return [];
    if (key.type !== 'ecdsa') return at.mistakes.add(m.path, `${m.name}: the key of a Rekor log is an ECDSA key`) ?? [];
    const logId = Buffer.from(key.keyId.slice('sha256:'.length), 'hex');
    return [{ baseUrl: m.name, host: m.name, key, logId, checkpointKeyId: undefined, validFor: ALWAYS }];
  });
}

async function readFulcio(value: unknown, at: At): Promise<Signers | undefined> {
  const { path, mistakes } = at;
  const members = mistakes.members(value, path, ['caPath', 'caData', 'oidcIssuer', 'subjectEmail']);
  if (members === undefined) return undefined;
  const roots = await readCertificates(members, { path: 'caPath', data: 'caData' }, at);
  const issuer = mistakes.text(members.oidcIssuer, [...path, 'oidcIssuer']);
  const email = mistakes.text(members.subjectEmail, [...path, 'subjectEmail']);
  if (roots === undefined || issuer === undefined || email === undefined) return undefined;
  return {
    authorities: [{ kind: 'identity', name: `${email} by ${issuer}`, issuer: exactly(issuer), subject: exactly(email), claims: new Map() }],
    trust: { certificateAuthorities: roots.map((root) => ({ uri: 'fulcio', chain: [root], validFor: ALWAYS, openIntermediates: true })) },
    demands: { unsafeSkipSct: true },
    conditions: [nameCondition({ email, hostname: undefined })],
  };
}

async function readPki(value: unknown, at: At): Promise<Signers | undefined> {
  const { path, mistakes } = at;
  const names = ['caRootsPath', 'caRootsData', 'caIntermediatesPath', 'caIntermediatesData', 'subjectHostname', 'subjectEmail'];
  const members = mistakes.members(value, path, names);
  if (members === undefined) return undefined;
  const roots = await readCertificates(members, { path: 'caRootsPath', data: 'caRootsData' }, at);
  const optional = { path: 'caIntermediatesPath', data: 'caIntermediatesData' };
  const named = Object.values(optional).some((f) => members[f] !== undefined);
  const between = named ? await readCertificates(members, optional, at) : [];
  const text = (name: string): string | undefined =>
    members[name] === undefined ? undefined : mistakes.text(members[name], [...path, name]);
  const [email, hostname] = [text('subjectEmail'), text('subjectHostname')];
  if (members.subjectEmail === undefined && members.subjectHostname === undefined)
    mistakes.add(path, 'whose certificate it is is missing', 'subjectEmail, subjectHostname or both');
  const wanted = [email, hostname].filter((n) => n !== undefined).join(' and ');
  if (roots === undefined || between === undefined || wanted === '') return undefined;
  const test = (name: string) => (name === email || (hostname !== undefined && namesHost(name, hostname)) ? 'yes' : 'no');
  return {
    authorities: [
      {
        kind: 'identity',
        name: `a certificate of ${wanted}`,
        issuer: UNSAFE_ANY,
        subject: { kind: 'exact', wanted, test },
        claims: new Map(),
      },
    ],
    trust: {
      certificateAuthorities: roots.map((root) => ({
        uri: 'pki',
        chain: [...between, root],
        validFor: ALWAYS,
        openIntermediates: true,
      })),
    },
    demands: { unsafeSkipSct: true },
    conditions: [nameCondition({ email, hostname })],
  };
}

async function readCertificates(
  members: Members,
  fields: { path: string; data: string },
  at: At,
): Promise<readonly Certificate[] | undefined> {
  const count = at.mistakes.errors.length;
  const material = await readMaterial(members, fields, at);
  if (material === undefined)
    return at.mistakes.errors.length > count ? undefined : at.mistakes.add(at.path, `one of ${fields.path}, ${fields.data} is missing`);
  const found = material.flatMap((m) => read(m, at.mistakes, 'certificates', (text) => certificatesFromPem(text, m.name)) ?? []);
  return found.length === 0 ? undefined : found;
}

function read<T>(material: Material, mistakes: Mistakes, what: string, reader: (text: string) => T): T | undefined {
  try {
    return reader(utf8Decode(material.bytes, material.name));
  } catch (cause) {
    return mistakes.add(material.path, `${material.name} is no ${what} in PEM: ${messageOf(cause)}`, undefined, cause);
  }
}
