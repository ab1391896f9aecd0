import { createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Key, Metadata, MetaFile, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } from '@tufjs/models';
import { Role } from '@tufjs/models/dist/role.js';

/** A key that signs TUF metadata. */
export interface TufSigner {
  readonly key: Key;
  readonly sign: (data: Buffer) => Signature;
}

export function tufSigner(): TufSigner {
  const { privateKey, publicKey }: { privateKey: KeyObject; publicKey: KeyObject } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const keyID = createHash('sha256').update(pem).digest('hex');
  const key = new Key({ keyID, keyType: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyVal: { public: pem } });
  return { key, sign: (data) => new Signature({ keyID, sig: sign('sha256', data, privateKey).toString('hex') }) };
}

/** What a publication says; what is left out stays as it was. */
export interface Publication {
  readonly trustedRoot?: string;
  /** Further targets, by name; only of this publication. */
  readonly targets?: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly timestampExpires?: number;
  readonly snapshotExpires?: number;
  readonly timestampVersion?: number;
}

/** A TUF repository in memory, with real keys: what a mirror serves, by path. */
export class TufRepository {
  readonly files = new Map<string, Buffer>();
  rootVersion = 0;
  version = 0;
  #root: TufSigner;
  #online: TufSigner;
  #trustedRoot = '{"first":true}';

  constructor() {
    this.#root = tufSigner();
    this.#online = tufSigner();
    this.rotateRoot();
    this.publish();
  }

  /** The text of a root. */
  root(version: number): string {
    return this.files.get(`/${version}.root.json`)?.toString('utf8') ?? '';
  }

  get onlineSigner(): TufSigner {
    return this.#online;
  }

  /** The next root, signed by the last and the new key. The options make wrong ones. */
  rotateRoot(
    options: {
      readonly expires?: number;
      readonly version?: number;
      readonly by?: (old: TufSigner, next: TufSigner) => readonly TufSigner[];
    } = {},
  ): void {
    const before = this.#root;
    const next = this.rootVersion === 0 ? before : tufSigner();
    this.rootVersion++;
    const keys = { [next.key.keyID]: next.key, [this.#online.key.keyID]: this.#online.key };
    const role = (signer: TufSigner): Role => new Role({ keyIDs: [signer.key.keyID], threshold: 1 });
    const root = new Root({
      version: options.version ?? this.rootVersion,
      specVersion: '1.0.31',
      expires: iso(options.expires ?? Date.now() + 365 * DAY),
      consistentSnapshot: true,
      keys,
      roles: { root: role(next), timestamp: role(this.#online), snapshot: role(this.#online), targets: role(this.#online) },
    });
    this.#root = next;
    this.files.set(`/${this.rootVersion}.root.json`, signed(root, options.by?.(before, next) ?? [before, next]));
  }

  publish(publication: Publication = {}): void {
    this.version++;
    const { version } = this;
    this.#trustedRoot = publication.trustedRoot ?? this.#trustedRoot;
    const targets: Record<string, TargetFile> = {};
    for (const [path, text] of Object.entries({ 'trusted_root.json': this.#trustedRoot, ...publication.targets })) {
      const content = Buffer.from(text);
      const digest = createHash('sha256').update(content).digest('hex');
      targets[path] = new TargetFile({ path, length: content.length, hashes: { sha256: digest } });
      this.files.set(`/targets/${digest}.${path}`, content);
    }
    const far = iso(Date.now() + 365 * DAY);
    const common = { version, specVersion: '1.0.31', expires: far };
    this.files.set(`/${version}.targets.json`, signed(new Targets({ ...common, targets }), [this.#online]));
    const snapshot = new Snapshot({
      ...common,
      expires: iso(publication.snapshotExpires ?? Date.now() + 365 * DAY),
      meta: { 'targets.json': new MetaFile({ version }) },
    });
    this.files.set(`/${version}.snapshot.json`, signed(snapshot, [this.#online]));
    const timestamp = new Timestamp({
      ...common,
      version: publication.timestampVersion ?? version,
      expires: iso(publication.timestampExpires ?? Date.now() + 7 * DAY),
      snapshotMeta: new MetaFile({ version }),
    });
    this.files.set('/timestamp.json', signed(timestamp, [this.#online]));
  }
}

export const DAY = 86_400_000;

function iso(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

function signed(content: Root | Targets | Snapshot | Timestamp, signers: readonly TufSigner[]): Buffer {
  const metadata = new Metadata(content);
  for (const signer of new Set(signers)) metadata.sign(signer.sign);
  return Buffer.from(JSON.stringify(metadata.toJSON()));
}

/** A mirror on loopback that counts what it is asked. */
export interface Mirror {
  readonly url: string;
  readonly requests: string[];
  /** Answers in the mirror's place when it returns true. */
  fault: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined;
  close(): Promise<void>;
}

export async function serveMirror(files: ReadonlyMap<string, Buffer>): Promise<Mirror> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? '');
    if (mirror.fault?.(request, response)) return;
    const body = files.get(request.url ?? '');
    response.writeHead(body === undefined ? 404 : 200);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const mirror: Mirror = {
    url: `http://127.0.0.1:${port}`,
    requests,
    fault: undefined,
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return mirror;
}
