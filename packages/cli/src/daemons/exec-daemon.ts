import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type DaemonName = 'controller' | 'agent' | 'store';

const MAIN = {
  controller: 'server/src/main.ts',
  agent: 'agent/src/main.ts',
  store: 'server/src/store-main.ts',
} as const;

/** The program of a daemon: another package's main, found from this file; nothing of it is imported. */
export function daemonProgram(name: DaemonName): string {
  const bundled = fileURLToPath(new URL(`./${name}.js`, import.meta.url));
  if (existsSync(bundled)) return bundled;
  return fileURLToPath(new URL(`../../../${MAIN[name]}`, import.meta.url));
}

/**
 * Becomes the daemon: the same process id, so that signals, supervisors and namespaces see one
 * program and not a shell around it.
 */
export function execDaemon(name: DaemonName, args: readonly string[]): never {
  if (process.execve === undefined) throw new Error('process.execve is missing; midonet needs Node 24');
  return process.execve(process.execPath, [process.execPath, daemonProgram(name), ...args], process.env);
}
