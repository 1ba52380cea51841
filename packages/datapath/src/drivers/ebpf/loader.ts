import { BPF_MAP_TYPE_ARRAY, LOAD_RETRIES, loadLoader, mapCreate, mapUpdate, testRun } from '../../kernel/bpf.ts';
import { allocate, EAGAIN, libc, SystemError, type Memory } from '../../kernel/libc.ts';
import { DatapathError } from '../../datapath.ts';
import type { Artefact } from './artefact.ts';

/** File descriptors of what was loaded, by name. */
export type Loaded = { readonly maps: ReadonlyMap<string, number>; readonly programs: ReadonlyMap<string, number> };

/**
 * The light skeleton's context: struct bpf_loader_ctx, then a descriptor for each map and program.
 *
 *   0 size  4 flags  8 log_level  12 log_size  16 log_buf (24 bytes)
 *   maps:     fd out  4 max_entries in (0: as compiled)  8 initial value (16 bytes)
 *   programs: fd out (4 bytes)
 */
const CONTEXT_HEADER = 24;
const MAP_DESCRIPTOR = 16;
const PROGRAM_DESCRIPTOR = 4;
const LOG_BYTES = 1 << 24;

/**
 * Creates all maps and loads all programs by running the loader program in the kernel. `entries`
 * overrides map sizes. Throws DatapathError 'permission' or 'unsupportedKernel'.
 */
export function loadArtefact(artefact: Artefact, entries: Readonly<Record<string, number>>): Loaded {
  const { maps, programs } = artefact;
  const context = allocate(CONTEXT_HEADER + maps.length * MAP_DESCRIPTOR + programs.length * PROGRAM_DESCRIPTOR);
  let log: Memory | undefined;
  const data = allocate(artefact.data.length);
  data.bytes.set(artefact.data);
  const insns = allocate(artefact.insns.length);
  insns.bytes.set(artefact.insns);
  const key = allocate(4);
  const fds = allocate(4);
  context.view.setUint32(0, context.bytes.length, true);
  for (const [index, name] of maps.entries()) {
    context.view.setUint32(CONTEXT_HEADER + index * MAP_DESCRIPTOR + 4, entries[name] ?? 0, true);
  }
  const opened: number[] = [];
  try {
    const dataMap = mapCreate({ type: BPF_MAP_TYPE_ARRAY, keySize: 4, valueSize: artefact.data.length, entries: 1 });
    opened.push(dataMap);
    if (mapUpdate(dataMap, key.address, data.address) < 0) throw new Error('the loader map takes no data');
    fds.view.setInt32(0, dataMap, true);
    const loader = loadLoader(insns, fds);
    opened.push(loader);
    const run = (): number => {
      // As in loadLoader(): a pending signal.
      for (let retries = 0; ; retries++) {
        const { result } = testRun({ program: loader, context });
        if (result !== -EAGAIN || retries === LOAD_RETRIES) return result;
      }
    };
    const result = run();
    if (result < 0) {
      // Once more, for the verifier's words.
      log = allocate(LOG_BYTES);
      context.view.setUint32(8, 1, true);
      context.view.setUint32(12, LOG_BYTES, true);
      context.view.setBigUint64(16, log.address, true);
      run();
    }
    if (result < 0) throw new SystemError('loading the datapath programs', -result);
  } catch (cause) {
    throw explain(cause, log === undefined ? '' : text(log.bytes));
  } finally {
    for (const fd of opened) libc.close(fd);
  }
  const programsAt = CONTEXT_HEADER + maps.length * MAP_DESCRIPTOR;
  return {
    maps: new Map(
      maps.map((name, i) => [name, context.view.getInt32(CONTEXT_HEADER + i * MAP_DESCRIPTOR, true)] as const),
    ),
    programs: new Map(
      programs.map((name, i) => [name, context.view.getInt32(programsAt + i * PROGRAM_DESCRIPTOR, true)] as const),
    ),
  };
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes.subarray(0, Math.max(0, bytes.indexOf(0))));
}

function explain(cause: unknown, log: string): unknown {
  if (!(cause instanceof SystemError)) return cause;
  // The verifier says EACCES too, but not without words.
  if (cause.code === 'EPERM' || (cause.code === 'EACCES' && log === '')) {
    return new DatapathError(
      'permission',
      'the kernel refused to load eBPF programs: run as root, or with CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON',
      { cause },
    );
  }
  const last = log.trim().split('\n').slice(-12).join('\n');
  return new DatapathError(
    'unsupportedKernel',
    `this kernel cannot load the datapath programs (${cause.message}); Linux 6.1 or later with BPF is needed\n${last}`,
    { cause },
  );
}
