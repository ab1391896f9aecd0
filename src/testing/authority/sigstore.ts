/** A whole private Sigstore in memory: certificate authority, CT log, transparency logs of both kinds, timestamp authority. */
import { type CertificateAuthority, issueLeaf, type LeafOptions, makeAuthority } from './authority.ts';
import type { Certificate } from './certificate.ts';
import type { CtLog } from './ct.ts';
import { type KeyKind, newKey, type SigningKey } from './keys.ts';
import { makeLog, type TransparencyLog } from './log.ts';
import { makeTimestampAuthority, type TimestampAuthority } from './timestamp.ts';
import { type TrustedRootJson, type TrustedRootParts, trustedRoot } from './trusted-root.ts';

/** What a virtual Sigstore is made of. */
export interface VirtualSigstoreOptions {
  readonly name?: string;
  /** The time around which everything is valid; leaves are issued two days before. Default 2026-03-01T12:00:00Z. */
  readonly now?: Date;
  readonly authorityKeys?: KeyKind;
  readonly ctKey?: KeyKind;
  readonly rekorKey?: KeyKind;
  readonly rekor2Key?: KeyKind;
  readonly timestampKey?: KeyKind;
  /** Foreign leaves in the logs' trees from the start. */
  readonly leaves?: number;
}

/** The fakes of one operator. */
export interface VirtualSigstore {
  readonly name: string;
  readonly now: Date;
  readonly ca: CertificateAuthority;
  readonly ct: CtLog;
  readonly rekor: TransparencyLog;
  readonly rekor2: TransparencyLog;
  readonly tsa: TimestampAuthority;
  /** Keys of the two witnesses of `rekor2`. */
  readonly witnesses: readonly SigningKey[];
  /** A leaf of the authority with a promise of the CT log. */
  issue(options?: LeafOptions): Certificate;
  /** What trusts all of this, and nothing else; parts replace what is named. */
  trustedRoot(parts?: TrustedRootParts): TrustedRootJson;
}

/** Makes a virtual Sigstore. Two of them are strangers to each other. */
export function createVirtualSigstore(options: VirtualSigstoreOptions = {}): VirtualSigstore {
  const { name = 'virtual', now = new Date('2026-03-01T12:00:00Z') } = options;
  const ca = makeAuthority({ name, now, keyKind: options.authorityKeys ?? 'p384' });
  const ct: CtLog = { key: newKey(options.ctKey ?? 'p256') };
  const leaves = options.leaves ?? 6;
  const witnesses = [newKey('ed25519'), newKey('ed25519')];
  const rekor = makeLog({ version: 1, key: newKey(options.rekorKey ?? 'p256'), host: `rekor.${name}.test`, leaves });
  const rekor2 = makeLog({
    version: 2,
    key: newKey(options.rekor2Key ?? 'ed25519'),
    host: `log2026-1.${name}.test`,
    leaves,
    witnesses: witnesses.map((key, i) => ({ name: `witness${i}.${name}.test`, key, as: 'witness', at: Math.floor(now.getTime() / 1000) })),
  });
  const tsa = makeTimestampAuthority({
    name: `${name} tsa`,
    now,
    uri: `https://tsa.${name}.test`,
    keyKind: options.timestampKey ?? 'p256',
  });
  return {
    name,
    now,
    ca,
    ct,
    rekor,
    rekor2,
    tsa,
    witnesses,
    issue: (leaf) => issueLeaf(ca, ct, now, leaf),
    trustedRoot: (parts = {}) =>
      trustedRoot({
        authorities: [{ of: ca }],
        ctLogs: [{ of: ct }],
        logs: [{ of: rekor }, { of: rekor2 }],
        timestampAuthorities: [{ of: tsa }],
        ...parts,
      }),
  };
}
