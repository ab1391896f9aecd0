/** Keys with certificates, a plugin in a folder, and an image to sign. */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { localSigner, privateKeyOf } from '../../src/crypto/index.ts';
import { keyNotationSigner, type RawNotationSigner } from '../../src/sign/notation/index.ts';
import { type KeyKind, makeNotaryAuthority, type NotaryLeafOptions, notaryChain, sharedKey } from '../../src/testing/authority/index.ts';
import { createPluginHost, type PinnedPluginHost, parsePin } from '../../src/trust/notation-plugin/index.ts';

/** The present of these tests: whole seconds, so that times can be compared. */
export const NOW = new Date(Math.floor(Date.now() / 1000) * 1000);
/** Whoever issues the certificates. */
export const NOTARY = makeNotaryAuthority({ name: 'acme', now: NOW, intermediate: true });
/** Kinds of keys that may sign, with the algorithm that each demands. */
export const ALGORITHMS = {
  rsa2048: 'PS256',
  rsa3072: 'PS384',
  rsa4096: 'PS512',
  p256: 'ES256',
  p384: 'ES384',
  p521: 'ES512',
} as const;

/** A signer with a key of a kind at hand. */
export function signerOf(kind: KeyKind = 'p256', options: NotaryLeafOptions = {}): RawNotationSigner {
  const chain = notaryChain(NOTARY, { keyKind: kind, ...options });
  const key = options.key ?? sharedKey(kind, 'notary leaf');
  return keyNotationSigner(
    localSigner(privateKeyOf(key.privateKey), `${kind}.key`),
    chain.map((c) => c.der),
    NOW,
  );
}

/** A plugin in a folder of its own. */
export interface LabPlugin {
  readonly folder: string;
  readonly name: string;
  /** `NAME=sha256:HEX`. */
  readonly pin: string;
  /** What it is configured with when it tells the truth. */
  readonly config: ReadonlyMap<string, string>;
  /** A host that runs it, configured with this besides. */
  readonly host: (config?: Readonly<Record<string, string>>, timeoutMs?: number) => PinnedPluginHost;
  /** The commands that it was asked, when `log` was configured. */
  readonly asked: () => readonly string[];
  readonly close: () => void;
}

const PROGRAM = join(import.meta.dirname, '../fixtures/notation-plugin/plugin.cjs');

/** Installs the plugin with a key of a kind, as `FOLDER/NAME/notation-NAME`. */
export function installPlugin(
  kind: KeyKind = 'p256',
  base = mkdtempSync(join(tmpdir(), 'assay-signing-plugin-')),
  name = 'com.example.signer',
): LabPlugin {
  const [folder, files] = [join(base, 'plugins'), join(base, 'plugin-files')];
  for (const made of [join(folder, name), files]) mkdirSync(made, { recursive: true });
  const program = `#!${process.execPath}\n${readFileSync(PROGRAM, 'utf8')}`;
  const path = join(folder, name, `notation-${name}`);
  writeFileSync(path, program);
  chmodSync(path, 0o755);
  const write = (file: string, content: string): string => {
    writeFileSync(join(files, file), content);
    return join(files, file);
  };
  const pemOf = (its: string, of: KeyKind = kind): string =>
    sharedKey(of, its).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const log = write('log', '');
  const config = new Map([
    ['key', write('key.pem', pemOf('notary leaf'))],
    ['other', write('other.pem', pemOf('another', 'p256'))],
    [
      'chain',
      write(
        'chain.pem',
        notaryChain(NOTARY, { keyKind: kind })
          .map((c) => c.pem)
          .join(''),
      ),
    ],
    ['log', log],
  ]);
  const pin = `${name}=sha256:${createHash('sha256').update(program).digest('hex')}`;
  return {
    folder,
    name,
    pin,
    config,
    host: (more = {}, timeoutMs = 20_000) =>
      createPluginHost({
        folder,
        pins: [parsePin(pin)],
        config: new Map([...config, ...Object.entries(more)]),
        env: { PATH: process.env.PATH },
        home: base,
        timeoutMs,
      }),
    asked: () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
    close: () => rmSync(base, { recursive: true, force: true }),
  };
}
