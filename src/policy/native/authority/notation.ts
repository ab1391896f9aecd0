import { utf8 } from '../../../bytes/index.ts';
import type { Certificate } from '../../../trust/index.ts';
import { type StoreKind, storeCertificates } from '../../../trust/notation-store/index.ts';
import type { NotationAuthority, NotationLevel, SubjectRule } from '../../../verify/index.ts';
import { readName } from '../../dialect/notation/distinguished-name.ts';
import type { AuthorityFields, Sources } from '../fields/authority.ts';
import type { Path } from '../fields/mistakes.ts';
import type { Source } from '../fields/source.ts';
import { loadSource } from '../source.ts';
import type { AuthorityContext } from './authority.ts';

type Fields = NonNullable<AuthorityFields['notation']>;

/** trust-store-trust-policy.md, "Signature Verification details". */
const LEVELS: Readonly<Record<NonNullable<Fields['level']>, NotationLevel>> = {
  strict: { authenticity: 'enforce', authenticTimestamp: 'enforce', expiry: 'enforce', revocation: 'enforce' },
  permissive: { authenticity: 'enforce', authenticTimestamp: 'log', expiry: 'log', revocation: 'log' },
  unsafeAudit: { authenticity: 'log', authenticTimestamp: 'log', expiry: 'log', revocation: 'log' },
};

/** Whoever a Notation trust store and its subject rules stand for. */
export async function notationAuthority(
  fields: Fields,
  context: AuthorityContext,
): Promise<{ readonly authority: NotationAuthority } | undefined> {
  const { name, mistakes } = context;
  const path = [...context.path, 'notation'];
  const { certificateAuthorities, signingAuthorities, timestampAuthorities, level = 'strict', verifyTimestamp = 'always' } = fields;
  if (certificateAuthorities === undefined && signingAuthorities === undefined)
    mistakes.add(path, 'it names no trust anchor', 'certificateAuthorities (or signingAuthorities) with PEM certificates');
  const ca = await anchors(certificateAuthorities, 'ca', [...path, 'certificateAuthorities'], context);
  const signingAuthority = await anchors(signingAuthorities, 'signingAuthority', [...path, 'signingAuthorities'], context);
  const tsa = await anchors(timestampAuthorities, 'tsa', [...path, 'timestampAuthorities'], context);
  const identities = identitiesOf(fields, path, context);
  if (level === 'unsafeAudit') mistakes.warn([...path, 'level'], 'weakened', 'who signed is only logged, not enforced');
  if (!mistakes.clean(path) || identities === undefined) return undefined;
  return {
    authority: {
      kind: 'notation',
      name,
      stores: { ca: ca ?? [], signingAuthority: signingAuthority ?? [], tsa: timestampAuthorities === undefined ? undefined : tsa },
      identities,
      foreignIdentities: [],
      level: LEVELS[level],
      verifyTimestamp,
    },
  };
}

async function anchors(
  sources: Sources | undefined,
  kind: StoreKind,
  path: Path,
  { mistakes, resources }: AuthorityContext,
): Promise<readonly Certificate[] | undefined> {
  if (sources === undefined) return undefined;
  return mistakes.attempt(path, async () => {
    const list: readonly Source[] = Array.isArray(sources) ? (sources as readonly Source[]) : [sources as Source];
    const texts = await Promise.all(list.map((s) => loadSource(s, 'the certificates', resources)));
    return texts.flatMap(({ text, name }) => storeCertificates(utf8(text), kind, name));
  });
}

function identitiesOf(
  { trustedIdentities, unsafeAnyIdentity }: Fields,
  path: Path,
  { mistakes }: AuthorityContext,
): readonly SubjectRule[] | 'any' | undefined {
  if (unsafeAnyIdentity && trustedIdentities !== undefined) mistakes.add([...path, 'unsafeAnyIdentity'], 'contradicts trustedIdentities');
  if (unsafeAnyIdentity) mistakes.warn([...path, 'unsafeAnyIdentity'], 'weakened', 'every subject that the trust anchors certify may sign');
  if (unsafeAnyIdentity) return 'any';
  if (trustedIdentities === undefined) {
    mistakes.add(path, '"trustedIdentities" is missing', 'x509.subject: C=US, ST=WA, O=acme; unsafeAnyIdentity: true accepts every one');
    return undefined;
  }
  return trustedIdentities.flatMap((text, i) => {
    const read = readName(text.slice(text.indexOf(':') + 1));
    if ('rule' in read) return [read.rule];
    mistakes.add([...path, 'trustedIdentities', i], read.problem);
    return [];
  });
}
