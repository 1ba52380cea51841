import { cidr, HOST_MACS, ip4, ip6, mac, SOME_IPS, SOME_IPS6, type VirtualNetwork } from '@midonet/simulation/testing';
import type { Mac } from '@midonet/packet';
import type { DhcpSubnet, PortId } from '@midonet/topology';
import type { Aim, Changes } from './aim.ts';

/** Rows: what was learned, and what bridges are told of addresses. */
export const TABLE_CHANGES: Changes = {
  staticMac: (net, aim) => {
    const [bridgeId, portId] = [aim.pick(net.parts.bridges.keys()), bridgePort(net, aim)];
    if (bridgeId === undefined || portId === undefined) return undefined;
    const vlan = aim.any([0, 0, 1]) ?? 0;
    if (net.parts.staticMacs.pop() === undefined) net.staticMac(bridgeId, aim.any(HOST_MACS) ?? '', portId, vlan);
    return { what: `static MAC at ${net.nameOf(portId)}, or none` };
  },
  staticArp: (net, aim) => {
    const bridgeId = aim.pick(net.parts.bridges.keys());
    if (bridgeId === undefined) return undefined;
    const address = aim.any([...SOME_IPS, ...SOME_IPS6]) ?? '';
    if (net.parts.staticArps.pop() === undefined) net.staticArp(bridgeId, address, aim.any(HOST_MACS) ?? '');
    return { what: `static ARP of ${address} in ${net.nameOf(bridgeId)}, or none` };
  },
  learnedMac: (net, aim) => {
    const [bridgeId, portId] = [aim.pick(net.parts.bridges.keys()), bridgePort(net, aim)];
    if (bridgeId === undefined || portId === undefined) return undefined;
    const vlan = aim.any([0, 0, 1, 2]) ?? 0;
    const row = { kind: 'learnedMac', bridgeId, vlan, mac: someMac(aim), portId } as const;
    return { what: `MAC ${row.mac} moves to ${net.nameOf(portId)}`, rows: [row] };
  },
  neighbour: (net, aim) => {
    const portId = aim.pick(net.parts.neighbours.keys());
    const port = portId === undefined ? undefined : net.parts.ports.get(portId);
    const ip = aim.any([...(net.parts.neighbours.get(portId ?? ('' as PortId))?.keys() ?? [])]);
    if (port?.type !== 'router' || ip === undefined) return undefined;
    const row = { kind: 'neighbour', routerId: port.routerId, portId: port.id, ip, mac: someMac(aim) } as const;
    return { what: `${ip} at ${net.nameOf(port.id)} has MAC ${row.mac}`, rows: [row] };
  },
  dhcp: (net, aim) => {
    const { dhcpSubnets } = net.parts;
    const bridgeId = aim.pick(net.parts.bridges.keys());
    if (bridgeId === undefined) return undefined;
    const at = dhcpSubnets.findIndex((subnet) => subnet.bridgeId === bridgeId);
    if (at >= 0) dhcpSubnets.splice(at, 1);
    if (at >= 0 && aim.chance(0.5)) return { what: `${net.nameOf(bridgeId)} has no DHCP` };
    const address = ip4(aim.any(SOME_IPS) ?? '');
    const options: readonly Partial<DhcpSubnet>[] = [
      { serverAddress: address },
      { dnsForwarder: address },
      { enabled: false, serverAddress: address },
      {},
    ];
    const option = aim.any(options);
    net.dhcpSubnet(bridgeId, '10.0.0.0/24', option);
    return { what: `${net.nameOf(bridgeId)} has DHCP with ${JSON.stringify(option)}` };
  },
  dhcp6: (net, aim) => {
    const { dhcp6Subnets } = net.parts;
    const bridgeId = aim.pick(net.parts.bridges.keys());
    if (bridgeId === undefined) return undefined;
    const at = dhcp6Subnets.findIndex((subnet) => subnet.bridgeId === bridgeId);
    if (at >= 0) dhcp6Subnets.splice(at, 1);
    const address = aim.any(SOME_IPS6) ?? '';
    const row = { kind: 'dhcp6Subnet', bridgeId, subnet: cidr('fd00::/64'), dnsServers: [] } as const;
    dhcp6Subnets.push(aim.chance(0.6) ? { ...row, dnsForwarder: ip6(address) } : row);
    return { what: `${net.nameOf(bridgeId)} has DHCPv6 with ${address} or no forwarder` };
  },
};

function bridgePort(net: VirtualNetwork, aim: Aim): PortId | undefined {
  return aim.pick([...net.parts.ports.values()].filter(({ type }) => type === 'bridge'))?.id;
}

function someMac(aim: Aim): Mac {
  return mac(aim.any(HOST_MACS) ?? '');
}
