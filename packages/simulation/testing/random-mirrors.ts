import type { MirrorId } from '@midonet/topology';
import { randomCondition, type Nameable } from './random-filters.ts';
import type { Random } from './random-network.ts';
import type { VirtualNetwork } from './virtual-network.ts';

/** Mirrors with random conditions to random ports, on random sides of ports and devices. */
export function addRandomMirrors(net: VirtualNetwork, random: Random, { ports, devices }: Nameable): void {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const portGroups = [net.portGroup('watched', pick(ports), pick(ports))];
  const addressGroups = [net.ipAddrGroup('looked-at', '10.0.0.1', 'fd00::2')];
  const of = { ports, portGroups, addressGroups, devices: [...devices, ...ports] };
  const mirrors = Array.from({ length: 3 }, (_, i) => {
    const conditions = Array.from({ length: Math.floor(random() * 3) }, () => randomCondition(random, of));
    return net.mirror(`mirror${i}`, pick(ports), ...conditions);
  });
  const some = (): readonly MirrorId[] | undefined => {
    const chosen = mirrors.filter(() => random() < 0.15);
    return chosen.length === 0 ? undefined : chosen;
  };
  for (const id of [...devices, ...ports]) net.filter(id, { inboundMirrorIds: some(), outboundMirrorIds: some() });
  for (const id of ports) net.filter(id, { postInFilterMirrorIds: some(), preOutFilterMirrorIds: some() });
}
