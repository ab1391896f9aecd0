/** What forgeries of Notary Project signatures are made of: authorities, trust policies, and evidence in both forms. */
import { COSE_ENVELOPE, JWS_ENVELOPE, OCI_MANIFEST } from '../../../src/oci/media-types.ts';
import {
  type Certificate,
  DAY,
  makeNotaryAuthority,
  makeTimestampAuthority,
  type NotaryAuthority,
  type NotaryBend,
  type NotaryEnvelopeOptions,
  type NotaryLeafOptions,
  notaryChain,
  notaryEnvelope,
  notaryPayload,
} from '../../../src/testing/index.ts';
import { parseCertificate } from '../../../src/trust/index.ts';
import type { NotationAuthority } from '../../../src/verify/request.ts';
import { type Ask, type Posed, type Table, table } from '../case.ts';
import { DIGEST, IMAGE, lab } from '../lab.ts';

/** When everything is asked. */
export const { now } = lab;
/** So many days before that. */
export const ago = (days: number): Date => new Date(now.getTime() - days * DAY);
/** Who is trusted, with and without an intermediate, and who is not: a stranger, and one with the same names. */
export const ours = makeNotaryAuthority({ name: 'acme', now });
export const deep = makeNotaryAuthority({ name: 'deep', now, intermediate: true });
export const theirs = makeNotaryAuthority({ name: 'evil', now });
export const twin = makeNotaryAuthority({ name: 'acme', now, keyKind: 'p521' });
/** The timestamp authority that is trusted, and another. */
export const tsa = makeTimestampAuthority({ name: 'notary tsa', now });
export const strangeTsa = makeTimestampAuthority({ name: 'strange tsa', now });
/** As trust stores have them. */
export const parsed = (certificates: readonly Certificate[]) => certificates.map((c) => parseCertificate(c.der));
const tsaRoot = parsed(tsa.chain.slice(-1));

/** Every check is enforced. */
export const STRICT = { authenticity: 'enforce', authenticTimestamp: 'enforce', expiry: 'enforce', revocation: 'enforce' } as const;
const ACME = new Map([
  ['C', 'US'],
  ['ST', 'WA'],
  ['O', 'acme'],
]);

/** A trust policy that trusts our root for our subject. */
export function policy(more: Partial<NotationAuthority> & { readonly roots?: readonly Certificate[] } = {}): NotationAuthority {
  const { roots = [ours.root], ...rest } = more;
  return {
    kind: 'notation',
    name: 'lab',
    stores: { ca: parsed(roots), signingAuthority: [], tsa: undefined },
    identities: [ACME],
    foreignIdentities: [],
    level: STRICT,
    verifyTimestamp: 'always',
    ...rest,
  };
}

/** Wants timestamps; trusts our root as a signing authority; asks about a file; what is signed. */
export const WITH_TSA = policy({ stores: { ca: parsed([ours.root]), signingAuthority: [], tsa: tsaRoot } });
export const BY_AUTHORITY = policy({ stores: { ca: [], signingAuthority: parsed([ours.root]), tsa: undefined } });
export const AS_FILE: Ask = { subject: IMAGE, file: true };
export const TARGET = { mediaType: OCI_MANIFEST, digest: DIGEST, size: IMAGE.length };

/** What is made differently. */
export interface Making extends Partial<Omit<NotaryEnvelopeOptions, 'form' | 'bend'>> {
  readonly by?: NotaryAuthority;
  readonly leaf?: NotaryLeafOptions;
  readonly chain?: readonly Certificate[];
  readonly payload?: Uint8Array;
  readonly bend?: NotaryBend;
}

type Form = 'jws' | 'cose';
const FORMS = ['jws', 'cose'] as const;

/** Evidence in one of the forms, honest unless told otherwise, and the question about it. */
export function poseNotation(form: Form, making: Making = {}, ask: Ask = {}): Posed {
  const { by = ours, leaf, payload = notaryPayload(TARGET), at = ago(1), ...options } = making;
  const chain = making.chain ?? notaryChain(by, leaf);
  const bytes = notaryEnvelope(chain, payload, { form, at, ...options });
  return {
    stored: { form: 'notation', bytes, mediaType: form === 'jws' ? JWS_ENVELOPE : COSE_ENVELOPE },
    ask: { notation: [policy()], ...(ask.file ? {} : { descriptor: TARGET }), ...ask },
  };
}

/** How evidence and question of a row are made. */
export type Make = () => readonly [making?: Making, ask?: Ask];

/** Honest evidence but for one bend of its envelope. */
export const bent =
  (bend: NotaryBend): Make =>
  () => [{ bend }];

/** The life of a certificate that is over, a timestamp of some days ago, and a signature in that life with one. */
export const GONE = { notBefore: ago(60), notAfter: ago(10) };
export const stamp = (days: number, by = tsa) => ({ tsa: by, at: ago(days) });
export const STAMPED = { leaf: GONE, at: ago(30), timestamp: stamp(30) } as const;

/** Evidence that verifies, for mutations: both forms, with a timestamp. */
export function verifiedNotation(form: 'jws' | 'cose'): readonly Posed[] {
  return [poseNotation(form, STAMPED, { notation: [WITH_TSA] }), poseNotation(form, { by: ours, ...STAMPED }, { notation: [WITH_TSA] })];
}

/** A table whose rows are made in both forms. */
export interface NotationTable extends Table {
  controls(says: string, make?: Make): void;
  forgeries(says: string, rule: Parameters<Table['forgery']>[1], expected: Parameters<Table['forgery']>[2], make: Make): void;
}

/** An empty one. */
export function notationTable(kind: string): NotationTable {
  const rows = table(kind);
  return {
    ...rows,
    controls(says, make = () => []) {
      for (const form of FORMS) rows.control(`${says} (${form})`, () => poseNotation(form, ...make()));
    },
    forgeries(says, rule, expected, make) {
      for (const form of FORMS) rows.forgery(`${says} (${form})`, rule, expected, () => poseNotation(form, ...make()));
    },
  };
}
