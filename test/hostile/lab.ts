/** A registry, a home and the command line, for questions whose answers are one JSON object. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { dsseBundle, inTotoStatement, PREDICATES, pushBundle } from '../../src/testing/index.ts';
import { type RegistryOptions, startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { assay, type Surroundings } from '../cli/harness.ts';
import { lab } from '../forgeries/lab.ts';
import { ASKED, type Corner, corner } from './crowd.ts';

/** What is said of one image or file. */
export interface Said {
  readonly reference: string;
  readonly digest: string | null;
  readonly outcome: string;
  readonly reasons: readonly string[];
  readonly evidence: readonly {
    readonly outcome: string;
    readonly checks: readonly { readonly id: string; readonly result: string; readonly reason: string }[];
  }[];
  readonly errors: readonly { readonly code: string; readonly message: string }[];
  readonly warnings?: readonly { readonly code: string }[];
}

/** The answer of a run. */
export interface Answer {
  readonly exit: number;
  readonly stderr: string;
  readonly ms: number;
  readonly json: {
    readonly schema: string;
    readonly outcome?: string;
    readonly images?: readonly Said[];
    readonly files?: readonly Said[];
    readonly warnings?: readonly { readonly code: string }[];
    readonly errors: readonly { readonly code: string; readonly message: string; readonly hint?: string; readonly retryable: boolean }[];
  };
}

/** A place to be hostile in. */
export interface Lab {
  readonly registry: TestRegistry;
  readonly home: string;
  readonly app: Corner;
  /** `HOST/app:v1`. */
  readonly image: string;
  file(name: string, content: string | Uint8Array): string;
  /** Runs a command with `--output json`; stdout has to hold exactly one object, and nothing may take longer than `within` milliseconds. */
  ask(argv: readonly string[], around?: Surroundings & { readonly within?: number }): Promise<Answer>;
  close(): Promise<void>;
}

/** Asks by the key of the lab, without a log. */
export const BY_KEY: readonly string[] = ['--key', 'key.pub', '--insecure-ignore-tlog'];

/** Starts one: an image `app:v1`, `key.pub`, `root.json`. */
export async function startLab(options: RegistryOptions = {}): Promise<Lab> {
  const registry = await startRegistry(options);
  const home = mkdtempSync(join(tmpdir(), 'assay-hostile-'));
  const file = (name: string, content: string | Uint8Array): string => {
    writeFileSync(join(home, name), content);
    return name;
  };
  file('key.pub', ASKED.spkiPem);
  file('root.json', JSON.stringify(lab.trustedRoot()));
  return {
    registry,
    home,
    file,
    app: corner(registry.content),
    image: `${registry.host}/app:v1`,
    async ask(argv, { within = 20_000, ...around } = {}) {
      const began = performance.now();
      const ran = await assay([...argv, '--output', 'json'], { home, cwd: home, ...around });
      const ms = performance.now() - began;
      expect(ms, 'milliseconds').toBeLessThan(within);
      expect(ran.stderr).not.toMatch(/\n\s+at /);
      return { exit: ran.exit, stderr: ran.stderr, ms, json: JSON.parse(ran.stdout.toString()) as Answer['json'] };
    },
    async close() {
      await registry.close();
      rmSync(home, { recursive: true });
    },
  };
}

/** What decides: exit code, outcome of the run, and the codes of all errors, each once. */
export function gist({ exit, json }: Answer): { exit: number; outcome: string | undefined; codes: readonly string[] } {
  const errors = [...json.errors, ...(json.images ?? json.files ?? []).flatMap((i) => i.errors)];
  return { exit, outcome: json.outcome, codes: [...new Set(errors.map((e) => e.code))].sort() };
}

/** A good bundle by the asked-for key, as bytes. */
export function goodBundle({ image }: Corner): Uint8Array {
  return Buffer.from(JSON.stringify(dsseBundle(lab, { kind: 'key', key: ASKED }, inTotoStatement(image.digest, PREDICATES.sign))));
}

/** Attaches a good bundle. */
export function sign(place: Corner): void {
  pushBundle(place.sink, place.image, goodBundle(place));
}
