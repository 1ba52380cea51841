import { readdirSync, readFileSync } from 'node:fs';
import { must, succeeds } from './shell.ts';

/** Every namespace of the bench starts with this and the process id of its run. */
const PREFIX = 'mnbench';

/** How a namespace of this run is called: two runs at once share none. */
export function namespaceName(suffix: string, pid = process.pid): string {
  return `${PREFIX}-${pid}-${suffix}`;
}

/** Namespaces of runs other than `own`: the runs that go on, and what those that were killed left behind. */
export function otherRuns(
  namespaces: readonly string[],
  own: number,
  goesOn: (pid: number) => boolean,
): { readonly running: readonly number[]; readonly left: readonly string[] } {
  const running = new Set<number>();
  const left: string[] = [];
  for (const name of namespaces) {
    const pid = Number(new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1]);
    if (Number.isNaN(pid) || pid === own) continue;
    if (goesOn(pid)) running.add(pid);
    else left.push(name);
  }
  return { running: [...running], left };
}

/** Removes what killed runs left, the processes in their namespaces included; gives the runs that go on. */
export function sweepRuns(): readonly number[] {
  const { running, left } = otherRuns(namespaces(), process.pid, isBench);
  for (const name of left) {
    for (const pid of must(['ip', 'netns', 'pids', name]).split('\n').map(Number)) {
      if (pid > 0) succeeds(['kill', '-KILL', String(pid)]);
    }
    succeeds(['ip', 'netns', 'delete', name]);
  }
  return running;
}

function namespaces(): readonly string[] {
  try {
    return readdirSync('/run/netns');
  } catch {
    return [];
  }
}

/** Process ids come again: one that is no bench is another's. */
function isBench(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('bench/src/main.ts');
  } catch {
    return false;
  }
}
