import { Argument, Command } from 'commander';
import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import { SCRIPTS } from '../completion/scripts.ts';
import { parserOf } from '../run-command.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'];

/** `assay completion SHELL`, and the questions that the script asks while a person types: `assay complete -- WORDS`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('SHELL', 'whose script').choices(SHELLS));
    command.addHelpText(
      'after',
      '\nExamples:\n  source <(assay completion bash)\n  assay completion zsh > ~/.zsh/completions/_assay\n  assay completion fish > ~/.config/fish/completions/assay.fish\n  assay completion powershell >> $PROFILE',
    );
  },
  async execute({ args, out }) {
    const shell = args[0] ?? '';
    const text = SCRIPTS.get(shell) ?? (await libraryScript(shell));
    if (out.format === 'text') out.print(text);
    else await out.result({ schema: 'assay/completion/v1', shell, script: text });
    return 0;
  },
};

// The library's fish script passes words on as they are, and evaluates none.
async function libraryScript(shell: string): Promise<string> {
  const { script } = await import('@bomb.sh/tab');
  return captured(() => script(shell as 'fish', 'assay', 'assay'));
}

/** Answers what may stand at the end of `words`, one candidate a line with its description behind a tab, as @bomb.sh/tab's scripts ask. */
export async function complete(words: readonly string[]): Promise<string> {
  const { default: tab } = await import('@bomb.sh/tab/commander');
  const root = new Command('assay');
  for (const [name, entry] of COMMANDS) attach(root, name, parserOf(name, entry, (await entry.load()).command));
  const completions = tab(root);
  return captured(() => completions.parse([...words]));
}

function attach(root: Command, name: string, parser: Command): void {
  const [first = '', second] = name.split(' ');
  if (second === undefined) {
    root.addCommand(parser.name(first));
    return;
  }
  const family = root.commands.find((c) => c.name() === first) ?? root.command(first);
  family.addCommand(parser.name(second));
}

// The library prints with console.log.
function captured(work: () => void): string {
  const print = console.log;
  const lines: string[] = [];
  console.log = (...values: unknown[]) => {
    lines.push(values.join(' '));
  };
  try {
    work();
  } catch (cause) {
    throw new AssayError('internal', 'completion failed', { cause });
  } finally {
    console.log = print;
  }
  return `${lines.join('\n')}\n`;
}
