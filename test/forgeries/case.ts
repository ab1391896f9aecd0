/** What a forgery is: one piece of evidence, one question about it, and the answer that is right. */

import type { RuleId } from '../../src/rules.ts';
import type { BundleJson, LayerFile, SigningKey, TrustedRootJson } from '../../src/testing/index.ts';
import type { Outcome } from '../../src/verify/report.ts';
import type { Facts, NotationAuthority } from '../../src/verify/request.ts';
import type { RevocationList } from '../../src/verify/revoked.ts';
import type { SubjectVerdict } from '../../src/verify/subject.ts';

/** Evidence in a form of storage. */
export type Stored =
  | { readonly form: 'bundle'; readonly bytes: Uint8Array }
  | { readonly form: 'layer'; readonly layer: LayerFile }
  | { readonly form: 'blob'; readonly bytes: Uint8Array }
  | { readonly form: 'notation'; readonly bytes: Uint8Array; readonly mediaType: string }
  | { readonly form: 'openpgp'; readonly bytes: Uint8Array };

/** An identity that is asked for: exact texts, or regular expressions. */
export interface AskedIdentity {
  readonly subject?: string | RegExp;
  readonly issuer?: string | RegExp;
  /** A regular expression as cosign's flags take it, instead of one of our own. */
  readonly dialect?: 'native' | 'cosign';
}

/** The question. What is left out: our subject, our workflow's identity, a signature, the lab's trusted root. */
export interface Ask {
  readonly subject?: Uint8Array | string;
  readonly want?: 'signature' | { readonly predicateType: string };
  readonly keys?: readonly SigningKey[];
  readonly identities?: readonly AskedIdentity[];
  readonly trust?: TrustedRootJson;
  readonly annotations?: ReadonlyMap<string, string>;
  readonly claims?: ReadonlyMap<string, string>;
  /** Logs, timestamps and SCTs that are required; 0 for none. */
  readonly logs?: number;
  readonly timestamps?: number;
  readonly scts?: number;
  /** What the policy has revoked. */
  readonly revoked?: Partial<RevocationList>;
  /** Distinct authorities that have to have signed. */
  readonly threshold?: number;
  /** Notation's trust policies, in place of keys and identities. */
  readonly notation?: readonly NotationAuthority[];
  /** OpenPGP keyrings, each of a holder of its own. */
  readonly openpgp?: readonly Uint8Array[];
  /** The media type and size of the subject's descriptor. */
  readonly descriptor?: { readonly mediaType: string; readonly size: number };
  /** The subject is a file, all of whose digests are known. */
  readonly file?: boolean;
  readonly facts?: Facts;
}

/** Evidence and question. */
export interface Posed {
  readonly stored: Stored;
  /** Further pieces beside the first. */
  readonly more?: readonly Stored[];
  readonly ask: Ask;
  /** Asks in a way of its own, where one piece of evidence is not the whole question. */
  readonly run?: () => Promise<SubjectVerdict>;
}

/** One row of the table. */
export interface Case {
  /** A sentence. */
  readonly says: string;
  /** The file it stands in. */
  readonly kind: string;
  /** The rule that refuses it; `decode` when it is not even read; `undefined` for a control, which verifies. */
  readonly rule: RuleId | 'decode' | undefined;
  readonly expected: Outcome;
  make(): Posed;
}

/** The rows of one kind. */
export interface Table {
  readonly cases: readonly Case[];
  /** A row that verifies: the forgeries beside it differ from it in one thing. */
  control(says: string, make: () => Posed): void;
  forgery(says: string, rule: RuleId | 'decode', expected: Outcome, make: () => Posed): void;
}

/** An empty table. */
export function table(kind: string): Table {
  const cases: Case[] = [];
  return {
    cases,
    control: (says, make) => cases.push({ says, kind, rule: undefined, expected: 'verified', make }),
    forgery: (says, rule, expected, make) => cases.push({ says, kind, rule, expected, make }),
  };
}

/** A change of a bundle before it is written. */
export type Edit = (bundle: BundleJson) => void;
