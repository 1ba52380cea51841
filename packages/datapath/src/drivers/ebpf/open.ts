import { SystemError } from '../../kernel/libc.ts';
import { DatapathError, type Datapath, type DatapathEvents } from '../../datapath.ts';
import { EbpfDatapath } from './ebpf-datapath.ts';
import type { EbpfOptions } from './options.ts';

export type { EbpfOptions } from './options.ts';

/**
 * Opens the kernel datapath of a network namespace. What an earlier process left pinned under
 * `<stateDir>/bpf` is adopted: ports, numbers, flows and their counters; traffic is not touched.
 * Throws DatapathError: 'permission', 'unsupportedKernel', 'io', each with what to do.
 */
export async function openEbpf(options: EbpfOptions, events: DatapathEvents): Promise<Datapath> {
  const undo: (() => void)[] = [];
  try {
    return new EbpfDatapath(options, events, undo);
  } catch (cause) {
    // What an earlier process pinned stays, and its traffic goes on.
    for (const release of undo) release();
    if (!(cause instanceof SystemError)) throw cause;
    const denied = cause.code === 'EPERM' || cause.code === 'EACCES';
    const hint = denied ? ': run as root (CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON, CAP_SYS_ADMIN)' : '';
    throw new DatapathError(denied ? 'permission' : 'io', `opening the eBPF datapath: ${cause.message}${hint}`, {
      cause,
    });
  }
}
