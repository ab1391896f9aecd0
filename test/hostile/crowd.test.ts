import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { type Pushed, pushBundle, pushFallback } from '../../src/testing/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { lab } from '../forgeries/lab.ts';
import { buildProgram, type ChildRun, type Program } from './child.ts';
import { ASKED, type Corner, corner, pushGood, pushKeylessStrangers, pushOthers, pushStrangers } from './crowd.ts';

/** What a process may take at most, Node's own 45 MiB included. */
const MOST_MIB = 300;
/** The same where each piece alone is huge: two of them, as bytes, as text and decoded. */
const HUGE_MIB = 800;
const CROWD = 10_000;
/** How it ends is asked here, not how fast: on a loaded machine a crowd takes longer than a command may by default. */
const LONG = ['--timeout', '9m'];
const POLICY = `apiVersion: assay.dev/v1alpha1
kind: ImagePolicy
metadata: { name: crowd }
spec:
  images: ["**"]
  authorities:
    asked: { key: key.pub, unsafeSkipTransparencyLog: true }
    inline: { key: key.pub, unsafeSkipTransparencyLog: true }
  require:
    allOf:
      - signature: { by: asked }
      - signature: { by: [asked, inline] }
      - anyOf: [{ attestation: { type: vuln, by: asked } }, { signature: { by: inline } }]
`;

let program: Program;
let registry: TestRegistry;
let home = '';
let app: Corner;

beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'assay-crowd-'));
  writeFileSync(join(home, 'key.pub'), ASKED.spkiPem);
  writeFileSync(join(home, 'root.json'), JSON.stringify(lab.trustedRoot()));
});
afterEach(() => rmSync(home, { recursive: true }));

async function open(): Promise<void> {
  registry = await startRegistry();
  app = corner(registry.content);
}

const close = (): Promise<void> => registry.close();

interface Answer extends ChildRun {
  readonly image: {
    readonly outcome: string;
    readonly evidence: readonly { readonly outcome: string; readonly digest: string }[];
    readonly unlisted?: { readonly outcomes: Readonly<Record<string, number>> };
    readonly errors: readonly { readonly code: string }[];
  };
}

const BY_KEY = ['--key', 'key.pub', '--insecure-ignore-tlog'];

async function verify(...how: readonly string[]): Promise<Answer> {
  return verifyWithin(MOST_MIB, ...how);
}

async function verifyWithin(mostMiB: number, ...how: readonly string[]): Promise<Answer> {
  const ran = await program.run(['verify', ...how, ...LONG, '--output', 'json', `${registry.host}/app:v1`], { home });
  const { outcome, images } = JSON.parse(ran.stdout) as { outcome: string; images: [Answer['image']] };
  expect(outcome).toBe(images[0].outcome);
  expect(ran.peakMiB).toBeLessThan(mostMiB);
  // What Node itself says of a program: listeners that are never taken away, say.
  expect(ran.stderr).not.toContain('Warning: ');
  if (process.env.ASSAY_SHOW_CROWD) process.stderr.write(`${ran.ms} ms, ${ran.peakMiB} MiB, ${registry.log.length} requests\n`);
  return { ...ran, image: images[0] };
}

/** How many pieces of evidence were judged, listed or only counted. */
function judged({ image }: Answer): number {
  return image.evidence.length + Object.values(image.unlisted?.outcomes ?? {}).reduce((a, b) => a + b, 0);
}

function codes({ image }: Answer): readonly string[] {
  return [...new Set(image.errors.map((e) => e.code))];
}

