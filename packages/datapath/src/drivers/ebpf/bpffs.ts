import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { allocate, checked, libc } from '../../kernel/libc.ts';
import { DatapathError } from '../../datapath.ts';

const BPFFS_MAGIC = 0xcafe4a11;

function isBpffs(path: string): boolean {
  const buffer = allocate(128);
  return libc.statfs(path, buffer.address) === 0 && buffer.view.getUint32(0, true) === BPFFS_MAGIC;
}

function quietly(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const O_PATH_DIRECTORY = 0x200000 | 0x10000 | 0x80000;

/** A process, which stands for the mount namespace it is in. */
type Place = number | 'self';

/** The mount namespace of a process; undefined where it may not be looked at. */
function namespaceOf(pid: Place): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/mnt`);
  } catch {
    // Gone, or out of reach.
    return undefined;
  }
}

/**
 * Whether the process sees the same folder there. A container may have one of its own under the same
 * name, with the pins of its own agent: those are none of ours.
 */
function sees(pid: number, folder: string): boolean {
  try {
    const [own, theirs] = [statSync(folder), statSync(`/proc/${pid}/root${folder}`)];
    return own.dev === theirs.dev && own.ino === theirs.ino;
  } catch {
    return false;
  }
}

/**
 * Where the mount may be: one process of each mount namespace that shares the folder, the namespace
 * with the oldest first. That is process 1's where it may be looked at.
 */
function places(folder: string): readonly Place[] {
  const own = namespaceOf('self');
  const seen = new Set<string>();
  const found: Place[] = [];
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  for (const pid of pids.filter((one) => one <= process.pid).sort((a, b) => a - b)) {
    const namespace = namespaceOf(pid);
    if (namespace === undefined || seen.has(namespace)) continue;
    seen.add(namespace);
    if (namespace === own) found.push('self');
    else if (sees(pid, folder)) found.push(pid);
  }
  return found;
}

const rootOf = (place: Place): string => (place === 'self' ? '' : `/proc/${place}/root`);

function runIn(place: Place, command: string, ...args: readonly string[]): boolean {
  return place === 'self' ? quietly(command, args) : quietly('nsenter', ['-t', String(place), '-m', command, ...args]);
}

export type Bpffs = {
  /** Stays valid whatever becomes of the process that lent its namespace. */
  readonly path: string;
  close(): void;
};

/**
 * The directory for pinned maps, links and programs: `<stateDir>/bpf` with a BPF file system on it.
 *
 * `ip netns exec` starts processes in a mount namespace of their own: what they mount goes when they
 * go, and with it the pins and the traffic. So the mount is made in an outer namespace, the first
 * process's where that is allowed, and is kept open here by a descriptor. Only where there is none
 * (or it is forbidden) it is made here.
 */
export function openBpffs(stateDir: string): Bpffs {
  mkdirSync(join(stateDir, 'bpf'), { recursive: true, mode: 0o700 });
  const folder = realpathSync(stateDir);
  const path = join(folder, 'bpf');
  const all = places(folder);
  for (const place of all) if (isBpffs(rootOf(place) + path)) return hold(rootOf(place) + path);
  for (const place of all) {
    runIn(place, 'mount', '-t', 'bpf', '-o', 'mode=0700', 'bpf', path);
    if (isBpffs(rootOf(place) + path)) return hold(rootOf(place) + path);
  }
  throw new DatapathError(
    'permission',
    `cannot mount a BPF file system at ${path}: run as root with CAP_SYS_ADMIN, or mount one there before (mount -t bpf bpf ${path})`,
  );
}

function hold(path: string): Bpffs {
  const fd = checked(`open ${path}`, libc.open(path, O_PATH_DIRECTORY));
  return { path: `/proc/${process.pid}/fd/${fd}`, close: () => void libc.close(fd) };
}

/** Takes the mount away; harmless when it is not there. */
export function unmountBpffs(stateDir: string): void {
  if (!existsSync(stateDir)) return;
  const folder = realpathSync(stateDir);
  const path = join(folder, 'bpf');
  for (const place of places(folder)) if (isBpffs(rootOf(place) + path)) runIn(place, 'umount', path);
}
