import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../limits.ts';
import { readSecretFile } from './files.ts';

describe('files that hold secrets', () => {
  const folder = mkdtempSync(join(tmpdir(), 'assay-secret-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('what a shell puts in the place of a file is read to its end, in however many pieces it comes', async () => {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    const writer = spawn('sh', ['-c', `{ printf one; sleep 0.05; printf two; } > ${pipe}`]);
    const ended = new Promise((resolve) => writer.on('close', resolve));
    await expect(readSecretFile(pipe)).resolves.toBe('onetwo');
    await ended;
  });

  test('as much as a token may have, and no byte more', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'a'.repeat(LIMITS.identityTokenLength));
    await expect(readSecretFile(file)).resolves.toHaveLength(LIMITS.identityTokenLength);
    writeFileSync(file, 'a'.repeat(LIMITS.identityTokenLength + 1));
    await expect(readSecretFile(file)).rejects.toMatchObject({ code: 'limit' });
  });

  test('none is no error, a folder is one', async () => {
    await expect(readSecretFile(join(folder, 'none'))).resolves.toBeUndefined();
    await expect(readSecretFile(folder)).rejects.toMatchObject({ code: 'file-unreadable' });
  });
});