describe('a crowd of 10,000 referrers', { timeout: 600_000 }, () => {
  let crowd: readonly Pushed[];
  beforeAll(async () => {
    await open();
    crowd = pushStrangers(app, CROWD);
  });
  afterAll(close);

  test('of which none is good: untrusted, every one judged', async () => {
    const ran = await verify(...BY_KEY);
    expect({ exit: ran.exit, outcome: ran.image.outcome, errors: codes(ran) }).toEqual({ exit: 1, outcome: 'untrusted', errors: [] });
    expect(judged(ran)).toBe(CROWD);
    expect(ran.image.evidence.length).toBe(LIMITS.reportedEvidence);
  });

  describe('and a good one after them', () => {
    let good: Pushed;
    beforeAll(() => {
      good = pushGood(app);
    });

    test('is found, in bounded memory', async () => {
      const ran = await verify(...BY_KEY);
      expect(ran.exit).toBe(0);
      expect(ran.image.evidence[0]).toMatchObject({ outcome: 'verified', digest: good.digest });
      expect(ran.image.evidence.length).toBeLessThanOrEqual(LIMITS.reportedEvidence + 1);
    });

    test('is found under a policy of three leaves, in bounded memory', async () => {
      writeFileSync(join(home, 'policy.yaml'), POLICY);
      const ran = await verify('--policy', join(home, 'policy.yaml'));
      expect({ exit: ran.exit, outcome: ran.image.outcome, errors: codes(ran) }).toEqual({ exit: 0, outcome: 'verified', errors: [] });
      expect(ran.image.evidence[0]).toMatchObject({ outcome: 'verified', digest: good.digest });
    });

    test('is found in a fallback tag', async () => {
      registry.behaviour.referrers = false;
      pushFallback(app.sink, app.image, [...crowd, good]);
      const ran = await verify(...BY_KEY);
      expect({ exit: ran.exit, outcome: ran.image.outcome, errors: codes(ran) }).toEqual({ exit: 0, outcome: 'verified', errors: [] });
    });
  });
});

describe('a crowd in pages of 100', { timeout: 600_000 }, () => {
  beforeEach(open);
  afterEach(close);

  test('one somewhere among them is good: found', async () => {
    registry.behaviour.pageSize = 100;
    pushStrangers(app, 4000);
    const good = pushGood(app);
    pushStrangers(app, CROWD - 4001);
    const ran = await verify(...BY_KEY);
    expect(ran.exit).toBe(0);
    expect(ran.image.evidence[0]).toMatchObject({ outcome: 'verified', digest: good.digest });
  });
});

describe('fewer, dearer ones', { timeout: 600_000 }, () => {
  beforeEach(open);
  afterEach(close);

  test('2,000 strangers with certificates of the trusted authority, each with a log entry of its own', async () => {
    pushKeylessStrangers(app, 2000);
    const ran = await verify(
      '--trusted-root',
      'root.json',
      '--certificate-identity',
      'dev@acme.example',
      '--certificate-oidc-issuer',
      'https://accounts.test',
    );
    expect({ exit: ran.exit, outcome: ran.image.outcome }).toEqual({ exit: 1, outcome: 'untrusted' });
    expect(judged(ran)).toBe(2000);
  });
});

describe('huge ones', { timeout: 600_000 }, () => {
  beforeEach(open);
  afterEach(close);

  test('12 of 60 MiB are read one or two at a time', async () => {
    for (let i = 0; i < 12; i++) pushBundle(app.sink, app.image, Buffer.from(`{"serial":${i},"fill":"${'x'.repeat(60 << 20)}"}`));
    pushGood(app);
    const ran = await verifyWithin(HUGE_MIB, ...BY_KEY);
    expect({ exit: ran.exit, outcome: ran.image.outcome }).toEqual({ exit: 0, outcome: 'verified' });
  });
});

describe('more referrers than are read', { timeout: 600_000 }, () => {
  beforeEach(async () => {
    await open();
    registry.behaviour.pageSize = 1000;
  });
  afterEach(close);

  test('none of them good: inconclusive, because of the limit', async () => {
    pushOthers(app, LIMITS.referrers + 5000);
    const ran = await verify(...BY_KEY);
    expect({ exit: ran.exit, outcome: ran.image.outcome, errors: codes(ran) }).toEqual({
      exit: 3,
      outcome: 'inconclusive',
      errors: ['limit'],
    });
  });

  test('a good one among those that are read: verified', async () => {
    pushOthers(app, 3000);
    pushGood(app);
    pushOthers(app, LIMITS.referrers + 5000);
    const ran = await verify(...BY_KEY);
    expect({ exit: ran.exit, outcome: ran.image.outcome }).toEqual({ exit: 0, outcome: 'verified' });
  });
});
