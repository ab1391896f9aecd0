import { type Check, type Verdict, worst } from '../../../verify/index.ts';
import type { ImageSubject, PolicyMode } from '../../policy.ts';
import type { CompiledAuthority } from './evidence/authority.ts';
import { fullName } from './glob.ts';

/** What a denial is made of. */
export interface DenialParts {
  readonly policy: string;
  readonly mode: PolicyMode;
  readonly authorities: readonly CompiledAuthority[];
  /** Of all authorities together. */
  readonly judged: Verdict;
  /** What the policy about the whole image said, when it was asked and not content. */
  readonly whole: string | undefined;
}

/** policy-controller's whole text: the policy, the image's place, the image as it was written, and what every authority found wrong. */
export function denialText({ policy, mode, authorities, judged, whole }: DenialParts, image: ImageSubject): string {
  const name = nameOf(image);
  const errors = authorities.flatMap((a, i) => {
    const part = judged.parts[i];
    return part === undefined || part.met ? [] : [authorityError(a, part, name)];
  });
  return frame(policy, mode, image, [...errors, ...(whole === undefined ? [] : [whole])]);
}

/** The frame of a denial around some errors. */
export function frame(policy: string, mode: PolicyMode, image: ImageSubject, errors: readonly string[]): string {
  const path = image.path === undefined ? '' : `: ${image.path}`;
  return `${mode === 'enforce' ? 'validation failed: ' : ''}failed policy: ${policy}${path}\n${[image.text, ...errors].join(' ')}`;
}

function nameOf(image: ImageSubject): string {
  try {
    return fullName(`${image.repository}@${image.digest}`);
  } catch {
    return image.text;
  }
}

function authorityError(authority: CompiledAuthority, verdict: Verdict, image: string): string {
  if (verdict.requirement.kind === 'static') return verdict.requirement.reason;
  const where = `${authority.kind} validation failed for authority ${authority.name} for ${image}`;
  if (authority.attestations.length === 0) return `signature ${where}: ${faultOf(verdict, 'signatures')}`;
  const unmet = verdict.parts.findIndex((p) => !p.met);
  const part = verdict.parts[unmet];
  if (part === undefined) return `no matching attestations for authority ${authority.name} for ${image}`;
  const refused = conditionError(part);
  if (refused !== undefined) return refused;
  // Something by this authority was verified, only not what was wanted.
  const types = new Set(verdict.parts.flatMap((p) => p.findings.filter(isVerified).map((f) => f.predicateType ?? '')));
  const wanted = authority.attestations[unmet]?.predicateType;
  if (types.size > 0 && part.findings.length === 0)
    return `no matching attestations with type ${wanted}, checked the following predicateTypes: ${JSON.stringify([...types].sort().join(','))}`;
  return `attestation ${where}: ${faultOf(part, 'attestations')}`;
}

function isVerified({ outcome, checks }: Verdict['findings'][number]): boolean {
  return outcome === 'verified' || (outcome === 'denied' && checks.some((c) => c.id === 'condition'));
}

/** What the attestation's own policy said, in its words. */
function conditionError({ findings, requirement }: Verdict): string | undefined {
  const names = requirement.kind === 'evidence' ? (requirement.conditions ?? []).map((c) => c.name) : [];
  const [check] = findings.flatMap((f) => f.checks.filter((c) => c.id === 'condition' && c.result !== 'pass'));
  if (check === undefined) return undefined;
  const prefix = names.map((n) => `${n}: `).find((p) => check.reason.startsWith(p)) ?? '';
  return check.reason.slice(prefix.length);
}

function faultOf({ findings }: Verdict, what: 'signatures' | 'attestations'): string {
  if (findings.length === 0) return what === 'signatures' ? 'no signatures found' : 'no matching attestations';
  const outcome = worst(findings.map((f) => f.outcome));
  const decisive = findings.find((f) => f.outcome === outcome);
  const check = decisive?.checks.find(isFault);
  return `no matching ${what}: ${check?.reason ?? outcome}`;
}

function isFault({ result, enforced }: Check): boolean {
  return result !== 'pass' && result !== 'skipped' && enforced !== false;
}
