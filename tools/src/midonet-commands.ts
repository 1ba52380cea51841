import { createProgram } from '@midonet/cli';

const SILENT = { stdout: { write: () => true }, stderr: { write: () => true }, env: {} };

/** Undefined when the CLI takes these words, else what is wrong with them. */
export function knowsMidonetCommand(words: readonly string[]): string | undefined {
  let command = createProgram(SILENT);
  const path = ['midonet'];
  const rest = [...words];
  while (command.commands.length > 0) {
    const word = rest.shift();
    if (word === undefined || word.startsWith('-')) return undefined;
    if (word === 'help') return undefined;
    const child = command.commands.find((one) => one.name() === word);
    if (child === undefined) return `${path.join(' ')} has no command "${word}"`;
    command = child;
    path.push(word);
  }
  // The daemons read their own arguments.
  if (['agent', 'controller', 'store'].includes(command.name())) return undefined;
  const known = new Set(['--help', '--at', '--json', '--output', '-o', '--url', '--token', '-h']);
  for (const { long, short } of command.options) for (const flag of [long, short]) if (flag != null) known.add(flag);
  const unknown = rest.find((word) => /^--?[a-z]/.test(word) && !known.has(word.split('=')[0] ?? ''));
  return unknown === undefined ? undefined : `${path.join(' ')} has no option "${unknown}"`;
}
