import { AssayError, messageOf, toAssayError } from '../../../../errors.ts';
import type { TrustMaterial } from '../../../../trust/index.ts';
import type { PolicyDocument } from '../../../documents.ts';
import type { CompiledDocument } from '../../../policy.ts';
import type { PolicyResources } from '../../../resources.ts';
import { policyErrorsOf } from '../problems.ts';
import { trustMaterialOf } from './material.ts';
import { validateTrustRoot } from './validate.ts';

/** The trust roots that policies may name. */
export interface TrustRoots {
  /** What a TrustRoot trusts. Throws `policy-reference-missing` when there is none of that name, `policy-invalid` when it cannot be used. */
  readonly material: (name: string) => Promise<TrustMaterial>;
}

const materials = new WeakMap<PolicyDocument, Promise<TrustMaterial>>();

/** The TrustRoots among documents, each read once. Of two with the same name neither is used. */
export function compileTrustRoots(documents: readonly PolicyDocument[], resources: PolicyResources): TrustRoots {
  return {
    async material(name) {
      const [document, second] = documents.filter((d) => d.kind === 'trust-root' && nameOf(d) === name);
      if (document === undefined) {
        throw new AssayError('policy-reference-missing', `trustRootRef ${name} not found`, {
          hint: 'add the TrustRoot as a further document of the policy files',
        });
      }
      if (second !== undefined) throw new AssayError('policy-invalid', `two TrustRoots have the name ${name}`);
      try {
        return await materialOf(document, resources);
      } catch (cause) {
        throw new AssayError('policy-invalid', `trustRootRef ${name} cannot be used: ${messageOf(cause)}`, { cause });
      }
    },
  };
}

/** Checks a TrustRoot on its own, up to the keys and certificates in it. */
export async function checkTrustRoot(document: PolicyDocument, resources: PolicyResources): Promise<CompiledDocument> {
  const { errors } = validateTrustRoot(document.value);
  if (errors.length > 0) return { policies: [], errors: policyErrorsOf(errors, document), warnings: [] };
  try {
    await materialOf(document, resources);
    return { policies: [], errors: [], warnings: [] };
  } catch (error) {
    const { code, message, hint } = toAssayError(error);
    const at = { ...document.positionOf(['spec']), path: 'spec' };
    return {
      policies: [],
      errors: [new AssayError(code, message, { at, cause: error, ...(hint === undefined ? {} : { hint }) })],
      warnings: [],
    };
  }
}

function materialOf(document: PolicyDocument, resources: PolicyResources): Promise<TrustMaterial> {
  const known = materials.get(document);
  if (known !== undefined) return known;
  const made = readMaterial(document, resources);
  materials.set(document, made);
  // What failed for want of an answer may be had later.
  made.catch(() => materials.delete(document));
  return made;
}

async function readMaterial(document: PolicyDocument, resources: PolicyResources): Promise<TrustMaterial> {
  const { resource, errors } = validateTrustRoot(document.value);
  const [error] = policyErrorsOf(errors, document);
  if (error !== undefined) throw error;
  return trustMaterialOf(resource.spec ?? {}, resources);
}

function nameOf({ value }: PolicyDocument): unknown {
  const { metadata } = value;
  return typeof metadata === 'object' && metadata !== null && 'name' in metadata ? metadata.name : undefined;
}
