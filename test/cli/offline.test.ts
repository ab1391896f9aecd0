import { mkdtempSync, rmSync } from 'node:fs';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { fillApp, fillFolder, shelfOf } from '../transcripts/corpus.ts';
import { assay } from './harness.ts';

let registry: TestRegistry;
let folder = '';

beforeAll(async () => {
  registry = await startRegistry();
  fillApp(shelfOf(registry, 'app'));
  folder = mkdtempSync(join(tmpdir(), 'assay-offline-'));
  await fillFolder(folder, registry);
});
afterAll(async () => {
  await registry.close();
  rmSync(folder, { recursive: true });
});
afterEach(() => void vi.restoreAllMocks());

/** The ports that sockets were opened to while a command ran. */
async function ports(...argv: string[]): Promise<{ readonly exit: number; readonly ports: readonly unknown[] }> {
  const seen = new Set<unknown>();
  const connect = Socket.prototype.connect;
  vi.spyOn(Socket.prototype, 'connect').mockImplementation(function (this: Socket, ...args: unknown[]) {
    const [first] = args.flat() as [{ readonly port?: unknown } | undefined];
    seen.add(String(first?.port));
    return (connect as (...all: unknown[]) => Socket).apply(this, args);
  } as never);
  const { exit } = await assay(argv, { cwd: folder, home: folder });
  return { exit, ports: [...seen] };
}

describe('--offline', () => {
  test.each(['inspect', 'tree', 'digest', 'manifest', 'download signature', 'triangulate'])(
    '%s of a layout opens no socket',
    async (name) => {
      expect(await ports(...name.split(' '), '--offline', 'oci:layout')).toEqual({ exit: 0, ports: [] });
    },
  );

  test.each(['inspect', 'tree', 'digest'])("%s of an image opens none but the registry's", async (name) => {
    expect(await ports(name, '--offline', `${registry.host}/app:v1`)).toEqual({ exit: 0, ports: [registry.host.split(':')[1]] });
  });
});
