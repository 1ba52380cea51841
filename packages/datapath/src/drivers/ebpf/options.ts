import type { UpcallLimits } from '../../datapath.ts';

export type EbpfOptions = {
  /** Directory of this agent; pinned kernel objects are under `<stateDir>/bpf`. */
  readonly stateDir: string;
  /** Path of the network namespace to work in (/run/netns/NAME); the process's own when absent. */
  readonly namespace?: string;
  /** Flows kept at most; the least recently used make room. Fixed while pinned. */
  readonly capacity?: number;
  /** Bytes of the upcall ring, a power of two. */
  readonly ringBytes?: number;
  /** Upcalls given to the handler in one batch. */
  readonly batch?: number;
  readonly upcallLimits?: UpcallLimits;
  /** 'auto' takes TCX links where the kernel has them (6.6), tc filters otherwise. */
  readonly attach?: 'auto' | 'tcx' | 'clsact';
  /** Where the built programs are; the package's own dist/bpf when absent. */
  readonly artefacts?: string;
};

export type EbpfSettings = {
  readonly stateDir: string;
  readonly namespace: string | undefined;
  readonly capacity: number;
  readonly ringBytes: number;
  readonly batch: number;
  readonly upcallLimits: UpcallLimits;
  readonly attach: 'auto' | 'tcx' | 'clsact';
};

export function settingsOf(options: EbpfOptions): EbpfSettings {
  return {
    stateDir: options.stateDir,
    namespace: options.namespace,
    capacity: options.capacity ?? 65_536,
    ringBytes: options.ringBytes ?? 1 << 24,
    batch: options.batch ?? 64,
    upcallLimits: options.upcallLimits ?? { perPortRate: 100_000, perPortBurst: 20_000 },
    attach: options.attach ?? 'auto',
  };
}
