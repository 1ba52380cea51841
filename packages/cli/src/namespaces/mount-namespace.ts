import { readdirSync, readlinkSync } from 'node:fs';

/**
 * Whether what is mounted here is seen by the rest of the machine: not inside `ip netns exec`, which
 * has a mount namespace of its own. The oldest process that may be looked at is outside; in a
 * container with few privileges that is not process 1.
 */
export function mountsAreSeen(): boolean {
  const own = namespaceOf(process.pid);
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  for (const pid of pids.sort((a, b) => a - b)) {
    const namespace = namespaceOf(pid);
    if (namespace !== undefined) return namespace === own;
  }
  return true;
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    // Gone, or out of reach.
    return undefined;
  }
}
