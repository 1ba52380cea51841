import type { RouterId } from '@midonet/topology';
import type { MemberText, PoolText } from './balancer-literals.ts';
import type { Random } from './random-network.ts';
import type { VirtualNetwork } from './virtual-network.ts';

const MEMBERS4 = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.1.0.2'];
const MEMBERS6 = ['[fd00::1]', '[fd00::2]', '[fd00:1::1]'];
const PLACES4 = ['10.0.0.2', '192.0.2.1'];
const PLACES6 = ['[fd00::3]', '[2001:db8::1]'];

/** Load balancers at some routers: pools of both protocols and IP versions, members and VIPs up, down, heavy and sticky. */
export function addRandomBalancers(net: VirtualNetwork, random: Random, routers: readonly RouterId[]): void {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const chance = (p: number): boolean => random() < p;
  const member = (address: string, port: number): MemberText => ({
    at: `${address}:${port}`,
    weight: pick([0, 1, 1, 5]),
    up: chance(0.9),
    ...(chance(0.3) ? { health: pick(['up', 'down'] as const) } : undefined),
  });
  for (const [n, router] of routers.entries()) {
    if (!chance(0.6)) continue;
    const kinds = [
      ['udp', 53, MEMBERS4, PLACES4],
      ['tcp', 80, MEMBERS4, PLACES4],
      ['udp', 53, MEMBERS6, PLACES6],
    ] as const;
    const pools: Record<string, PoolText> = {};
    const vips: Record<string, { at: string; pool: string; sticky: boolean; up: boolean }> = {};
    for (const [i, [protocol, port, members, places]] of kinds.entries()) {
      const name = `pool${n}.${i}`;
      const some = members.filter(() => chance(0.5)).map((address) => member(address, port));
      pools[name] = { protocol, up: chance(0.9), members: some };
      const at = `${pick(places)}:${port}`;
      vips[`vip${n}.${i}`] = { at, pool: name, sticky: chance(0.4), up: chance(0.9) };
    }
    net.balancer(router, { up: chance(0.9), checked: chance(0.5), pools, vips });
  }
}
