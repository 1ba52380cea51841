import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { join, resolve } from 'node:path';
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

/**
 * Processes through which other mount namespaces can be entered, oldest first: process 1 where that
 * is allowed, else the oldest that is. Each stands for the namespace it is in.
 */
function outerProcesses(): readonly number[] {
  const seen = new Set<string>([readlinkSync('/proc/self/ns/mnt')]);
  const found: number[] = [];
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger);
  for (const pid of pids.sort((a, b) => a - b)) {
    try {
      const namespace = readlinkSync(`/proc/${pid}/ns/mnt`);
      if (!seen.has(namespace)) found.push(pid);
      seen.add(namespace);
    } catch {
      // Gone, or out of reach.
    }
  }
  return found;
}

/** Our own namespace is the outermost when no process older than this one is elsewhere. */
function candidates(): readonly number[] {
  return outerProcesses().filter((pid) => pid < process.pid);
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
  const path = join(resolve(stateDir), 'bpf');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const mount = ['mount', '-t', 'bpf', '-o', 'mode=0700', 'bpf', path];
  const outer = candidates();
  for (const pid of outer) if (isBpffs(`/proc/${pid}/root${path}`)) return hold(`/proc/${pid}/root${path}`);
  if (isBpffs(path)) return hold(path);
  for (const pid of outer) {
    if (!existsSync(`/proc/${pid}/root${path}`)) continue;
    quietly('nsenter', ['-t', String(pid), '-m', ...mount]);
    if (isBpffs(`/proc/${pid}/root${path}`)) return hold(`/proc/${pid}/root${path}`);
  }
  if (quietly('mount', mount.slice(1)) && isBpffs(path)) return hold(path);
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
  const path = join(resolve(stateDir), 'bpf');
  for (const pid of candidates()) {
    if (isBpffs(`/proc/${pid}/root${path}`)) quietly('nsenter', ['-t', String(pid), '-m', 'umount', path]);
  }
  if (isBpffs(path)) quietly('umount', [path]);
}
