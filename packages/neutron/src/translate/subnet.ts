import { isIp4, parseCidr, type Ip4, type Ip6, type IpAddress } from '@midonet/packet';
import type { Dhcp6Subnet, DhcpRoute, DhcpSubnet, Entity } from '@midonet/topology';
import { isUplink } from '../objects/network.ts';
import type { Network, Subnet } from '../objects/objects.ts';
import { roleOf } from '../objects/port.ts';
import type { NeutronReader } from '../reader.ts';

const METADATA = parseCidr('169.254.169.254/32');

/** What a bridge tells machines that ask by DHCP. */
export async function subnetTopology(subnet: Subnet, read: NeutronReader): Promise<readonly Entity[]> {
  const network = await read.get('network', subnet.network_id);
  if (network === undefined || isUplink(network)) return [];
  if (!isIp4(subnet.cidr.address)) return handsOut6(subnet) ? [subnet6(subnet)] : [];
  return [subnet4(subnet, network, await dhcpServer(subnet, read))];
}

/** Whether it hands out addresses, and does not leave them to machines. */
export function handsOut6({ enable_dhcp: enabled, ipv6_address_mode: mode }: Subnet): boolean {
  return enabled !== false && (mode === 'dhcpv6-stateful' || mode === 'dhcpv6-stateless');
}

function subnet4(subnet: Subnet, { mtu }: Network, server: Ip4 | undefined): DhcpSubnet {
  const gateway = ip4(subnet.gateway_ip);
  const metadata = server === undefined || METADATA === undefined ? [] : [{ destination: METADATA, gateway: server }];
  return {
    kind: 'dhcpSubnet',
    bridgeId: subnet.network_id,
    subnet: subnet.cidr,
    defaultGateway: gateway,
    serverAddress: server ?? gateway,
    dnsServers: (subnet.dns_nameservers ?? []).filter(isIp4),
    interfaceMtu: mtu === null || mtu === 0 ? undefined : mtu,
    routes: [...(subnet.host_routes ?? []).flatMap(dhcpRoute), ...metadata],
    enabled: subnet.enable_dhcp ?? true,
  };
}

function dhcpRoute({ destination, nexthop }: NonNullable<Subnet['host_routes']>[number]): DhcpRoute[] {
  return isIp4(destination.address) && isIp4(nexthop) ? [{ destination, gateway: nexthop }] : [];
}

/** The address of Neutron's own DHCP port, where there is one: its agent serves metadata there. */
async function dhcpServer(subnet: Subnet, read: NeutronReader): Promise<Ip4 | undefined> {
  const ports = await read.naming('subnet', subnet.id, 'port');
  const fixed = ports.filter((port) => roleOf(port) === 'dhcp').flatMap((port) => port.fixed_ips ?? []);
  return ip4(fixed.find(({ subnet_id: id }) => id === subnet.id)?.ip_address);
}

function subnet6({ network_id: bridgeId, cidr, dns_nameservers: servers }: Subnet): Dhcp6Subnet {
  const isIp6 = (address: IpAddress): address is Ip6 => !isIp4(address);
  return { kind: 'dhcp6Subnet', bridgeId, subnet: cidr, dnsServers: (servers ?? []).filter(isIp6) };
}

function ip4(address: IpAddress | null | undefined): Ip4 | undefined {
  return address !== null && address !== undefined && isIp4(address) ? address : undefined;
}
