import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An agent holds its state folder as long as it runs: its process id and when that process started are in this file. */
export function agentLock(stateDir: string): string {
  return join(stateDir, 'agent.pid');
}

/** What this process writes there. */
export function ownLock(): string {
  return `${process.pid} ${startOf(process.pid) ?? ''}\n`;
}

/** The living agent that has the folder. A recycled process number has another start time. */
export function agentOf(stateDir: string): number | undefined {
  const [text, start] = (read(agentLock(stateDir)) ?? '').trim().split(' ');
  const pid = Number(text);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  const actual = startOf(pid);
  return actual !== undefined && (start === undefined || start === actual) ? pid : undefined;
}

/** When a process was started, in clock ticks since boot; undefined when there is none. */
function startOf(pid: number): string | undefined {
  const stat = read(`/proc/${pid}/stat`);
  // The command's name may contain anything, so count from its closing bracket.
  return stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
