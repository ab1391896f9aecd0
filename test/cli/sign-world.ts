/** Services, a registry and a folder for commands that sign: in this process, as the command line has them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { run } from '../../src/cli/main.ts';
import {
  createVirtualSigstore,
  type KeyKind,
  pushImage,
  registrySink,
  sharedKey,
  type VirtualSigstore,
} from '../../src/testing/authority/index.ts';
import { startRegistry, type TestRegistry } from '../../src/testing/registry/index.ts';
import { type SigstoreServices, startSigstoreServices } from '../../src/testing/services/index.ts';

/** The keys that lie in the folder, as `p256.key` and `p256.pub`. */
export const KINDS: readonly KeyKind[] = ['p256', 'p384', 'p521', 'rsa2048', 'ed25519'];
/** The type of what `predicate.json` says. */
export const TYPE = 'https://acme.example/review/v1';
/** Trusts the services. */
export const TRUST = ['--trusted-root', 'root.json'];

type Json = Readonly<Record<string, unknown>>;

/** What a command printed. */
export interface Printed {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly json: Json;
}

/** What stands while the tests of a file run. */
export interface SignWorld {
  readonly folder: string;
  readonly registry: TestRegistry;
  readonly sigstore: VirtualSigstore;
  readonly services: SigstoreServices;
}

const world: { -readonly [K in keyof SignWorld]?: SignWorld[K] } = {};
let count = 0;

/** Opens it before the tests of the file that calls this, and closes it after them. Faults end with their test. */
export function useSignWorld(): void {
  beforeAll(async () => {
    world.folder = mkdtempSync(join(tmpdir(), 'assay-services-'));
    world.registry = await startRegistry();
    world.sigstore = createVirtualSigstore({ now: new Date(Math.floor(Date.now() / 1000) * 1000) });
    const services = await startSigstoreServices(world.sigstore);
    world.services = services;
    write('root.json', JSON.stringify(world.sigstore.trustedRoot()));
    write('v1.json', JSON.stringify(services.signingConfig(1)));
    write('v2.json', JSON.stringify(services.signingConfig(2)));
    write('v2-no-tsa.json', JSON.stringify({ ...services.signingConfig(2), tsaUrls: [] }));
    for (const kind of KINDS) {
      const key = sharedKey(kind);
      write(`${kind}.key`, key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
      write(`${kind}.pub`, key.spkiPem);
    }
    write('predicate.json', '{"reviewed":true,"count":12345678901234567890}');
    write('artifact', 'the artifact');
  });
  afterEach(() => {
    there().services.faults.clear();
  });
  afterAll(async () => {
    const { folder, registry, services } = world;
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    await Promise.all([registry?.close(), services?.close()]);
  });
}

/** What `useSignWorld` opened. Throws outside of tests. */
export function there(): SignWorld {
  const { folder, registry, sigstore, services } = world;
  if (folder === undefined || registry === undefined || sigstore === undefined || services === undefined)
    throw new Error('useSignWorld() opens it before the tests');
  return { folder, registry, sigstore, services };
}

/** Writes a file into the folder. */
export function write(name: string, content: string | Uint8Array): void {
  writeFileSync(join(there().folder, name), content);
}

/** A new image in a repository of its own. */
export function image(): { readonly name: string; readonly reference: string; readonly digest: string } {
  const { registry } = there();
  const name = `image-${count++}`;
  const pushed = pushImage(registrySink(registry.content, name), name);
  return { name, reference: `${registry.host}/${name}@${pushed.digest}`, digest: pushed.digest };
}

/** Runs a command in the folder, with the real time; its JSON. */
export async function assay(...argv: readonly string[]): Promise<Printed> {
  return assayWith({}, ...argv);
}

/** The same with variables. */
export async function assayWith(env: Readonly<Record<string, string>>, ...argv: readonly string[]): Promise<Printed> {
  const { folder } = there();
  const [out, err]: Buffer[][] = [[], []];
  const exit = await run([...argv, '--output', 'json'], {
    stdout: { write: (chunk) => out?.push(Buffer.from(chunk)) },
    stderr: { write: (chunk) => err?.push(Buffer.from(chunk)) },
    stdin: (async function* () {})(),
    env,
    cwd: folder,
    home: folder,
    isTTY: { stdout: false, stderr: false },
    columns: 120,
    now: () => new Date(),
  });
  const stdout = Buffer.concat(out ?? []).toString();
  return { exit, stdout, stderr: Buffer.concat(err ?? []).toString(), json: JSON.parse(stdout) as Json };
}

/** Signs with a token of the services' issuer. */
export function keyless(): readonly string[] {
  return ['--identity-token', there().services.token()];
}

/** Asks for whoever that token names. */
export function who(): readonly string[] {
  return ['--certificate-identity', 'dev@example.test', '--certificate-oidc-issuer', there().services.issuer];
}
