import type { PolicyDocument } from '../../documents.ts';
import type { CompiledDocument, CompiledPolicy, ImageSubject } from '../../policy.ts';
import type { PolicyResources } from '../../resources.ts';
import { createFaults, type Faults, quoted } from './faults.ts';
import { textsOf } from './read.ts';
import { requirementOf } from './requirement.ts';
import { canonicalScope, readScopes, type Scopes } from './scopes.ts';
import { readStatements, type Statement } from './statement.ts';

/** What a command says about a trust policy. */
export interface NotationOptions {
  /** Pairs that the signed payload has to hold (notation's `--user-metadata`). */
  readonly annotations?: ReadonlyMap<string, string>;
  /** The repository that statements are chosen by, in place of the image's own (notation's `--scope`). */
  readonly scope?: string;
}

interface Scoped extends Statement {
  readonly scopes: Scopes;
}

/**
 * Compiles a trust policy for images, `trustpolicy.json` or `trustpolicy.oci.json` (trust-store-trust-policy.md, "OCI Trust Policy"): a policy for each
 * statement. A statement applies to the repositories of its scopes; the one with the scope `*` to those that no other names.
 */
export async function compileImageStatements(
  document: PolicyDocument,
  resources: Pick<PolicyResources, 'trustStore'>,
  options: NotationOptions = {},
): Promise<CompiledDocument> {
  const faults = createFaults(document);
  const statements = readStatements(document, 'registryScopes', faults).flatMap((s) => scoped(s, faults) ?? []);
  noteShared(statements, faults);
  const named = new Set(statements.flatMap((s) => (s.scopes === 'any' ? [] : [...s.scopes])));
  const policies = await Promise.all(
    statements.map(async (statement): Promise<CompiledPolicy> => {
      const { annotations } = options;
      const requirement = await requirementOf(statement, { trustStore: resources.trustStore, annotations, faults });
      const { scopes } = statement;
      const applies = (image: ImageSubject): boolean => {
        const repository = options.scope === undefined ? image.repository : canonicalScope(options.scope);
        return scopes === 'any' ? !named.has(repository) : scopes.has(repository);
      };
      return { name: statement.name, dialect: 'notation', mode: 'enforce', applies, requirement };
    }),
  );
  // Half a document is another document: the statement that was left out might have been the stricter one.
  return { policies: faults.errors.length > 0 ? [] : policies, errors: faults.errors, warnings: faults.warnings };
}

function scoped(statement: Statement, faults: Faults): Scoped | undefined {
  const path = [...statement.path, 'registryScopes'];
  const texts = textsOf(statement.members, 'registryScopes', statement.path, faults);
  const scopes = texts === undefined ? undefined : readScopes(texts, texts.length === 0 ? statement.path : path, faults);
  if (scopes === 'any' && statement.level.name === 'skip')
    return faults.error(
      [...statement.path, 'signatureVerification', 'level'],
      'the level skip cannot stand for every repository: with the scope "*" nothing would ever be verified',
      'name the repositories whose signatures are not to be looked at, or choose the level audit',
    );
  return scopes === undefined ? undefined : { ...statement, scopes };
}

/** One scope stands in one statement only, so that there is no doubt which one applies. */
function noteShared(statements: readonly Scoped[], faults: Faults): void {
  const owners = new Map<string, Scoped>();
  for (const statement of statements) {
    for (const scope of statement.scopes === 'any' ? ['*'] : statement.scopes) {
      const owner = owners.get(scope);
      if (owner === undefined) owners.set(scope, statement);
      else
        faults.error(
          [...statement.path, 'registryScopes'],
          `the scope ${quoted(scope)} stands in the statements ${quoted(owner.name)} and ${quoted(statement.name)}`,
          'leave it in one of them',
        );
    }
  }
}
