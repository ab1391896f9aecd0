import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Bytes, equal, utf8Decode } from '../../bytes/index.ts';
import { AssayError } from '../../errors.ts';
import type { NotationSigner } from '../../sign/notation/index.ts';
import { type Certificate, certificatesFromPem, parseCertificate } from '../../trust/index.ts';
import type { NotationConfig, NotationKey } from '../../trust/notation-config/index.ts';
import type { PinnedPluginHost } from '../../trust/notation-plugin/index.ts';
import type { Call } from '../command.ts';
import type { Values } from '../values.ts';
import { pairsOf } from '../verify/demands.ts';
import { readInput } from '../verify/files.ts';
import { notationFolders } from '../verify/notation-folders.ts';

/** Whoever signs, and the plugins that signing and self-verification may run. */
export interface OpenedSigner {
  readonly signer: NotationSigner;
  readonly plugins: PinnedPluginHost;
}

/** notation's `config.json`, where there is one. Throws `input-invalid`, `file-unreadable`. */
export async function notationConfigOf({ io }: Pick<Call, 'io'>): Promise<NotationConfig> {
  const { NO_CONFIG, parseNotationConfig } = await import('../../trust/notation-config/index.ts');
  const file = join(notationFolders(io).config, 'config.json');
  if (!existsSync(file)) return NO_CONFIG;
  return parseNotationConfig((await readInput(file, "notation's configuration", io)).toString('utf8'), file);
}

/**
 * Options that say what notation's `insecureRegistries` say of the registries of a run: plain HTTP. One client serves a run: where only some of its
 * registries may be spoken to so, none is, and that is misuse. Throws `usage-invalid`.
 */
export function withInsecureRegistries(options: Values, registries: readonly string[], { insecureRegistries }: NotationConfig): Values {
  const insecure = registries.filter((r) => insecureRegistries.has(r));
  if (insecure.length === 0 || options.flag('allow-http-registry')) return options;
  if (insecure.length < registries.length)
    throw new AssayError(
      'usage-invalid',
      `notation's configuration allows plain HTTP for ${insecure[0]}, and not for every registry of this run`,
      {
        hint: 'sign the images of the others in a run of their own',
      },
    );
  return { ...options, flag: (name) => name === 'allow-http-registry' || options.flag(name) };
}

/**
 * The signer that the flags name: `--plugin` with `--id`; `--key` as a file or URI with its certificates; else a name in `signingkeys.json`, or the default
 * there. Throws `usage-invalid`, `key-invalid`, `input-invalid`, and what opening keys and plugins throws.
 */
export async function notationSignerOf(call: Call): Promise<OpenedSigner> {
  const { options, signal } = call;
  const [plugin, id, key] = [options.text('plugin'), options.text('id'), keyFlag(options)];
  if ((plugin === undefined) !== (id === undefined)) throw new AssayError('usage-invalid', '--plugin and --id belong together');
  if (plugin !== undefined && key !== undefined)
    throw new AssayError('usage-invalid', '--key and --plugin exclude each other: one signer is named');
  if (key !== undefined && plugin === undefined && isPlace(key, call)) {
    const plugins = await pluginsOf(call, new Map());
    return { signer: await keySigner(key, await certificatesOf(call), call), plugins };
  }
  const chosen = plugin === undefined || id === undefined ? await namedKey(key, call) : onDemand(plugin, id);
  if (options.has('certificate') && (options.given('certificate') || options.given('certificate-chain')))
    throw new AssayError('usage-invalid', `--certificate is for a key that comes without: ${chosen.name} has its own certificates`);
  if (chosen.kind === 'files') {
    const plugins = await pluginsOf(call, new Map());
    return { signer: await keySigner(chosen.keyPath, await certificatesIn(chosen.certPath, call), call), plugins };
  }
  const plugins = await pluginsOf(call, chosen.config);
  const { openPluginSigner } = await import('../../sign/notation/index.ts');
  return { signer: await openPluginSigner(chosen, plugins.call, signal), plugins };
}

