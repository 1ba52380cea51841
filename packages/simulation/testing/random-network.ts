import { formatMac } from '@midonet/packet';
import type { BridgeId, PortId, RouterId } from '@midonet/topology';
import { addRandomFilters } from './random-filters.ts';
import { addRandomMirrors } from './random-mirrors.ts';
import { VirtualNetwork } from './virtual-network.ts';

/** A source of numbers in [0, 1), e.g. from a seed. */
export type Random = () => number;

/** mulberry32: small, seeded, good enough to vary tests. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** Few values, so that packets, rows and devices often meet. */
export const ROUTER_MACS = ['02:00:00:00:0a:01', '02:00:00:00:0a:02', '02:00:00:00:0a:03'];
export const HOST_MACS = ['02:00:00:00:00:01', '02:00:00:00:00:02', '02:00:00:00:00:03'];
export const SOME_IPS = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.1.4', '10.1.0.1', '10.1.0.2', '192.0.2.1'];
export const ODD_IPS = ['10.0.0.255', '169.254.1.1', '127.0.0.1', '0.0.0.0', '224.0.0.5', '255.255.255.255'];
export const SOME_IPS6 = ['fd00::1', 'fd00::2', 'fd00::3', 'fd00:1::1', 'fd00:1::2', '2001:db8::1'];
export const ODD_IPS6 = ['fe80::1', 'fe80::ff:fe00:a01', '::', '::1', 'ff02::1'];
const PREFIXES = ['0.0.0.0/0', '10.0.0.0/8', '10.0.0.0/24', '10.1.0.0/16', '10.1.0.2/32', '192.0.2.0/25'];
const PREFIXES6 = ['::/0', 'fd00::/16', 'fd00:1::/32', 'fd00::2/128'];

/** Bridges, VLANs, routers, links (loops too), rows right and wrong, things down: whatever the seed says. */
export function randomNetwork(random: Random): VirtualNetwork {
  const net = new VirtualNetwork();
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const chance = (p: number): boolean => random() < p;
  const count = (most: number): number => 1 + Math.floor(random() * most);
  const bridges: BridgeId[] = Array.from({ length: count(3) }, (_, i) => net.bridge(`bridge${i}`));
  const routers: RouterId[] = Array.from({ length: count(3) }, (_, i) => net.router(`router${i}`));
  const bridgePorts: PortId[] = [];
  const routerPorts: [RouterId, PortId][] = [];
  for (const bridge of bridges) {
    for (let i = count(3); i > 0; i--) bridgePorts.push(net.vm(bridge, `vm${i}`, { active: chance(0.9) }));
  }
  const portOptions = (): { mac: string; addresses: string[] } => ({
    mac: pick(ROUTER_MACS),
    addresses: [`${pick(SOME_IPS)}/${pick([8, 24, 32])}`, ...(chance(0.7) ? [`${pick(SOME_IPS6)}/64`] : [])],
  });
  for (const router of routers) {
    for (let i = count(2); i > 0; i--) {
      const vlan = chance(0.3) ? { vlanId: pick([1, 2]) } : undefined;
      routerPorts.push([router, net.attach(router, pick(bridges), `link${i}`, { ...portOptions(), ...vlan })]);
    }
    if (chance(0.5)) routerPorts.push([router, net.uplink(router, 'uplink', portOptions())]);
    if (chance(0.4)) net.linkRouters([router, portOptions()], [pick(routers), portOptions()], 'trunk');
  }
  if (chance(0.5)) net.linkBridges(pick(bridges), pick(bridges), 'vlan', chance(0.7) ? pick([1, 2]) : undefined);
  for (let i = count(8); i > 0; i--) {
    const [router, via] = pick(routerPorts);
    const is4 = chance(0.6);
    net.route(router, is4 ? pick(PREFIXES) : pick(PREFIXES6), {
      via,
      type: pick(['normal', 'normal', 'normal', 'blackhole', 'reject']),
      weight: pick([0, 100]),
      ...(chance(0.5) ? { gateway: is4 ? pick(SOME_IPS) : pick(SOME_IPS6) } : undefined),
      ...(chance(0.3) ? { source: is4 ? pick(PREFIXES) : pick(PREFIXES6) } : undefined),
    });
  }
  for (let i = count(10); i > 0; i--) {
    net.learn(pick(bridges), pick(HOST_MACS), pick(bridgePorts), pick([0, 0, 0, 1, 2]));
  }
  for (const [router, port] of routerPorts) {
    for (const address of [...SOME_IPS, ...SOME_IPS6]) {
      if (chance(0.6)) net.neighbour(router, port, address, chance(0.1) ? 'failed' : pick(HOST_MACS));
    }
  }
  if (chance(0.5)) net.staticArp(pick(bridges), chance(0.6) ? pick(SOME_IPS) : pick(SOME_IPS6), pick(HOST_MACS));
  if (chance(0.3)) net.staticMac(pick(bridges), pick(HOST_MACS), pick(bridgePorts));
  if (chance(0.2)) net.admin(pick(net.portIds), false);
  if (chance(0.1)) net.admin(pick(bridges), false);
  if (chance(0.1)) net.admin(pick(routers), false);
  if (chance(0.5)) addRandomFilters(net, random, { ports: net.portIds, devices: [...bridges, ...routers] });
  if (chance(0.3)) {
    const policies = [net.qosPolicy('policy0', pick([0, 1, 46])), net.qosPolicy('policy1')];
    for (const id of [...bridges, ...bridgePorts]) if (chance(0.4)) net.filter(id, { qosPolicyId: pick(policies) });
  }
  if (chance(0.4)) addRandomMirrors(net, random, { ports: net.portIds, devices: [...bridges, ...routers] });
  if (chance(0.3)) {
    const source = (): string => pick(['', `=${pick(SOME_IPS)}`, `=${pick(SOME_IPS6)}`, '=10.0.0.0/24', '=::/0']);
    const allowed = (): string[] => Array.from({ length: count(6) }, () => `${pick(HOST_MACS)}${source()}`);
    for (const id of bridgePorts) if (chance(0.4)) net.guard(id, ...allowed());
  }
  if (chance(0.3)) addRandomInsertions(net, random, bridgePorts);
  return net;
}

/** One or two service ports, each for some MACs at the other ports, tagged or not. */
function addRandomInsertions(net: VirtualNetwork, random: Random, ports: readonly PortId[]): void {
  const services = ports.slice(0, random() < 0.5 ? 1 : 2);
  const inspected = ports.slice(services.length);
  for (const [i, service] of services.entries()) {
    const all = inspected.flatMap((port) => [...HOST_MACS, ...ROUTER_MACS].map((hardware) => ({ port, hardware })));
    const served = all.filter(() => random() < 0.5);
    const bare = random() < 0.3;
    for (const [n, { port, hardware }] of served.slice(0, bare ? 1 : 8).entries()) {
      const options = { vlan: bare ? 0 : 1 + n, position: i, failOpen: random() < 0.5 };
      net.insertion(`insertion${i}.${n}`, [port, service], hardware, options);
    }
  }
}

/** MACs that a router near the port listens to; empty when there is none. */
export function routerMacsNear(net: VirtualNetwork, portId: PortId): string[] {
  const port = net.topology.port(portId);
  if (port === undefined) return [];
  if (port.type === 'router') return [formatMac(port.mac)];
  const device = net.topology.bridge(port.bridgeId);
  return [...(device?.routerPeers.values() ?? [])].map((peer) => formatMac(peer.mac));
}
