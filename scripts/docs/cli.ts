import { COMMANDS } from '../../src/cli/commands.ts';
import { run } from '../../src/cli/main.ts';
import { GENERATED, type Page } from './page.ts';

/** `docs/reference/cli.md`: what `--help` prints of every command. */
export async function cliPage(): Promise<Page> {
  const sections: string[] = [];
  for (const [name, entry] of COMMANDS) {
    const help = await helpOf([...name.split(' '), '--help']);
    sections.push(`## assay ${name}\n\nJSON: \`${entry.schema}\`\n\n\`\`\`text\n${help}\`\`\``);
  }
  const text = `# The command line

${GENERATED}

Results go to stdout; progress, warnings, errors and hints to stderr. With \`--output json\` every exit prints exactly one object
([JSON](json.md)). Every flag has a variable too, \`COSIGN_<FLAG>\`: \`COSIGN_TRUSTED_ROOT\` stands for \`--trusted-root\`; [all others](environment.md). Errors: [errors](errors.md).
What becomes of cosign's and notation's commands and flags: [compatibility](compatibility.md).

\`\`\`text
${await helpOf(['--help'])}\`\`\`

${sections.join('\n\n')}
`;
  return { path: 'docs/reference/cli.md', text };
}

async function helpOf(argv: readonly string[]): Promise<string> {
  let text = '';
  const exit = await run(argv, {
    stdout: { write: (chunk) => (text += String(chunk)) },
    stderr: { write: (chunk) => (text += String(chunk)) },
    stdin: (async function* () {})(),
    env: {},
    cwd: '/',
    home: '/nonexistent',
    isTTY: { stdout: false, stderr: false },
    columns: 120,
    now: () => new Date(0),
  });
  if (exit !== 0) throw new Error(`assay ${argv.join(' ')} ended with ${exit}: ${text}`);
  return text.replaceAll(/[ \t]+$/gm, '').replace(/\n*$/, '\n');
}
