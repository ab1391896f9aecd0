/** Notation's trust policies, compiled to requirements (notaryproject/specifications, trust-store-trust-policy.md). */
import type { PolicyDocument } from '../../documents.ts';
import type { CompiledDocument } from '../../policy.ts';
import type { PolicyResources } from '../../resources.ts';
import { compileBlobStatements } from './blobs.ts';
import { compileImageStatements, type NotationOptions } from './images.ts';

export { type BlobStatement, type CompiledBlobStatements, chooseBlobStatement, compileBlobStatements } from './blobs.ts';
export type { NotationOptions } from './images.ts';
export { parseTrustPolicy } from './json.ts';

/** Compiles a trust policy. One for files is checked, but says nothing about images: no image is of it, and a warning says so. */
export async function compileNotationPolicy(
  document: PolicyDocument,
  resources: Pick<PolicyResources, 'trustStore'>,
  options: NotationOptions = {},
): Promise<CompiledDocument> {
  if (!isAboutFiles(document)) return compileImageStatements(document, resources, options);
  const { statements, errors, warnings } = await compileBlobStatements(document, resources, options);
  const policies = statements.map(({ name, requirement }) => ({
    name,
    dialect: 'notation' as const,
    mode: 'enforce' as const,
    applies: () => false,
    requirement,
  }));
  const message = `${document.file}: this trust policy is about files: no image is of it`;
  return { policies, errors, warnings: [...warnings, { code: 'about-files', message }] };
}

/** Whether a trust policy is one for files: it has their field or Notation's name of such a file, and nowhere the field of images. */
export function isAboutFiles({ value, file }: PolicyDocument): boolean {
  const list: readonly unknown[] = Array.isArray(value.trustPolicies) ? value.trustPolicies : [];
  const has = (name: string): boolean => list.some((s) => typeof s === 'object' && s !== null && name in s);
  return !has('registryScopes') && (has('globalPolicy') || /(?:^|[/\\])trustpolicy\.blob\.json$/.test(file));
}
