import { Argument, type Command } from 'commander';
import { usageError } from './cli-error.ts';
import type { Surroundings } from './session.ts';
import { giveExamples } from './verbs.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Prints a completion script; it holds the whole command tree and asks nobody when it completes. */
export function addCompletion(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('completion')
    .summary('print a completion script for a shell')
    .description('Print a completion script: source it, or keep it where the shell looks.')
    .addArgument(new Argument('<shell>', 'the shell').choices(SHELLS))
    .action((shell: string) => {
      const paths = commandPaths(program, []);
      surroundings.stdout.write(scriptFor(shell, paths));
    });
  giveExamples(command, ['midonet completion bash > /etc/bash_completion.d/midonet', 'midonet completion fish']);
}

type CommandPath = { readonly words: readonly string[]; readonly next: readonly string[] };

/** Every command of the tree with what may follow it: its subcommands, or its options. */
export function commandPaths(command: Command, words: readonly string[]): CommandPath[] {
  const children = command.commands;
  const options = command.options.map((option) => option.long ?? option.short ?? '').filter((flag) => flag !== '');
  const next =
    children.length > 0 ? children.map((child) => child.name()) : [...options, '--at', '--output', '--json', '--help'];
  return [{ words, next }, ...children.flatMap((child) => commandPaths(child, [...words, child.name()]))];
}

function scriptFor(shell: string, paths: readonly CommandPath[]): string {
  switch (shell) {
    case 'bash':
      return bashScript(paths);
    case 'zsh':
      return `autoload -U +X bashcompinit && bashcompinit\n${bashScript(paths)}`;
    case 'fish':
      return fishScript(paths);
    default:
      throw usageError(`no completion for ${shell}; there is ${SHELLS.join(', ')}`);
  }
}

function bashScript(paths: readonly CommandPath[]): string {
  const cases = paths.map(({ words, next }) => `    '${words.join(' ')}') next='${next.join(' ')}' ;;`).join('\n');
  return `_midonet() {
  local word path='' next='' index
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case "$word" in -*) continue ;; esac
    case " $(_midonet_next "$path") " in *" $word "*) path="\${path:+$path }$word" ;; esac
  done
  next=$(_midonet_next "$path")
  # shellcheck disable=SC2207
  COMPREPLY=($(compgen -W "$next" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
_midonet_next() {
  local next=''
  case "$1" in
${cases}
  esac
  printf '%s' "$next"
}
complete -o default -F _midonet midonet
`;
}

function fishScript(paths: readonly CommandPath[]): string {
  const lines = paths.map(({ words, next }) => {
    const seen = words.map((word) => `__fish_seen_subcommand_from ${word}`);
    const unseen = next.filter((word) => !word.startsWith('-'));
    const not = unseen.length === 0 ? [] : [`not __fish_seen_subcommand_from ${unseen.join(' ')}`];
    const condition = [...seen, ...not].join('; and ') || 'true';
    return `complete -c midonet -f -n '${condition}' -a '${next.join(' ')}'`;
  });
  return `${lines.join('\n')}\n`;
}
