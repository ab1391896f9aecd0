import type { NotationAction, NotationLevel } from '../../../verify/index.ts';
import { type Faults, meant, type Path, quoted } from './faults.ts';
import { type Members, membersOf, textOf, wrongType } from './read.ts';

/** How strictly a statement verifies. */
export interface Level {
  /** As the statement names it. */
  readonly name: 'strict' | 'permissive' | 'audit' | 'skip';
  /** What is done about each check, after the overrides; of `skip` nothing is ever verified. */
  readonly actions: NotationLevel;
  readonly verifyTimestamp: 'always' | 'afterCertExpiry';
}

/** trust-store-trust-policy.md, "Signature Verification details". */
const LEVELS: ReadonlyMap<string, readonly [name: Level['name'], actions: NotationLevel]> = new Map([
  ['strict', ['strict', { authenticity: 'enforce', authenticTimestamp: 'enforce', expiry: 'enforce', revocation: 'enforce' }]],
  ['permissive', ['permissive', { authenticity: 'enforce', authenticTimestamp: 'log', expiry: 'log', revocation: 'log' }]],
  ['audit', ['audit', { authenticity: 'log', authenticTimestamp: 'log', expiry: 'log', revocation: 'log' }]],
  ['skip', ['skip', { authenticity: 'log', authenticTimestamp: 'log', expiry: 'log', revocation: 'skip' }]],
]);

const CHECKS = ['authenticity', 'authenticTimestamp', 'expiry', 'revocation'] as const;
const ACTIONS: readonly NotationAction[] = ['enforce', 'log', 'skip'];
const FIELDS = ['level', 'override', 'verifyTimestamp'];

/** Reads `signatureVerification` of a statement; `undefined` when it is wrong (which is noted). */
export function readLevel(statement: Members, path: Path, faults: Faults): Level | undefined {
  const at = [...path, 'signatureVerification'];
  const value = statement.get('signatureVerification');
  if (value === undefined) return faults.error(path, 'signatureVerification is missing', 'it says how to verify: {"level": "strict"}');
  const members = membersOf(value, at, FIELDS, faults);
  if (members === undefined) return undefined;
  const name = textOf(members, 'level', at, faults);
  const verifyTimestamp = readVerifyTimestamp(members, at, faults);
  if (name === undefined || name === '')
    return members.has('level') && name === undefined ? undefined : faults.error(at, 'level is missing', levels());
  const level = LEVELS.get(name);
  if (level === undefined)
    return faults.error([...at, 'level'], `${quoted(name)} is no verification level`, meant(name, [...LEVELS.keys()]));
  const overrides = readOverrides(members, at, faults);
  if (overrides === undefined || verifyTimestamp === undefined) return undefined;
  if (level[0] === 'skip' && overrides.size > 0)
    return faults.error([...at, 'override'], 'the level skip verifies nothing, so there is nothing to override', 'remove override');
  return { name: level[0], actions: { ...level[1], ...Object.fromEntries(overrides) }, verifyTimestamp };
}

function levels(): string {
  return `one of ${[...LEVELS.keys()].join(', ')}`;
}

function readVerifyTimestamp(members: Members, at: Path, faults: Faults): Level['verifyTimestamp'] | undefined {
  const value = textOf(members, 'verifyTimestamp', at, faults);
  if (value === undefined) return members.has('verifyTimestamp') ? undefined : 'always';
  if (value === '') return 'always';
  if (value === 'always' || value === 'afterCertExpiry') return value;
  return faults.error(
    [...at, 'verifyTimestamp'],
    `verifyTimestamp cannot be ${quoted(value)}`,
    meant(value, ['always', 'afterCertExpiry']),
  );
}

/** trust-store-trust-policy.md, "Custom Verification Level". */
function readOverrides(members: Members, at: Path, faults: Faults): ReadonlyMap<string, NotationAction> | undefined {
  const value = members.get('override');
  if (value === undefined) return new Map();
  const path = [...at, 'override'];
  if (typeof value !== 'object' || Array.isArray(value)) return wrongType('an object', value, path, faults);
  const overrides = new Map<string, NotationAction>();
  let clean = true;
  for (const [check, action] of Object.entries(value as object)) {
    const problem = overrideProblem(check, action);
    if (problem === undefined) overrides.set(check, action as NotationAction);
    else {
      faults.error([...path, check], ...problem);
      clean = false;
    }
  }
  return clean ? overrides : undefined;
}

function overrideProblem(check: string, action: unknown): readonly [message: string, hint: string] | undefined {
  if (check === 'integrity') return ['the check integrity cannot be overridden: every level enforces it', 'remove it'];
  if (!CHECKS.some((c) => c === check)) return [`there is no check ${quoted(check)}`, meant(check, CHECKS)];
  const allowed = check === 'revocation' ? ACTIONS : ACTIONS.filter((a) => a !== 'skip');
  if (typeof action === 'string' && allowed.some((a) => a === action)) return undefined;
  if (action === 'skip') return [`the check ${check} cannot be skipped, only revocation can`, 'log instead'];
  return [
    `${check} cannot be ${typeof action === 'string' ? quoted(action) : 'other than a text'}`,
    meant(typeof action === 'string' ? action : '', allowed),
  ];
}
