import { randomCondition, type Nameable } from './random-filters.ts';
import type { Random } from './random-network.ts';
import type { VirtualNetwork } from './virtual-network.ts';

/** Trace requests with random conditions at random ports and devices, not about connections. */
export function addRandomTraces(net: VirtualNetwork, random: Random, { ports, devices }: Nameable): void {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const portGroups = [net.portGroup('traced', pick(ports), pick(ports))];
  const addressGroups = [net.ipAddrGroup('traced-too', '10.0.0.1', 'fd00::2')];
  const of = { ports, portGroups, addressGroups, devices: [...devices, ...ports] };
  for (let i = 0; i < 3; i++) {
    const { connection: _, ...condition } = randomCondition(random, of);
    net.trace(`trace${i}`, pick([...devices, ...ports]), condition);
  }
}
