import { utf8Decode } from '../../../../bytes/index.ts';
import { AssayError, messageOf } from '../../../../errors.ts';
import { createTrustedRoot, type ServiceRequest } from '../../../../trust/create/index.ts';
import { parseTrustedRoot, type TrustMaterial } from '../../../../trust/index.ts';
import type { PolicyResources } from '../../../resources.ts';
import { publicKeyOfPem } from '../evidence/key.ts';
import type { LogInstance, SigstoreKeys, TrustRootSpec } from '../model.ts';
import { decoded } from './validate.ts';

/** What a checked TrustRoot trusts. Throws `trust-invalid`, or what keeps its repository from being read. */
export async function trustMaterialOf(spec: TrustRootSpec, resources: PolicyResources): Promise<TrustMaterial> {
  const { remote, repository, sigstoreKeys } = spec;
  if (sigstoreKeys !== undefined) return materialOfKeys(sigstoreKeys);
  const source = remote ?? repository;
  return resources.tufRoot({
    root: bytesOf(source?.root, 'root'),
    from: remote === undefined ? { archive: bytesOf(repository?.mirrorFS, 'mirrorFS') } : { mirror: remote.mirror ?? '' },
    targets: source?.targets || 'targets',
    target: source?.trustedRootTarget || 'trusted_root.json',
  });
}

async function materialOfKeys(keys: SigstoreKeys): Promise<TrustMaterial> {
  try {
    return parseTrustedRoot(await rootOfKeys(keys));
  } catch (cause) {
    throw new AssayError('trust-invalid', messageOf(cause), { cause });
  }
}

/** The keys and certificates of a TrustRoot as a trusted root, believed at all times: the resource states no window. */
async function rootOfKeys(keys: SigstoreKeys): Promise<string> {
  const files = new Map<string, string>();
  const services: ServiceRequest[] = [];
  const add = (kind: ServiceRequest['kind'], name: string, url: string, member: string, content: string | undefined): void => {
    files.set(name, utf8Decode(bytesOf(content, name), name));
    services.push({ kind, spec: `url=${url.trim().replaceAll(',', '%2C')},${member}=${name},start-time=1970-01-01T00:00:00Z` });
  };
  for (const [i, a] of (keys.certificateAuthorities ?? []).entries())
    add('fulcio', `certificateAuthorities[${i}]`, a.uri ?? '', 'certificate-chain', a.certChain);
  for (const [i, a] of (keys.timestampAuthorities ?? []).entries())
    add('tsa', `timestampAuthorities[${i}]`, a.uri ?? '', 'certificate-chain', a.certChain);
  for (const [i, l] of (keys.tLogs ?? []).entries()) {
    const name = checked(l, `tLogs[${i}]`);
    add('rekor', name, l.baseURL ?? '', 'public-key', l.publicKey);
    // A Rekor v2 log with another kind of key is known by its name and key together.
    const host = hostOf(l.baseURL ?? '');
    if (host !== '' && publicKeyOfPem(files.get(name) ?? '').type !== 'ecdsa')
      services.push({ kind: 'rekor', spec: `${services.at(-1)?.spec},origin=${host}` });
  }
  for (const [i, l] of (keys.ctLogs ?? []).entries()) add('ctfe', checked(l, `ctLogs[${i}]`), l.baseURL ?? '', 'public-key', l.publicKey);
  return createTrustedRoot(services, async (file) => files.get(file) ?? '');
}

function hostOf(url: string): string {
  return url
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/[/,].*$/, '');
}

// Merkle trees of logs are made with SHA-256 and nothing else.
function checked({ hashAlgorithm = '' }: LogInstance, name: string): string {
  if (!/^sha(?:2[-_])?-?256$/i.test(hashAlgorithm.trim()))
    throw new AssayError(
      'trust-invalid',
      `${name}: the hash algorithm of a log is sha-256, not ${JSON.stringify(hashAlgorithm.slice(0, 60))}`,
    );
  return name;
}

function bytesOf(text: string | undefined, name: string): Uint8Array {
  const bytes = decoded(text ?? '');
  if (bytes === undefined)
    throw new AssayError('trust-invalid', `${name} is not base64`, { hint: 'a PEM text has to be encoded in base64 once more' });
  return bytes;
}
