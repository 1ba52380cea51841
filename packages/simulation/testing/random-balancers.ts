import type { RouterId } from '@midonet/topology';
import type { MemberText, PoolText } from './balancer-literals.ts';
import { udpFrame } from './frames.ts';
import { HOST_MACS, SOME_IPS, SOME_IPS6, type Random } from './random-network.ts';
import type { VirtualNetwork } from './virtual-network.ts';

const MEMBERS4 = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.1.0.2'];
const MEMBERS6 = ['[fd00::1]', '[fd00::2]', '[fd00:1::1]'];
const PLACES4 = ['10.0.0.2', '10.0.1.4', '10.1.0.1', '192.0.2.1'];
const PLACES6 = ['[fd00::2]', '[fd00::3]', '[fd00:1::2]', '[2001:db8::1]'];

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
    if (!chance(0.8)) continue;
    const kinds = [
      ['udp', 53, MEMBERS4, PLACES4],
      ['tcp', 80, MEMBERS4, PLACES4],
      ['tcp', 443, MEMBERS4, PLACES4],
      ['udp', 53, MEMBERS6, PLACES6],
    ] as const;
    const pools: Record<string, PoolText> = {};
    const vips: Record<string, { at: string; pool: string; sticky: boolean; up: boolean }> = {};
    for (const [i, [protocol, port, members, places]] of kinds.entries()) {
      const name = `pool${n}.${i}`;
      const some = members.filter(() => chance(0.7)).map((address) => member(address, port));
      pools[name] = { protocol, up: chance(0.9), members: some };
      for (const [j, place] of places.entries()) {
        const vip = { at: `${place}:${port}`, pool: name, sticky: chance(0.4), up: chance(0.9) };
        if (chance(0.6)) vips[`vip${n}.${i}.${j}`] = vip;
      }
    }
    net.balancer(router, { up: chance(0.9), checked: chance(0.5), pools, vips });
  }
}

/** A datagram to one of the VIPs, for who is next to a router. */
export function packetToVip(random: Random, routerMacs: readonly string[]): Uint8Array | undefined {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  if (routerMacs.length === 0) return undefined;
  const from = { mac: pick(HOST_MACS), ip: pick(SOME_IPS), ip6: pick(SOME_IPS6) };
  const to = pick([...PLACES4, ...PLACES6]).replace(/[[\]]/g, '');
  return udpFrame(from, pick(routerMacs), to, { ports: [pick([1, 2]), 53] });
}
