import { messageOf } from '../../../errors.ts';
import { LIMITS } from '../../../limits.ts';
import { noTrust, type OpenPgpKey } from '../../../trust/index.ts';
import { readKeyring } from '../../../trust/openpgp/index.ts';
import type { EvidenceLeaf } from '../../../verify/index.ts';
import type { PolicyResources } from '../../resources.ts';
import { readMaterial } from './key-sources.ts';
import type { Members, Mistakes, Path } from './mistakes.ts';

/** The fields of `signedBy`. */
export const SIGNED_BY_FIELDS = ['type', 'keyType', 'keyPath', 'keyPaths', 'keyData', 'signedIdentity'] as const;

/** The leaf of a `signedBy`, without its condition (containers-policy.json.5, "signedBy"). Mistakes are collected. */
export async function readSignedBy(
  members: Members,
  path: Path,
  mistakes: Mistakes,
  resources: PolicyResources,
): Promise<EvidenceLeaf | undefined> {
  const { keyType } = members;
  if (keyType === undefined) mistakes.add(path, 'keyType is missing', 'GPGKeys');
  else if (keyType !== 'GPGKeys')
    mistakes.add([...path, 'keyType'], `the keyType ${JSON.stringify(keyType)?.slice(0, 60)} is not supported`, 'GPGKeys');
  const count = mistakes.errors.length;
  const material = await readMaterial(members, { path: 'keyPath', paths: 'keyPaths', data: 'keyData' }, { path, mistakes, resources });
  if (material === undefined)
    return mistakes.errors.length > count ? undefined : mistakes.add(path, 'the keys are missing', 'one of keyPath, keyPaths, keyData');
  const keys: OpenPgpKey[] = [];
  for (const m of material) {
    try {
      const ring = readKeyring(m.bytes);
      keys.push(...ring.keys);
      for (const reason of ring.unusable) mistakes.warn(m.path, 'key-unusable', reason);
      for (const key of ring.keys) for (const reason of cannotSign(key, resources.now)) mistakes.warn(m.path, 'key-unusable', reason);
      if (ring.keys.length === 0) mistakes.add(m.path, `${m.name} holds no OpenPGP key that can be used`, ring.unusable[0]);
    } catch (cause) {
      mistakes.add(m.path, `${m.name} is no OpenPGP keyring: ${messageOf(cause)}`, 'gpg --export --armor KEY writes one', cause);
    }
  }
  if (keys.length > LIMITS.keyringKeys) return mistakes.add(path, `${keys.length} OpenPGP keys (at most ${LIMITS.keyringKeys})`);
  if (keys.length === 0) return undefined;
  return {
    kind: 'evidence',
    wanted: { kind: 'signature' },
    authorities: [{ kind: 'openpgp', name: `the OpenPGP ${nameOf(keys)}`, keys }],
    threshold: 1,
    demands: {},
    trust: noTrust(),
    formats: ['simple-signing'],
  };
}

function nameOf(keys: readonly OpenPgpKey[]): string {
  const shown = keys.slice(0, 3).map((k) => k.fingerprint);
  return `key ${shown.join(' or ')}${keys.length > 3 ? ` or ${keys.length - 3} more` : ''}`;
}

// A key of whose parts none can sign any more makes the requirement one that nobody can meet, which is worth a word.
function cannotSign(key: OpenPgpKey, now: number): readonly string[] {
  const reasons = key.signers.map(
    (s) => s.faults[0]?.reason ?? (s.expires !== undefined && s.expires <= now ? `the key ${s.fingerprint} has expired` : undefined),
  );
  return reasons.includes(undefined) ? [] : reasons.slice(0, 1).filter((r) => r !== undefined);
}
