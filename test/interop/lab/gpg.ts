/** Real GnuPG with a home of its own, and real skopeo: whoever signs, and who judges. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { requirePeer } from '../peers.ts';
import type { Ran, Workshop } from './workshop.ts';

/** GnuPG in a workshop. */
export interface Gpg {
  /** Runs gpg, which has to succeed. */
  readonly run: (argv: readonly string[]) => Promise<Ran>;
  /** Makes a key without passphrase; answers its fingerprint. */
  readonly makeKey: (
    name: string,
    options?: { readonly algorithm?: string; readonly expires?: string; readonly at?: string },
  ) => Promise<string>;
  /** Exports a public key into a file of the workshop. */
  readonly exportKey: (fingerprint: string, file: string, options?: readonly string[]) => Promise<string>;
  /** Signs bytes; answers the signed message. */
  readonly sign: (content: string, keys: readonly string[], options?: readonly string[]) => Promise<Buffer>;
  readonly close: () => Promise<void>;
}

/** Whether this machine has GnuPG. */
export function hasGpg(): boolean {
  const found = existsSync('/usr/bin/gpg');
  if (!found) process.stderr.write('peer missing: gpg\n');
  return found;
}

/** Opens a home for GnuPG below a workshop. */
export function openGpg(workshop: Workshop): Gpg {
  const home = workshop.path('gnupg');
  mkdirSync(home, { mode: 0o700 });
  let signed = 0;
  const run: Gpg['run'] = async (argv) => {
    const ran = await exec(
      '/usr/bin/gpg',
      ['--homedir', home, '--batch', '--yes', '--pinentry-mode', 'loopback', '--passphrase', '', ...argv],
      workshop,
    );
    if (ran.code !== 0) throw new Error(`gpg ${argv.join(' ')}: ${ran.stderr}`);
    return ran;
  };
  return {
    run,
    async makeKey(name, { algorithm = 'ed25519', expires = 'never', at } = {}) {
      const time = at === undefined ? [] : ['--faked-system-time', at];
      const id = `${name} <${name}@example.com>`;
      await run([...time, '--quick-gen-key', id, algorithm, 'sign', expires]);
      const { stdout } = await run(['--with-colons', '--fingerprint', id]);
      return /^fpr:+([0-9A-F]{40}):/m.exec(stdout)?.[1] ?? '';
    },
    async exportKey(fingerprint, file, options = []) {
      await run([...options, '--output', workshop.path(file), '--export', fingerprint]);
      return workshop.path(file);
    },
    async sign(content, keys, options = []) {
      const n = signed++;
      workshop.write(`content-${n}`, content);
      const output = workshop.path(`signed-${n}`);
      await run([
        ...keys.flatMap((k) => ['--local-user', `${k}!`]),
        ...options,
        '--output',
        output,
        '--sign',
        workshop.path(`content-${n}`),
      ]);
      return workshop.read(`signed-${n}`);
    },
    close: async () => void (await exec('/usr/bin/gpgconf', ['--homedir', home, '--kill', 'all'], workshop)),
  };
}

/** Runs skopeo, whatever comes out. */
export function skopeo(workshop: Workshop, argv: readonly string[]): Promise<Ran> {
  return exec(requirePeer({ skip: () => {} }, 'skopeo').path, argv, workshop);
}

function exec(program: string, argv: readonly string[], workshop: Workshop): Promise<Ran> {
  return workshop.peer(program, argv, { GNUPGHOME: workshop.path('gnupg') });
}

/** The payload of a simple signature, with changes. */
export function simplePayload(digest: string, reference: string, critical: object = {}, whole: object = {}): string {
  return JSON.stringify({
    critical: {
      type: 'atomic container signature',
      image: { 'docker-manifest-digest': digest },
      identity: { 'docker-reference': reference },
      ...critical,
    },
    optional: { creator: 'a test', timestamp: 1_700_000_000 },
    ...whole,
  });
}

/** The digest of a text. */
export function digestOfText(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
