/** The long run: all decoders in turn, and the property of verified evidence. Bundled and started by `scripts/fuzz.mjs`. */
import { fuzz } from './run.ts';
import { verifiedEvidence } from './seeds.ts';
import { TARGETS } from './targets.ts';
import { judgeMutants } from './verified.ts';

/** What is told to the caller about each part of the run. */
export interface PartReport {
  readonly name: string;
  readonly inputs: number;
  readonly accepted: number;
  readonly slowestMs: number;
  /** The input that was not borne, with a name for a file. */
  readonly crash: { readonly why: string; readonly input: Buffer; readonly seed: number } | undefined;
}

/** Names of everything that can be run on its own. */
export const NAMES: readonly string[] = [...TARGETS.map((t) => t.name), ...verifiedEvidence().map(([name]) => propertyName(name))];

/** Runs what is named, or all, sharing the time. Reports each part as it ends. */
export async function runAll(
  options: { readonly seconds: number; readonly seed: number; readonly target: string | undefined },
  report: (part: PartReport) => void,
): Promise<void> {
  const targets = TARGETS.filter((t) => options.target === undefined || t.name === options.target);
  const groups = verifiedEvidence().filter(([name]) => options.target === undefined || propertyName(name) === options.target);
  const milliseconds = (options.seconds * 1000) / (targets.length + groups.length * 3);
  for (const target of targets) {
    const { target: name, ...found } = await fuzz(target, options.seed, { milliseconds, perInputMs: 1000 });
    report({ name, ...found });
  }
  for (const [name, group] of groups) {
    const { mutants, neutral, broken } = await judgeMutants(group, options.seed, { milliseconds: milliseconds * 3 });
    const crash =
      broken === undefined
        ? undefined
        : { why: `verified, and says: ${broken.why}`, input: Buffer.from(JSON.stringify(broken.stored, asBase64)), seed: broken.seed };
    report({ name: propertyName(name), inputs: mutants, accepted: neutral, slowestMs: 0, crash });
  }
}

function propertyName(group: string): string {
  return `verified-${group.replaceAll(' ', '-')}`;
}

function asBase64(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
