import type { TrustMaterial } from '../../../trust/index.ts';
import type { Authority, Condition, Demands } from '../../../verify/index.ts';
import type { PolicyResources } from '../../resources.ts';
import type { AuthorityFields } from '../fields/authority.ts';
import type { Mistakes, Path } from '../fields/mistakes.ts';
import { certificateAuthority } from './certificate.ts';
import { demandsOf } from './demands.ts';
import { keyAuthority } from './key.ts';
import { keylessAuthority } from './keyless.ts';
import { notationAuthority } from './notation.ts';
import { trustOf } from './trust.ts';

/** Somebody who may sign. */
export type NamedAuthority = KnownAuthority | UnknownAuthority;

/** Somebody whose key nobody could be asked for: nothing can be theirs, and what is asked of them is inconclusive. */
export interface UnknownAuthority {
  /** As the policy calls it. */
  readonly name: string;
  /** Why the key is not known. */
  readonly unknown: string;
}

/** Somebody who may sign, with what is believed and asked of the evidence. */
export interface KnownAuthority {
  /** As the policy calls it. */
  readonly name: string;
  readonly authority: Authority;
  readonly trust: TrustMaterial;
  readonly demands: Demands;
  /** What holds of this authority's evidence besides. */
  readonly conditions: readonly Condition[];
}

/** What compiling an authority is given. */
export interface AuthorityContext {
  readonly name: string;
  readonly path: Path;
  readonly mistakes: Mistakes;
  readonly resources: PolicyResources;
}

/** The authority that the fields mean; `undefined` when something was wrong, which is then noted. */
export async function compileAuthority(fields: AuthorityFields, context: AuthorityContext): Promise<NamedAuthority | undefined> {
  const { mistakes, path, name } = context;
  const demands = demandsOf(fields, context);
  const made = await mistakes.attempt(path, () => authorityOf(fields, context));
  const trust = await mistakes.attempt(path, () => trustOf(fields, demands, context));
  if (made === undefined || trust === undefined || !mistakes.clean(path)) return undefined;
  if ('unknown' in made) return { name, unknown: made.unknown };
  return { name, demands, trust, authority: made.authority, conditions: made.conditions ?? [] };
}

function authorityOf(
  fields: AuthorityFields,
  context: AuthorityContext,
): Promise<{ readonly authority: Authority; readonly conditions?: readonly Condition[] } | { readonly unknown: string } | undefined> {
  if (fields.key !== undefined) return keyAuthority(fields.key, context);
  if (fields.certificate !== undefined) return certificateAuthority(fields.certificate, context);
  if (fields.keyless !== undefined) return keylessAuthority(fields.keyless, context);
  if (fields.notation !== undefined) return notationAuthority(fields.notation, context);
  return Promise.resolve(undefined);
}
