/** 'low': takes what others leave of the processors, and a fourth where they leave nothing. */
export type Priority = 'usual' | 'low';

/** The command that runs a command, and all it starts, with that priority. */
export function withPriority(
  priority: Priority,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  return priority === 'usual' ? command : ['nice', '-n', '5', ...command];
}
