import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { AssayError, messageOf } from '../../errors.ts';
import { type ShownTrust, showTrust } from '../../trust/tuf/index.ts';
import type { CommandModule } from '../command.ts';
import type { Io } from '../io.ts';
import { iso, utc } from './trust-state.ts';

/** `assay trust show`: what a verification would trust, from whom that is known, and since when. */
export const command: CommandModule = {
  configure(command) {
    command.addOption(new Option('--trusted-root <file>', 'show this trusted_root.json instead'));
    command.addHelpText(
      'after',
      '\nOpens no connection: shows what is cached, else what is embedded.\n\nExamples:\n  assay trust show\n  assay trust show --trusted-root trusted_root.json -o json | jq .logs',
    );
  },
  async execute({ options, out, io }) {
    const file = options.text('trusted-root');
    const shown = file === undefined ? await showTrust({ env: io.env, home: io.home, now: io.now().getTime() }) : undefined;
    const json = shown?.source.json ?? (await readRoot(io, file ?? ''));
    const [{ parseTrustedRoot }, { materialJson, printMaterial }] = await Promise.all([
      import('../../trust/trusted-root.ts'),
      import('./trust-material.ts'),
    ]);
    const material = parseTrustedRoot(json);
    for (const { code, message } of shown?.source.warnings ?? []) out.warn(code, message);
    if (out.format !== 'text') {
      const facts = shown === undefined ? { origin: 'file', file } : originJson(shown);
      await out.result({ schema: 'assay/trust-show/v1', ...facts, ...materialJson(material), warnings: out.warnings, errors: [] });
      return 0;
    }
    out.print(`${shown === undefined ? `trusted root   ${file}` : originText(shown, io.now().getTime())}\n`);
    printMaterial(out, material, io.now().getTime());
    return 0;
  },
};

async function readRoot(io: Io, file: string): Promise<string> {
  try {
    return await readFile(resolve(io.cwd, file), 'utf8');
  } catch (cause) {
    throw new AssayError('file-unreadable', `cannot read ${file}: ${messageOf(cause)}`, { cause });
  }
}

function originJson({ source, mirror, folder, tuf }: ShownTrust): object {
  return {
    origin: source.origin,
    mirror,
    folder,
    ageMs: source.age,
    refreshed: iso(tuf.refreshed),
    rootVersion: tuf.rootVersion,
    rootExpires: iso(tuf.rootExpires),
    ...(tuf.expires === undefined ? {} : { expires: iso(tuf.expires) }),
  };
}

function originText({ source, mirror, tuf }: ShownTrust, now: number): string {
  const from = source.origin === 'embedded' ? 'embedded in this version' : `cached from ${mirror}`;
  const due = tuf.expires === undefined || now >= tuf.expires ? 'with the next verification that is online' : `after ${utc(tuf.expires)}`;
  return [
    `trusted root   ${from}, current on ${utc(tuf.refreshed)}`,
    `TUF root       version ${tuf.rootVersion}, ${now < tuf.rootExpires ? 'expires' : 'expired'} ${utc(tuf.rootExpires)}`,
    `next refresh   ${due}`,
  ].join('\n');
}
