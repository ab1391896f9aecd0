import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Fault } from '../../src/testing/registry/index.ts';
import { buildProgram, type Program } from './child.ts';
import { BY_KEY, gist, type Lab, sign, startLab } from './lab.ts';

let program: Program;
let l: Lab;
beforeAll(async () => {
  program = await buildProgram();
});
afterAll(() => program.remove());
beforeEach(async () => {
  l = await startLab();
});
afterEach(() => l.close());

const faults: readonly (readonly [string, Fault])[] = [
  ['never answers', { kind: 'hang' }],
  ['answers late', { kind: 'slow', ms: 60_000 }],
  // The head comes, the body never ends.
  ['sends a part and then nothing', { kind: 'flood', bytes: 65_536, type: 'application/vnd.oci.image.index.v1+json' }],
  ['asks to come back in a minute', { kind: 'status', status: 429, retryAfter: 59 }],
];

describe.each(faults)('a registry that %s', (_name, fault) => {
  test.each([
    ['the image', 'manifests/v1'],
    ['the referrers', 'referrers/'],
    ['the evidence', 'blobs/'],
    ['everything', '.'],
  ])('asked for %s: ends with the timeout, inconclusive', async (_what, match) => {
    sign(l.app);
    l.registry.faults.add({ ...fault, match });
    const answer = await l.ask(['verify', ...BY_KEY, '--timeout', '700ms', l.image], { within: 6000 });
    expect(answer.exit).toBe(3);
    expect(answer.json.outcome).toBe('inconclusive');
    // What the registry said last says more than that time ran out; a body beyond its bound is cut before that.
    const late = fault.kind === 'status' ? 'registry-throttled' : 'registry-timeout';
    const codes = gist(answer).codes;
    expect(fault.kind === 'flood' && match === 'blobs/' ? ['content-mismatch'] : [late]).toEqual(codes);
  });
});

describe('--timeout', () => {
  test('with evidence found before it: verified all the same', async () => {
    sign(l.app);
    l.registry.faults.add({ kind: 'hang', match: 'sha256-[0-9a-f]+\\.att' });
    const answer = await l.ask(['verify', ...BY_KEY, '--timeout', '1s', l.image], { within: 8000 });
    expect(gist(answer)).toEqual({ exit: 0, outcome: 'verified', codes: ['registry-timeout'] });
  });

  test.each(['tree', 'inspect', 'digest', 'manifest', 'ls', 'catalog'])('ends %s', async (command) => {
    l.registry.faults.add({ kind: 'hang' });
    const what = command === 'catalog' ? l.registry.host : command === 'ls' ? `${l.registry.host}/app` : l.image;
    expect(gist(await l.ask([command, '--timeout', '500ms', what], { within: 6000 }))).toMatchObject({
      exit: 3,
      codes: ['registry-timeout'],
    });
  });

  test('is for all images together, and each says what became of it', async () => {
    sign(l.app);
    l.registry.faults.add({ kind: 'hang', match: '/slow/' });
    const answer = await l.ask(['verify', ...BY_KEY, '--timeout', '1s', l.image, `${l.registry.host}/slow:v1`], { within: 8000 });
    expect(answer.json.images?.map((i) => i.outcome)).toEqual(['verified', 'inconclusive']);
    expect(answer.exit).toBe(3);
  });
});

describe('Ctrl-C', () => {
  test('ends a hanging verification at once', async () => {
    l.registry.faults.add({ kind: 'hang' });
    const ran = await program.run(['verify', ...BY_KEY, l.image], {
      home: l.home,
      started: (child) => {
        const wait = setInterval(() => {
          if (l.registry.log.length === 0) return;
          clearInterval(wait);
          child.kill('SIGINT');
        }, 20);
      },
    });
    expect(ran.ms).toBeLessThan(10_000);
    expect(ran.exit === 130 || ran.signal === 'SIGINT').toBe(true);
  });
});
