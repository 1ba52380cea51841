import { TENANT, tenantNetwork, type RuleText, type VirtualNetwork } from '@midonet/simulation/testing';
import type { PortId } from '@midonet/topology';
import { measureSimulation } from './simulation.bench.ts';

/**
 * What filters cost a packet: the way bridge, router, bridge with an outbound filter at its end.
 * Rules of long chains differ in source network and port, as those of security groups do, and the
 * packet meets none but the last.
 */
function withFilter(rules: readonly RuleText[], network: VirtualNetwork = tenantNetwork()): VirtualNetwork {
  network.filter(network.idOf('db1') as PortId, { outboundFilterId: network.chain('chain', ...rules) });
  return network;
}

function longChain(length: number): VirtualNetwork {
  const rules = Array.from({ length: length - 1 }, (_, i): RuleText => {
    const network = `${i % 2 === 0 ? 172 : 10}.${(i >> 8) & 255}.${i & 255}.0/24`;
    return { do: 'accept', nwSrc: network, nwProto: 17, tpDst: 10_000 + i };
  });
  return withFilter([...rules, { do: 'accept', nwSrc: '10.0.0.0/16' }]);
}

/**
 * Security groups as clouds have them: answers first, then who may reach which port from where, some
 * by network, some by single address, some by group of addresses.
 */
function securityGroups(length: number): VirtualNetwork {
  const network = tenantNetwork();
  const groups = Array.from({ length: 4 }, (_, g) =>
    network.ipAddrGroup(`group ${g}`, ...Array.from({ length: 2_000 }, (_, i) => `172.${20 + g}.${i >> 8}.${i & 255}`)),
  );
  const rules = Array.from({ length: length - 2 }, (_, i): RuleText => {
    const common = { do: 'accept', nwProto: i % 3 === 0 ? 17 : 6, tpDst: 1 + (i % 1000) } as const;
    const [b, c] = [(i >> 8) & 255, i & 255];
    if (i % 4 === 0) return { ...common, ipAddrGroupSrc: groups[(i >> 2) % groups.length] as never };
    if (i % 4 === 1) return { ...common, nwSrc: `192.168.${b}.${c}/32` };
    return { ...common, nwSrc: `10.${128 + (b & 127)}.${c}.0/24` };
  });
  const filter = [{ do: 'accept', connection: 'return' }, ...rules, { do: 'accept', nwSrc: '10.0.0.0/16' }] as const;
  return withFilter(filter, network);
}

function bigGroup(size: number): VirtualNetwork {
  const network = tenantNetwork();
  const addresses = Array.from({ length: size - 1 }, (_, i) => `172.16.${i >> 8}.${i & 255}`);
  const group = network.ipAddrGroup('group', ...addresses, TENANT.web1.ip);
  return withFilter([{ do: 'accept', ipAddrGroupSrc: group }, { do: 'drop' }], network);
}

const CASES: readonly (readonly [string, () => VirtualNetwork])[] = [
  ['no filter', tenantNetwork],
  ...[1, 10, 100, 1000, 5000, 20_000].map((n) => [`chain of ${n} rules`, () => longChain(n)] as const),
  ...[10, 100, 1000, 5000].map((n) => [`security groups of ${n} rules`, () => securityGroups(n)] as const),
  ...[1, 100, 10_000].map((n) => [`group of ${n} addresses`, () => bigGroup(n)] as const),
];

let bare: number | undefined;
for (const [name, network] of CASES) {
  const { p50Micros, p99Micros } = measureSimulation(name, TENANT.db1.ip, network(), 5_000);
  bare ??= p50Micros;
  const more = (p50Micros - bare).toFixed(2);
  console.log(`${name}: p50 ${p50Micros.toFixed(2)} µs (${more} for the filter), p99 ${p99Micros.toFixed(2)} µs`);
}
