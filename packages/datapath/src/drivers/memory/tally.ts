import type { DatapathDrop, PortCounters } from '../../datapath.ts';

export type DropTally = Record<DatapathDrop, number>;
export type PortTally = { -readonly [field in keyof PortCounters]: number };

export function noDrops(): DropTally {
  return {
    flowDrop: 0,
    upcallQueueFull: 0,
    upcallRateLimited: 0,
    unknownPort: 0,
    unknownTunnel: 0,
    malformed: 0,
    outputGone: 0,
    encapFailed: 0,
    meter: 0,
  };
}

export function noTraffic(): PortTally {
  return { rxPackets: 0, rxBytes: 0, txPackets: 0, txBytes: 0 };
}
