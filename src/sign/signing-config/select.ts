import type { AssayError } from '../../errors.ts';
import { invalid } from './invalid.ts';
import type { ConfiguredService, ServiceSelector } from './service.ts';

/** The API versions that Assay speaks, by kind of service. */
export const API_VERSIONS = { fulcio: [1], oidc: [1], rekor: [1, 2], tsa: [1] } as const;

/** What services are chosen by. */
export interface Selection {
  /** For messages: `transparency log`. */
  readonly what: string;
  readonly versions: readonly number[];
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Why other versions that Assay speaks do not serve here. */
  readonly onlyThese?: string;
}

/**
 * The services of a kind that a signature is made with (sigstore client-spec; sigstore-go, `SelectServices`): those of the highest API version that both sides speak,
 * valid now, at most one for each operator and of those the newest; of them all, any one (the newest), or exactly so many. Throws `signing-config-invalid`
 * when there is none, saying why.
 */
export function selectServices(
  services: readonly ConfiguredService[],
  { selector, count }: ServiceSelector,
  selection: Selection,
): readonly ConfiguredService[] {
  const usable = candidates(services, selection);
  switch (selector) {
    case 'ALL':
      return usable;
    case 'ANY':
      return usable.slice(0, 1);
    case 'EXACT':
      if (count > usable.length)
        throw invalid(
          `it asks for exactly ${count} of the ${pluralOf(selection.what)}, and ${usable.length} can be used (one for each operator)`,
        );
      return usable.slice(0, count);
    case undefined:
      throw invalid(
        `it does not say how many of its ${pluralOf(selection.what)} are to be used`,
        'a selector: ANY, ALL or EXACT with a count',
      );
  }
}

/** The one service of a kind that has no selector. Throws as `selectServices`. */
export function selectService(services: readonly ConfiguredService[], selection: Selection): ConfiguredService {
  const [first] = candidates(services, selection);
  if (first === undefined) throw noneOf(services, selection);
  return first;
}

function candidates(services: readonly ConfiguredService[], selection: Selection): readonly ConfiguredService[] {
  const newestFirst = [...services].sort((a, b) => (b.validFor.start ?? -Infinity) - (a.validFor.start ?? -Infinity) || 0);
  const valid = newestFirst.filter((s) => isValid(s, selection.now));
  for (const version of [...selection.versions].sort((a, b) => b - a)) {
    const operators = new Map<string, ConfiguredService>();
    for (const s of valid) if (s.majorApiVersion === version && !operators.has(s.operator)) operators.set(s.operator, s);
    if (operators.size > 0) return [...operators.values()];
  }
  throw noneOf(services, selection);
}

function isValid({ validFor: { start, end } }: ConfiguredService, now: number): boolean {
  return (start === undefined || start <= now) && (end === undefined || now <= end);
}

function noneOf(services: readonly ConfiguredService[], { what, versions, now, onlyThese }: Selection): AssayError {
  if (services.length === 0) return invalid(`it names no ${what}`);
  const spoken = services.filter((s) => versions.includes(s.majorApiVersion));
  if (spoken.length === 0) {
    const offered = [...new Set(services.map((s) => s.majorApiVersion))].sort((a, b) => a - b);
    const offers = `no ${what} can be used: it offers API version ${offered.join(', ')} only`;
    if (onlyThese !== undefined) return invalid(`${offers}, and ${versions.join(' and ')} is needed: ${onlyThese}`);
    return invalid(`${offers}, Assay speaks ${versions.join(' and ')}`);
  }
  const starts = spoken.map((s) => s.validFor.start).filter((t) => t !== undefined && t > now) as number[];
  const ends = spoken.map((s) => s.validFor.end).filter((t) => t !== undefined && t < now) as number[];
  const hint = 'check the clock of this machine, or get a newer signing configuration';
  if (starts.length === spoken.length) return invalid(`no ${what} can be used yet: the first begins ${day(Math.min(...starts))}`, hint);
  if (ends.length === spoken.length) return invalid(`no ${what} can be used any more: the last ended ${day(Math.max(...ends))}`, hint);
  return invalid(`no ${what} is valid now (${day(now)})`, hint);
}

function day(time: number): string {
  return new Date(time).toISOString().replace('.000Z', 'Z');
}

function pluralOf(what: string): string {
  return `${what.replace(/y$/, 'ie')}s`;
}