function onDemand(plugin: string, id: string): Extract<NotationKey, { kind: 'plugin' }> {
  return { kind: 'plugin', name: `the key of --plugin ${plugin}`, plugin, id, config: new Map() };
}

function keyFlag(options: Values): string | undefined {
  const [key, ...more] = options.list('key');
  if (more.length > 0) throw new AssayError('usage-invalid', '--key names one key that signs');
  return key === '' ? undefined : key;
}

// "A --key NAME that is neither file nor URI is looked up in signingkeys.json."
function isPlace(key: string, { io }: Call): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(key) || /^pkcs11:/i.test(key) || key === '-' || existsSync(resolve(io.cwd, key));
}

async function namedKey(name: string | undefined, { io }: Call): Promise<NotationKey> {
  const { chooseKey, parseSigningKeys } = await import('../../trust/notation-config/index.ts');
  const file = join(notationFolders(io).config, 'signingkeys.json');
  if (!existsSync(file))
    throw new AssayError(
      'key-invalid',
      name === undefined ? 'which key signs?' : `there is no key "${name.slice(0, 100)}": neither a file nor a URI`,
      {
        hint: `--key FILE --certificate FILE, --plugin NAME --id ID, or a name in ${file}, which is not there`,
      },
    );
  return chooseKey(parseSigningKeys((await readInput(file, 'signing keys', io)).toString('utf8'), file), name, file);
}

async function keySigner(reference: string, chain: readonly Bytes[], call: Call): Promise<NotationSigner> {
  const [{ openKey }, { keyContextOf }, { keyNotationSigner }] = await Promise.all([
    import('../../trust/keys/index.ts'),
    import('../keys/context.ts'),
    import('../../sign/notation/index.ts'),
  ]);
  const handle = await openKey(reference, keyContextOf(call));
  return keyNotationSigner(await handle.signer(), chain, call.io.now());
}

async function certificatesOf(call: Call): Promise<readonly Bytes[]> {
  const { options } = call;
  const text = (name: string): string | undefined => (options.has(name) ? options.text(name) : undefined);
  const [leaf, chain] = [text('certificate'), text('certificate-chain')];
  if (leaf === undefined && chain === undefined)
    throw new AssayError('usage-invalid', 'a Notary Project signature needs the certificates of the key', {
      hint: '--certificate FILE with the whole chain, or --certificate FILE --certificate-chain FILE',
    });
  const own = leaf === undefined ? [] : await certificatesIn(leaf, call);
  const above = chain === undefined ? [] : await certificatesIn(chain, call);
  return [...own, ...above.filter((c) => !own.some((o) => equal(o, c)))];
}

async function certificatesIn(file: string, { io }: Call): Promise<readonly Bytes[]> {
  const bytes = await readInput(file, 'certificate', io);
  const certificates: readonly Certificate[] =
    bytes[0] === 0x30 ? [parseCertificate(bytes)] : certificatesFromPem(utf8Decode(bytes, file), file);
  return certificates.map((c) => c.der);
}

/** The plugins that are pinned, told what is configured for the key, and over that what the flags say. */
async function pluginsOf({ options, io }: Call, config: ReadonlyMap<string, string>): Promise<PinnedPluginHost> {
  const { createPluginHost, parsePin, parsePins } = await import('../../trust/notation-plugin/index.ts');
  const files = await Promise.all(
    options.list('plugin-pins').map(async (file) => parsePins((await readInput(file, 'plugin pins', io)).toString('utf8'), file)),
  );
  return createPluginHost({
    folder: notationFolders(io).plugins,
    pins: [...options.list('plugin-digest').map((text) => parsePin(text)), ...files.flat()],
    config: new Map([...config, ...pairsOf(options.list('plugin-config'), '--plugin-config')]),
    env: io.env,
    home: io.home,
  });
}
