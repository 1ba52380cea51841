import type { Command } from 'commander';

/** Names of objects of a kind, for what follows `show bridge`. */
export type NamesOf = (kind: string) => Promise<readonly string[]>;

/**
 * What the last word of a line may become: subcommands, options behind a dash, names of objects where
 * the command takes some. As readline wants it: the candidates, and the part that they replace.
 */
export async function complete(program: Command, line: string, namesOf: NamesOf): Promise<[string[], string]> {
  const words = line.split(/\s+/);
  const last = words.pop() ?? '';
  let command = program;
  for (const word of words) {
    const next = command.commands.find((one) => one.name() === word);
    if (next !== undefined) command = next;
  }
  const all = last.startsWith('-')
    ? [...command.options, ...program.options].flatMap((one) => one.long ?? [])
    : command.commands.length > 0
      ? command.commands.map((one) => one.name())
      : await objects(command, words, namesOf);
  return [[...new Set(all)].filter((one) => one.startsWith(last)).sort(), last];
}

/** The kind is the argument's name (`link <port> <peer>`), the command's own, or the word before it. */
async function objects(command: Command, words: readonly string[], namesOf: NamesOf): Promise<readonly string[]> {
  const given = words.slice(words.indexOf(command.name()) + 1).filter((word) => word !== '');
  const expected = command.registeredArguments[Math.min(given.length, command.registeredArguments.length - 1)];
  const before = words.at(-1) ?? '';
  const kinds = [before.replace(/^--/, ''), expected?.name() ?? '', command.name()];
  for (const kind of kinds) {
    const names = await namesOf(kind.replace(/s$/, ''));
    if (names.length > 0) return names;
  }
  return [];
}
