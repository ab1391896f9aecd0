import { COMMANDS, type CommandEntry, GROUPS } from './commands.ts';

/** The help of `assay` itself, or of a family of commands such as `download`. */
export function topHelp(family?: string, commands: ReadonlyMap<string, CommandEntry> = COMMANDS): string {
  const shown = [...commands].filter(([name]) => family === undefined || name.startsWith(`${family} `));
  const width = Math.max(...shown.map(([name]) => name.length));
  const lines = [`Usage: assay ${family === undefined ? 'COMMAND' : `${family} COMMAND`} [options]`, ''];
  if (family === undefined) lines.push('Signs, attests, verifies and moves container images with all their evidence.', '');
  for (const group of GROUPS) {
    const members = shown.filter(([, entry]) => entry.group === group);
    if (members.length > 0) lines.push(`${group}:`, ...members.map(([name, entry]) => `  ${name.padEnd(width)}   ${entry.summary}`), '');
  }
  lines.push(`assay ${family === undefined ? '' : `${family} `}COMMAND --help   options and examples of a command`);
  if (family === undefined)
    lines.push(
      'assay --version        the version',
      '',
      'References: [REGISTRY/]REPOSITORY[:TAG][@DIGEST], oci:FOLDER[:TAG][@DIGEST], oci-archive:FILE[:TAG][@DIGEST]',
      'Exit codes: 0 done, verified, signed · 1 not verified, nothing found · 2 misuse · 3 inconclusive · 4 internal error',
    );
  return `${lines.join('\n')}\n`;
}
