import { spawnSync } from 'node:child_process';
import { failure } from '../cli-error.ts';

/** Runs a program and gives its standard output; a failure carries the command and what it said. */
export function runCommand(command: readonly [string, ...string[]], timeoutMs = 30_000): string {
  const [program, ...args] = command;
  const ran = spawnSync(program, args, { encoding: 'utf8', timeout: timeoutMs });
  if (ran.error !== undefined && ran.status === null && ran.signal === null) {
    const { message } = ran.error;
    throw failure(`cannot run ${program}: ${message.includes('ENOENT') ? 'it is not installed' : message}`);
  }
  if (ran.status !== 0) {
    const said = (ran.stderr.trim() || ran.stdout.trim()).split('\n').at(-1) || `it ended with status ${ran.status}`;
    throw failure(`${command.join(' ')}: ${ran.signal === null ? said : `no answer in ${timeoutMs / 1000} s`}`);
  }
  return ran.stdout;
}

/** `ip`, in the network namespace of that name or in this one. */
export function ip(namespace: string | undefined, ...words: string[]): string {
  return runCommand(['ip', ...(namespace === undefined ? [] : ['-n', namespace]), ...words]);
}

export function namespaceExists(name: string): boolean {
  return ip(undefined, 'netns', 'list')
    .split('\n')
    .some((line) => line.split(' ')[0] === name);
}

export function interfaceExists(namespace: string | undefined, name: string): boolean {
  try {
    ip(namespace, 'link', 'show', 'dev', name);
    return true;
  } catch {
    return false;
  }
}
