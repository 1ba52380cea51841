import type { UpcallLimits } from '../../datapath.ts';
import type { FabricHost } from './fabric-host.ts';

export type MemoryOptions = {
  /** Milliseconds of a clock that never goes back. The driver reads no other one. */
  readonly clock: () => number;
  /** The host of a fabric this datapath is of; one alone in a fabric of its own when absent. */
  readonly host?: FabricHost;
  /** Flows kept at most; the least recently used one makes room. */
  readonly capacity?: number;
  /** Different masks at most; a flow that would need one more is refused. */
  readonly maxMasks?: number;
  /** Outputs and tunnels in one action list at most. */
  readonly maxOutputs?: number;
  /** Upcalls of one port that wait for the handler; more are dropped and counted. */
  readonly upcallQueue?: number;
  readonly upcallLimits?: UpcallLimits;
};

export type MemorySettings = {
  readonly clock: () => number;
  readonly capacity: number;
  readonly maxMasks: number;
  readonly maxOutputs: number;
  readonly upcallQueue: number;
  readonly upcallLimits: UpcallLimits;
};

export function settingsOf(options: MemoryOptions): MemorySettings {
  return {
    clock: options.clock,
    capacity: options.capacity ?? 65_536,
    maxMasks: options.maxMasks ?? 64,
    maxOutputs: options.maxOutputs ?? 1024,
    upcallQueue: options.upcallQueue ?? 256,
    upcallLimits: options.upcallLimits ?? { perPortRate: 10_000, perPortBurst: 2_000 },
  };
}
