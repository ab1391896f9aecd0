import { AssayError } from '../../../errors.ts';
import type { Requirement } from '../../../verify/index.ts';
import type { PolicyDocument } from '../../documents.ts';
import type { PolicyRemark } from '../../policy.ts';
import type { PolicyResources } from '../../resources.ts';
import { createFaults, type Faults, quoted } from './faults.ts';
import type { NotationOptions } from './images.ts';
import { booleanOf } from './read.ts';
import { requirementOf } from './requirement.ts';
import { readStatements } from './statement.ts';

/** A statement about files. */
export interface BlobStatement {
  readonly name: string;
  /** Whether it counts where none is chosen by name. */
  readonly global: boolean;
  readonly requirement: Requirement;
}

/** What a trust policy for files comes to. */
export interface CompiledBlobStatements {
  readonly statements: readonly BlobStatement[];
  readonly errors: readonly AssayError[];
  readonly warnings: readonly PolicyRemark[];
}

/** Compiles a trust policy for files, `trustpolicy.blob.json` (trust-store-trust-policy.md, "Blob Trust Policy"). */
export async function compileBlobStatements(
  document: PolicyDocument,
  resources: Pick<PolicyResources, 'trustStore'>,
  options: Pick<NotationOptions, 'annotations'> = {},
): Promise<CompiledBlobStatements> {
  const faults = createFaults(document);
  let owner: string | undefined;
  const statements: BlobStatement[] = [];
  for (const statement of readStatements(document, 'globalPolicy', faults)) {
    const global = booleanOf(statement.members, 'globalPolicy', statement.path, faults) ?? false;
    if (global) {
      if (owner !== undefined) noteSecond(owner, statement.name, statement.path, faults);
      owner ??= statement.name;
      if (statement.level.name === 'skip')
        faults.error(
          [...statement.path, 'signatureVerification', 'level'],
          'the global statement cannot have the level skip: nothing would ever be verified',
          'choose another level, or remove globalPolicy',
        );
    }
    const { annotations } = options;
    const requirement = await requirementOf(statement, { trustStore: resources.trustStore, annotations, faults });
    statements.push({ name: statement.name, global, requirement });
  }
  return { statements: faults.errors.length > 0 ? [] : statements, errors: faults.errors, warnings: faults.warnings };
}

function noteSecond(owner: string, name: string, path: readonly (string | number)[], faults: Faults): void {
  faults.error([...path, 'globalPolicy'], `${quoted(owner)} and ${quoted(name)} are both the global statement`, 'there can be only one');
}

/**
 * The statement that is chosen: the one with a name, or without a name the global one. Throws `policy-invalid` when there is none: a file that no
 * statement is about is not verified by any.
 */
export function chooseBlobStatement(statements: readonly BlobStatement[], name: string | undefined): BlobStatement {
  const chosen = statements.find((s) => (name === undefined ? s.global : s.name === name));
  if (chosen !== undefined) return chosen;
  const names = statements.map((s) => s.name).join(', ');
  throw new AssayError(
    'policy-invalid',
    name === undefined ? 'the trust policy has no global statement' : `the trust policy has no statement ${quoted(name)}`,
    { hint: `--policy-name NAME chooses one of: ${names}` },
  );
}
