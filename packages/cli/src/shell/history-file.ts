import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Lines that are kept. */
const MOST = 1000;
/** Not to be found on disk later. */
const SECRET = /--(token|enrol|password)\b/;

export function historyFile(environment: Readonly<Record<string, string | undefined>>): string {
  const base = environment['XDG_STATE_HOME'] ?? join(environment['HOME'] ?? homedir(), '.local', 'state');
  return join(base, 'midonet', 'shell-history');
}

/** Newest first, as readline has it; empty when there is none. */
export function readHistory(path: string): string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .reverse();
  } catch {
    return [];
  }
}

/** Readable by its owner alone; a history that cannot be kept is no reason to fail. */
export function writeHistory(path: string, lines: readonly string[]): void {
  const kept = lines.filter((line) => !SECRET.test(line)).slice(0, MOST);
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(path, `${[...kept].reverse().join('\n')}\n`, { mode: 0o600 });
  } catch {
    return;
  }
}
