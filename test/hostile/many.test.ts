import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { LIMITS } from '../../src/limits.ts';
import { pushBundle } from '../../src/testing/index.ts';
import { buildProgram, type Program } from './child.ts';
import { type Corner, corner, pushStrangers } from './crowd.ts';
import { BY_KEY, gist, goodBundle, type Lab, sign, startLab } from './lab.ts';

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

function repository(name: string, evidence: (place: Corner) => void = () => {}): string {
  evidence(corner(l.registry.content, name));
  return `${l.registry.host}/${name}:v1`;
}

describe('several images', () => {
  test('are judged in the order given, and the first of the class that sets the exit code decides the outcome', async () => {
    const good = repository('good', sign);
    const unsigned = repository('unsigned');
    const untrusted = repository('untrusted', (place) => void pushStrangers(place, 1));
    const invalid = repository('invalid', ({ sink, image }) => void pushBundle(sink, image, Buffer.from('garbage')));
    const missing = `${l.registry.host}/good:nothing`;
    const verify = async (...images: string[]): Promise<object> => {
      const answer = await l.ask(['verify', ...BY_KEY, ...images]);
      expect(answer.json.images?.map((i) => i.reference)).toEqual(images);
      return { exit: answer.exit, outcome: answer.json.outcome, each: answer.json.images?.map((i) => i.outcome) };
    };
    expect(await verify(good, good)).toEqual({ exit: 0, outcome: 'verified', each: ['verified', 'verified'] });
    expect(await verify(good, missing)).toEqual({ exit: 3, outcome: 'inconclusive', each: ['verified', 'inconclusive'] });
    expect(await verify(missing, good, unsigned, untrusted)).toEqual({
      exit: 1,
      outcome: 'unsigned',
      each: ['inconclusive', 'verified', 'unsigned', 'untrusted'],
    });
    expect(await verify(invalid, unsigned)).toMatchObject({ exit: 1, outcome: 'invalid' });
    expect(await verify(unsigned, invalid)).toMatchObject({ exit: 1, outcome: 'unsigned' });
  });

  test('come from arguments, files and standard input alike', async () => {
    const good = repository('good', sign);
    const unsigned = repository('unsigned');
    l.file('images.txt', `# two\n${good}  # good\n\n  ${unsigned}\r\n`);
    l.file('pod.yaml', `kind: Pod\nspec:\n  containers:\n    - { name: a, image: "${unsigned}" }\n`);
    l.file('Dockerfile', `FROM ${good}\n`);
    const argv = [
      'verify',
      ...BY_KEY,
      good,
      '--images',
      'images.txt',
      '--images',
      '-',
      '--manifest',
      'pod.yaml',
      '--dockerfile',
      'Dockerfile',
    ];
    const answer = await l.ask(argv, { stdin: `${unsigned}\n` });
    expect(answer.json.images?.map((i) => i.reference)).toEqual([good, good, unsigned, unsigned, unsigned, good]);
    expect(answer.exit).toBe(1);
  });

  test('named twice are asked about once', async () => {
    const good = repository('good', sign);
    await l.ask(['verify', ...BY_KEY, good]);
    const once = l.registry.log.length;
    l.registry.log.length = 0;
    const answer = await l.ask(['verify', ...BY_KEY, good, good, good], { home: l.home, env: { XDG_CACHE_HOME: join(l.home, 'other') } });
    expect(answer.json.images?.length).toBe(3);
    expect(l.registry.log.length).toBe(once);
  });

  test('are asked about a few at a time', async () => {
    const images = Array.from({ length: 60 }, (_, i) => repository(`app${i}`, sign));
    l.registry.faults.add({ kind: 'slow', ms: 20 });
    let now = 0;
    let most = 0;
    const push = l.registry.log.push.bind(l.registry.log);
    l.registry.log.push = (...entries) => {
      now = l.registry.log.filter((e) => e.status === 0).length + 1;
      most = Math.max(most, now);
      return push(...entries);
    };
    expect((await l.ask(['verify', ...BY_KEY, ...images])).exit).toBe(0);
    expect(most).toBeGreaterThan(1);
    expect(most).toBeLessThanOrEqual(LIMITS.requestsPerHost + 1);
  });

  test('5,000 of them, each with a signature: bounded memory', { timeout: 240_000 }, async () => {
    const images = Array.from({ length: 5000 }, (_, i) => repository(`app${i % 2500}`, i < 2500 ? sign : undefined));
    const ran = await program.run(['verify', ...BY_KEY, '--images', '-', '--output', 'json'], { home: l.home, stdin: images.join('\n') });
    if (process.env.ASSAY_SHOW_CROWD) process.stderr.write(`${ran.ms} ms, ${ran.peakMiB} MiB, ${l.registry.log.length} requests\n`);
    expect(ran.exit).toBe(0);
    expect((JSON.parse(ran.stdout) as { images: unknown[] }).images.length).toBe(5000);
    expect(ran.peakMiB).toBeLessThan(300);
  });
});

describe('the cache on disk', () => {
  test.each<readonly [string, (home: string) => void]>([
    ['is a file', (home) => writeFileSync(join(home, '.cache'), 'hello')],
    ['may not be written', (home) => mkdirSync(join(home, '.cache'), { mode: 0o500 })],
    ['holds a folder where a piece belongs', (home) => occupy(home)],
  ])('that %s fails no verification', async (_name, spoil) => {
    const good = repository('good', sign);
    spoil(l.home);
    for (let i = 0; i < 2; i++) expect(gist(await l.ask(['verify', ...BY_KEY, good]))).toEqual({ exit: 0, outcome: 'verified', codes: [] });
    chmodSync(join(l.home, '.cache'), 0o700);
  });

  test('that is full fails no verification', async () => {
    const good = repository('good', sign);
    // A device that takes nothing: every write says that no space is left.
    const { symlinkSync } = await import('node:fs');
    mkdirSync(join(l.home, '.cache/assay'), { recursive: true });
    symlinkSync('/dev/full', join(l.home, '.cache/assay/content'));
    expect(gist(await l.ask(['verify', ...BY_KEY, good]))).toEqual({ exit: 0, outcome: 'verified', codes: [] });
  });

  test('that was poisoned is not believed', async () => {
    const good = repository('good', sign);
    const { readdirSync } = await import('node:fs');
    await l.ask(['verify', ...BY_KEY, good]);
    const content = join(l.home, '.cache/assay/content/sha256');
    let poisoned = 0;
    for (const shard of readdirSync(content))
      for (const name of readdirSync(join(content, shard))) {
        writeFileSync(join(content, shard, name), goodBundle(l.app));
        poisoned++;
      }
    expect(poisoned).toBeGreaterThan(0);
    expect(gist(await l.ask(['verify', ...BY_KEY, good]))).toEqual({ exit: 0, outcome: 'verified', codes: [] });
    expect(gist(await l.ask(['verify', ...BY_KEY, l.image]))).toEqual({ exit: 1, outcome: 'unsigned', codes: [] });
  });
});

function occupy(home: string): void {
  for (let i = 0; i < 16; i++) {
    const shard = join(home, '.cache/assay/content/sha256', i.toString(16));
    mkdirSync(join(shard, '..'), { recursive: true });
    writeFileSync(shard, '');
  }
}
