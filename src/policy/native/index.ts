/** Assay's own policies: `ImagePolicy` documents in YAML. */
import { AssayError } from '../../errors.ts';
import { LIMITS } from '../../limits.ts';
import { leavesOf, partsOf, type Requirement } from '../../verify/index.ts';
import type { PolicyDocument } from '../documents.ts';
import type { CompiledDocument, CompiledPolicy, ImageSubject } from '../policy.ts';
import type { PolicyResources } from '../resources.ts';
import { createAuthorityRegistry } from './authority/registry.ts';
import { createMistakes, type Mistakes, type Path } from './fields/mistakes.ts';
import { IMAGE_POLICY, type PolicySpec } from './fields/policy.ts';
import { readShape } from './fields/read.ts';
import { type ImagePattern, imagePattern } from './image-pattern.ts';
import { compileRequirement } from './requirement.ts';
import { compileRevoked } from './revoked.ts';

export { API_VERSION, IMAGE_POLICY, REVOCATION_LIST } from './fields/policy.ts';
export type { Node, ObjectNode } from './fields/shape.ts';

/** Compiles an ImagePolicy. Every mistake that can be found is an error with its place; a document with errors has no policy. */
export async function compileImagePolicy(document: PolicyDocument, resources: PolicyResources): Promise<CompiledDocument> {
  const mistakes = createMistakes(document.file, document.positionOf);
  try {
    const policy = await compile(document, mistakes, resources);
    const whole = policy !== undefined && mistakes.errors.length === 0;
    return { policies: whole ? [policy] : [], errors: inOrder(mistakes.errors), warnings: mistakes.warnings };
  } catch (error) {
    if (!(error instanceof AssayError) || error.code === 'internal') throw error;
    return { policies: [], errors: [...mistakes.errors, error], warnings: mistakes.warnings };
  }
}

/** As a person reads the file. */
function inOrder(errors: readonly AssayError[]): readonly AssayError[] {
  return [...errors].sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0));
}

async function compile(document: PolicyDocument, mistakes: Mistakes, resources: PolicyResources): Promise<CompiledPolicy | undefined> {
  const read = readShape(IMAGE_POLICY, document.value, [], mistakes);
  const spec = read?.spec;
  if (read === undefined || spec === undefined) return undefined;
  const name = read.metadata?.name ?? 'policy';
  const authorities = await createAuthorityRegistry(spec.authorities ?? new Map(), ['spec', 'authorities'], mistakes, resources);
  const revoked =
    spec.revoked === undefined
      ? undefined
      : await compileRevoked(spec.revoked, ['spec', 'revoked'], { policy: name, authorities, mistakes, resources });
  const require: Path = ['spec', 'require'];
  const requirement = await compileRequirement(spec.require, require, { policy: name, authorities, revoked, mistakes, resources });
  if (mistakes.clean([])) authorities.warnUnused();
  const images = await patterns(spec.images, ['spec', 'images'], mistakes);
  const except = await patterns(spec.except ?? [], ['spec', 'except'], mistakes);
  if (requirement === undefined) return undefined;
  checkSize(requirement, require, mistakes);
  return {
    name,
    dialect: 'image-policy',
    mode: spec.mode ?? 'enforce',
    about: spec.images,
    applies: ({ repository }: ImageSubject) => images.some((p) => p(repository)) && !except.some((p) => p(repository)),
    requirement,
    ...(revoked === undefined ? {} : { revoked }),
  };
}

async function patterns(list: PolicySpec['images'] | undefined, path: Path, mistakes: Mistakes): Promise<readonly ImagePattern[]> {
  if (!Array.isArray(list)) return [];
  const texts = list as readonly (string | undefined)[];
  const made = await Promise.all(
    texts.map((text, i) =>
      typeof text === 'string' && text !== '' ? mistakes.attempt([...path, i], () => imagePattern(text)) : undefined,
    ),
  );
  return made.filter((p) => p !== undefined);
}

function checkSize(requirement: Requirement, path: Path, mistakes: Mistakes): void {
  const leaves = leavesOf(requirement).length;
  if (leaves > LIMITS.requirementLeaves) mistakes.add(path, `${leaves} leaves (at most ${LIMITS.requirementLeaves})`);
  if (depthOf(requirement) > LIMITS.requirementDepth) mistakes.add(path, `nested deeper than ${LIMITS.requirementDepth} levels`);
}

function depthOf(requirement: Requirement): number {
  return 1 + Math.max(0, ...partsOf(requirement).map(depthOf));
}
