import { Argument, Command } from 'commander';
import { AssayError } from '../../errors.ts';
import type { CommandModule } from '../command.ts';
import { COMMANDS } from '../commands.ts';
import { parserOf } from '../run-command.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'];

/** The library's script evaluates the words of the line, so that a Tab behind `$(…)` runs what stands there; this one only passes them on. */
const BASH = String.raw`# bash completion for assay
_assay_complete() {
    local line out current="${'$'}{COMP_WORDS[COMP_CWORD]}"
    COMPREPLY=()
    out="$(assay complete -- "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" || return
    while IFS= read -r line; do
        [[ "$line" == :* ]] && continue
        line="${'$'}{line%%$'\t'*}"
        [[ -n "$line" && "$line" == "$current"* ]] && COMPREPLY+=("$line")
    done <<< "$out"
}
complete -o default -F _assay_complete assay
`;

/** `assay completion SHELL`, and the questions that the script asks while a person types: `assay complete -- WORDS`. */
export const command: CommandModule = {
  configure(command) {
    command.addArgument(new Argument('SHELL', 'whose script').choices(SHELLS));
    command.addHelpText(
      'after',
      '\nExamples:\n  source <(assay completion bash)\n  assay completion zsh > ~/.zsh/completions/_assay\n  assay completion fish > ~/.config/fish/completions/assay.fish',
    );
  },
  async execute({ args, out }) {
    const shell = args[0] ?? '';
    const { script } = await import('@bomb.sh/tab');
    const text = shell === 'bash' ? BASH : captured(() => script(shell as 'zsh', 'assay', 'assay'));
    if (out.format === 'text') out.print(text);
    else await out.result({ schema: 'assay/completion/v1', shell, script: text });
    return 0;
  },
};

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
