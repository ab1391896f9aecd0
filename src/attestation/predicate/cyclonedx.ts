import type { Json } from '../../codec/json.ts';
import { malformed, maybeList, maybeObject, maybeText, maybeTime, objectOf } from './read.ts';

/** A program that made a bill of materials. */
export interface BomTool {
  readonly vendor: string | undefined;
  readonly name: string | undefined;
  readonly version: string | undefined;
}

/** A CycloneDX bill of materials, 1.2 to 1.6 in JSON (cyclonedx.org/docs). */
export interface CycloneDxBom {
  readonly kind: 'cyclonedx';
  readonly specVersion: string;
  readonly serialNumber: string | undefined;
  /** Of the document itself; counts up. */
  readonly version: number | undefined;
  readonly timestamp: Date | undefined;
  readonly tools: readonly BomTool[];
  /** What the bill is about. */
  readonly subject: { readonly name: string | undefined; readonly version: string | undefined; readonly purl: string | undefined };
  /** Components, nested ones included. */
  readonly components: number;
  readonly services: number;
  readonly vulnerabilities: number;
}

/** Reads a CycloneDX document. `undefined` for a predicate that is none. Throws `statement-invalid`. */
export function readCycloneDx(predicate: Json | undefined): CycloneDxBom | undefined {
  // The XML form, as a text.
  if (typeof predicate === 'string') return undefined;
  const bom = objectOf(predicate, 'CycloneDX document');
  const specVersion = maybeText(bom.specVersion, 'specVersion');
  if (specVersion === undefined || !/^1\.\d+$/.test(specVersion)) return undefined;
  if (bom.version !== undefined && bom.version !== null && typeof bom.version !== 'number') throw malformed('version', 'is not a number');
  const metadata = maybeObject(bom.metadata, 'metadata');
  const about = maybeObject(metadata.component, 'metadata.component');
  return {
    kind: 'cyclonedx',
    specVersion,
    serialNumber: maybeText(bom.serialNumber, 'serialNumber'),
    version: bom.version ?? undefined,
    timestamp: maybeTime(metadata.timestamp, 'metadata.timestamp'),
    tools: toolsOf(metadata.tools),
    subject: {
      name: maybeText(about.name, 'metadata.component.name'),
      version: maybeText(about.version, 'metadata.component.version'),
      purl: maybeText(about.purl, 'metadata.component.purl'),
    },
    components: countComponents(bom.components),
    services: maybeList(bom.services, 'services').length,
    vulnerabilities: maybeList(bom.vulnerabilities, 'vulnerabilities').length,
  };
}

/** A list until 1.4; since 1.5 also components and services. */
function toolsOf(value: Json | undefined): readonly BomTool[] {
  if (value === undefined || value === null || Array.isArray(value)) return maybeList(value, 'metadata.tools').map(toolOf);
  const { components, services } = objectOf(value, 'metadata.tools');
  return [...maybeList(components, 'metadata.tools.components'), ...maybeList(services, 'metadata.tools.services')].map(toolOf);
}

function toolOf(value: Json, index: number): BomTool {
  const at = `metadata.tools[${index}]`;
  const tool = objectOf(value, at);
  const { name: publisher } = maybeObject(tool.manufacturer ?? tool.supplier ?? tool.provider, `${at}.manufacturer`);
  return {
    vendor: maybeText(tool.vendor ?? tool.group ?? tool.publisher ?? publisher, `${at}.vendor`),
    name: maybeText(tool.name, `${at}.name`),
    version: maybeText(tool.version, `${at}.version`),
  };
}

// Nesting is bounded by the JSON reader's own bound.
function countComponents(value: Json | undefined): number {
  let count = 0;
  for (const [i, component] of maybeList(value, 'components').entries())
    count += 1 + countComponents(objectOf(component, `components[${i}]`).components);
  return count;
}
