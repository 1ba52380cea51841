import type { UpcallLimits } from '../../datapath.ts';
import { structOf } from './artefact.ts';
import type { KernelObjects } from './objects.ts';
import type { PortEntry } from './port-table.ts';

/** First kernel with BPF_F_ADJ_ROOM_DECAP_L3_*: inner and outer IP versions may differ. */
const DECAP_CROSS_KERNEL = [6, 3] as const;

/** Writes what the programs read at every packet. */
export function writeConfig(
  objects: KernelObjects,
  config: { readonly limits: UpcallLimits; readonly tunnels: readonly PortEntry[] },
): void {
  const at = structOf(objects.artefact, 'config', [
    'upcall_interval_ns',
    'upcall_burst_ns',
    'tunnel4',
    'tunnel6',
    'decap_cross',
  ]);
  const { view } = objects.shared('config');
  const interval = Math.max(1, Math.round(1e9 / config.limits.perPortRate));
  view.setBigUint64(at.upcall_interval_ns, BigInt(interval), true);
  view.setBigUint64(at.upcall_burst_ns, BigInt(interval * Math.max(0, config.limits.perPortBurst - 1)), true);
  const tunnel = (family: 'number' | 'bigint'): number =>
    config.tunnels.find(({ spec }) => spec.kind === 'tunnel' && typeof spec.local === family)?.port ?? 0;
  view.setUint32(at.tunnel4, tunnel('number'), true);
  view.setUint32(at.tunnel6, tunnel('bigint'), true);
  view.setUint32(at.decap_cross, kernelAtLeast(...DECAP_CROSS_KERNEL) ? 1 : 0, true);
}

function kernelAtLeast(major: number, minor: number): boolean {
  const [haveMajor = 0, haveMinor = 0] = process.getBuiltinModule('node:os').release().split('.').map(Number);
  return haveMajor > major || (haveMajor === major && haveMinor >= minor);
}
