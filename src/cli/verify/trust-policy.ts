import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AssayError } from '../../errors.ts';
import { compileNotationPolicy, parseTrustPolicy } from '../../policy/dialect/notation/index.ts';
import type { CompiledPolicy, ImageSubject, PolicyRemark, PolicySet } from '../../policy/index.ts';
import type { Requirement } from '../../verify/index.ts';
import type { Call } from '../command.ts';
import { metadataOf } from './demands.ts';
import { readInput } from './files.ts';
import { notationFolders } from './notation-folders.ts';
import { positionText } from './policies.ts';
import { trustStoreOf } from './trust-store.ts';

export { notationFacts } from './notation-facts.ts';

/**
 * The trust policy of `--trust-policy FILE`, else Notation's own, with the trust store of `--trust-store DIR`, else Notation's own. An image that no
 * statement applies to is denied (trust-store-trust-policy.md, "Selecting a trust policy"). Throws `policy-invalid`, `file-unreadable`, `usage-invalid`.
 */
export async function trustPolicySet(call: Call): Promise<PolicySet> {
  const { options } = call;
  const file = trustPolicyFile(call, ['trustpolicy.oci.json', 'trustpolicy.json']);
  const document = parseTrustPolicy((await readInput(file, 'trust policy', call.io)).toString('utf8'), file);
  const scope = options.has('scope') ? options.text('scope') : undefined;
  const annotations = metadataOf(call);
  const { policies, errors, warnings } = await compileNotationPolicy(
    document,
    { trustStore: trustStoreOf(call) },
    { annotations, ...(scope === undefined ? {} : { scope }) },
  );
  report(errors, warnings, call);
  return { policies: [...policies, noStatement(policies, scope)], noMatch: 'deny' };
}

/** The file that is named, else the first of Notation's that is there. Throws `file-unreadable` when there is none. */
export function trustPolicyFile({ options, io }: Call, names: readonly string[]): string {
  const given = options.has('trust-policy') ? options.text('trust-policy') : undefined;
  if (given !== undefined) return given;
  const { config } = notationFolders(io);
  const found = names.map((name) => join(config, name)).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new AssayError('file-unreadable', `there is no trust policy: neither --trust-policy nor ${names.join(' or ')} in ${config}`, {
    hint: '--trust-policy FILE',
  });
}

/** Prints the warnings about a trust policy, and throws the first of its mistakes. */
export function report(errors: readonly AssayError[], warnings: readonly PolicyRemark[], { out }: Pick<Call, 'out'>): void {
  for (const w of warnings) out.warn(w.code, `${w.message}${positionText(w.at)}`);
  const [first, ...others] = errors;
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const hint = [first.hint, ...(others.length === 0 ? [] : ['assay policy check FILE shows every mistake'])].filter((h) => h !== undefined);
  throw new AssayError('policy-invalid', `${first.message}${positionText(first.at)}${more}`, {
    cause: first,
    ...(first.at === undefined ? {} : { at: first.at }),
    ...(hint.length === 0 ? {} : { hint: hint.join('; ') }),
  });
}

/** What applies where no statement does, and refuses. */
function noStatement(policies: readonly CompiledPolicy[], scope: string | undefined): CompiledPolicy {
  const known = new Map<string, Requirement>();
  const name = 'trust policy';
  return {
    name,
    dialect: 'notation',
    mode: 'enforce',
    applies: (image) => !policies.some((p) => p.applies(image)),
    requirement(image) {
      const repository = scope ?? image.repository;
      const requirement: Requirement = known.get(repository) ?? {
        kind: 'static',
        met: false,
        reason: reasonFor(repository, image),
        label: { policy: name },
      };
      known.set(repository, requirement);
      return requirement;
    },
    denial: (_verdict, image) => [reasonFor(scope ?? image.repository, image)],
  };
}

function reasonFor(repository: string, { text }: ImageSubject): string {
  const layout = /^oci(?:-archive)?:/.test(text) ? ', and --scope REGISTRY/REPOSITORY says where a layout belongs' : '';
  return `no trust policy statement applies to ${repository}: registryScopes has to name it in full${layout}`;
}
