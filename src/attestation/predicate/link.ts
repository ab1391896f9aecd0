import type { Json } from '../../codec/json.ts';
import { maybeObject, maybeText, maybeTexts, objectOf, type Resource, resourcesOf } from './read.ts';

/** An in-toto link: one step of a supply chain (in-toto attestation framework, spec/predicates/link.md; cosign writes `Link/v1` in the older shape). */
export interface Link {
  readonly kind: 'link';
  readonly name: string | undefined;
  readonly command: readonly string[];
  readonly materials: readonly Resource[];
  /** Only in the older shape; in the newer one the statement's subjects are the products. */
  readonly products: readonly Resource[];
  readonly byproducts: Json | undefined;
  readonly environment: Json | undefined;
}

/** Reads a link. Throws `statement-invalid`. */
export function readLink(predicate: Json | undefined): Link {
  const link = objectOf(predicate, 'link');
  maybeObject(link.byproducts, 'byproducts');
  maybeObject(link.environment, 'environment');
  return {
    kind: 'link',
    name: maybeText(link.name, 'name'),
    command: maybeTexts(link.command, 'command'),
    materials: resourcesOf(link.materials, 'materials'),
    products: resourcesOf(link.products, 'products'),
    byproducts: link.byproducts,
    environment: link.environment,
  };
}
