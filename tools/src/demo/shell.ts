import { spawn, spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';

export type Ran = { readonly code: number; readonly output: string };

/** Runs a command to its end; both streams in one text. */
export function run(
  command: readonly string[],
  options: { env?: Record<string, string>; timeoutMs?: number } = {},
): Ran {
  const [program = '', ...args] = command;
  const ran = spawnSync(program, args, {
    encoding: 'utf8',
    env: { ...process.env, ...options.env },
    timeout: options.timeoutMs ?? 120_000,
  });
  const said = `${ran.stdout}${ran.stderr}`;
  return { code: ran.status ?? 124, output: ran.error === undefined ? said : `${said}${ran.error.message}\n` };
}

/** Runs a command that must succeed. */
export function must(command: readonly string[], options: { env?: Record<string, string> } = {}): string {
  const { code, output } = run(command, options);
  if (code !== 0) throw new Error(`${command.join(' ')}\n${output.trimEnd()}`);
  return output;
}

/** Starts a program that outlives this one, its output in a file; gives its process id. */
export function startDetached(command: readonly string[], log: string, env: Record<string, string> = {}): number {
  const [program = '', ...args] = command;
  const file = openSync(log, 'a', 0o600);
  const child = spawn(program, args, {
    detached: true,
    stdio: ['ignore', file, file],
    env: { ...process.env, ...env },
  });
  child.unref();
  if (child.pid === undefined) throw new Error(`cannot start ${program}`);
  return child.pid;
}
