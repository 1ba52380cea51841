import { arch } from 'node:os';
import { allocate, checked, EAGAIN, errno, libc, type Memory } from './libc.ts';

/**
 * bpf(2). Attribute layouts are those of `union bpf_attr` in linux/bpf.h, which never change; one
 * attribute buffer is reused, as calls are synchronous.
 */
const NR_BPF = arch() === 'arm64' ? 280 : 321;
const COMMAND = {
  mapCreate: 0,
  lookup: 1,
  update: 2,
  delete: 3,
  nextKey: 4,
  programLoad: 5,
  pin: 6,
  get: 7,
  testRun: 10,
  lookupBatch: 24,
  updateBatch: 26,
  deleteBatch: 27,
  linkCreate: 28,
  linkUpdate: 29,
} as const;

/** Loads given up for a pending signal are tried again this often. */
export const LOAD_RETRIES = 50;

const $attr = allocate(256);

/** Raw call with what the caller put into the attribute buffer; result or -1 (see errno()). */
function call(command: keyof typeof COMMAND, size: number): number {
  return libc.syscall(NR_BPF, COMMAND[command], $attr.address, size, 0, 0);
}

function clear(): DataView {
  $attr.bytes.fill(0);
  return $attr.view;
}

/** NUL-terminated copy outside the heap. */
export function cString(text: string): Memory {
  const bytes = new TextEncoder().encode(text);
  const memory = allocate(bytes.length + 1);
  memory.bytes.set(bytes);
  return memory;
}

export const BPF_MAP_TYPE_ARRAY = 2;
export const BPF_PROG_TYPE_SCHED_CLS = 3;

export function mapCreate(map: { type: number; keySize: number; valueSize: number; entries: number }): number {
  const a = clear();
  a.setUint32(0, map.type, true);
  a.setUint32(4, map.keySize, true);
  a.setUint32(8, map.valueSize, true);
  a.setUint32(12, map.entries, true);
  return checked('bpf map create', call('mapCreate', 72));
}

function element(fd: number, key: bigint, value: bigint, flags: number): void {
  const a = $attr.view;
  a.setUint32(0, fd, true);
  a.setUint32(4, 0, true);
  a.setBigUint64(8, key, true);
  a.setBigUint64(16, value, true);
  a.setUint32(24, flags, true);
  a.setUint32(28, 0, true);
}

/** 0, or -1 with errno(). */
export function mapUpdate(fd: number, key: bigint, value: bigint, flags = 0): number {
  element(fd, key, value, flags);
  return call('update', 32);
}

export function mapLookup(fd: number, key: bigint, value: bigint): number {
  element(fd, key, value, 0);
  return call('lookup', 32);
}

export function mapDelete(fd: number, key: bigint): number {
  element(fd, key, 0n, 0);
  return call('delete', 32);
}

export function mapNextKey(fd: number, key: bigint, next: bigint): number {
  element(fd, key, next, 0);
  return call('nextKey', 32);
}

export type Batch = { readonly fd: number; readonly keys: bigint; readonly values: bigint; readonly count: number };

function batch(command: 'updateBatch' | 'deleteBatch', b: Batch): number {
  const a = clear();
  a.setBigUint64(16, b.keys, true);
  a.setBigUint64(24, b.values, true);
  a.setUint32(32, b.count, true);
  a.setUint32(36, b.fd, true);
  const result = call(command, 56);
  return result < 0 ? a.getUint32(32, true) : b.count;
}

/** Stores `count` entries; returns how many it stored (all, unless errno() says why not). */
export function mapUpdateBatch(b: Batch): number {
  return batch('updateBatch', b);
}

/** Deletes `count` keys; stops at one that is not there. Returns how many it deleted. */
export function mapDeleteBatch(b: Batch): number {
  return batch('deleteBatch', b);
}

/** Loads a program of type SYSCALL that uses one map as fd_array[0]; the light skeleton's loader. */
export function loadLoader(insns: Memory, fdArray: Memory): number {
  const license = cString('Dual BSD/GPL');
  const a = clear();
  a.setUint32(0, 31, true);
  a.setUint32(4, insns.bytes.length / 8, true);
  a.setBigUint64(8, insns.address, true);
  a.setBigUint64(16, license.address, true);
  a.setUint32(44, 1 << 4, true);
  a.setBigUint64(120, fdArray.address, true);
  for (let retries = 0; ; retries++) {
    const fd = call('programLoad', 128);
    // The verifier gives up with EAGAIN when a signal is pending (one of a child that just ended, say).
    if (fd >= 0 || errno() !== EAGAIN || retries === LOAD_RETRIES) return checked('bpf load of the loader program', fd);
  }
}

export type TestRun = {
  readonly program: number;
  readonly data?: Memory;
  readonly out?: Memory;
  readonly context?: Memory;
  readonly contextOut?: Memory;
  readonly repeat?: number;
};

/** Runs a program once (or `repeat` times) on crafted input. `duration` is ns a run. */
export function testRun(run: TestRun): { result: number; length: number; duration: number } {
  const a = clear();
  a.setUint32(0, run.program, true);
  a.setUint32(8, run.data?.bytes.length ?? 0, true);
  a.setUint32(12, run.out?.bytes.length ?? 0, true);
  a.setBigUint64(16, run.data?.address ?? 0n, true);
  a.setBigUint64(24, run.out?.address ?? 0n, true);
  a.setUint32(32, run.repeat ?? 0, true);
  a.setUint32(40, run.context?.bytes.length ?? 0, true);
  a.setUint32(44, run.contextOut?.bytes.length ?? 0, true);
  a.setBigUint64(48, run.context?.address ?? 0n, true);
  a.setBigUint64(56, run.contextOut?.address ?? 0n, true);
  checked('bpf test run', call('testRun', 80));
  return { result: a.getInt32(4, true), length: a.getUint32(12, true), duration: a.getUint32(36, true) };
}

export function pinObject(fd: number, path: string): void {
  const name = cString(path);
  const a = clear();
  a.setBigUint64(0, name.address, true);
  a.setUint32(8, fd, true);
  checked(`pin at ${path}`, call('pin', 16));
}

/** File descriptor of a pinned object, or undefined when there is none. */
export function getPinned(path: string): number | undefined {
  const name = cString(path);
  const a = clear();
  a.setBigUint64(0, name.address, true);
  const fd = call('get', 16);
  return fd < 0 ? undefined : fd;
}

export const ATTACH_TCX_INGRESS = 46;
export const ATTACH_TCX_EGRESS = 47;

/** TCX link on an interface of the calling thread's namespace; -1 with errno() when it cannot be. */
export function createLink(program: number, ifindex: number, attachType: number): number {
  const a = clear();
  a.setUint32(0, program, true);
  a.setUint32(4, ifindex, true);
  a.setUint32(8, attachType, true);
  return call('linkCreate', 32);
}

/** Swaps the program of a link; no packet passes without one. */
export function updateLink(link: number, program: number): number {
  const a = clear();
  a.setUint32(0, link, true);
  a.setUint32(4, program, true);
  return call('linkUpdate', 16);
}
