import { network4, type Ip4, type IpAddress, type Mac } from '@midonet/packet';
import type { BridgeDevice, DhcpHost, DhcpSubnet, PortId } from '@midonet/topology';

/** The hardware address all DHCP servers of bridges share; locally administered, never a port's. */
export const DHCP_SERVER_MAC = 0x024448435001 as Mac;

/** What a bridge hands to one client. */
export type DhcpLease = {
  readonly subnet: DhcpSubnet;
  readonly host: DhcpHost;
  readonly server: Ip4;
  readonly prefixLength: number;
  /** The port it asks through is an instance's, to which the metadata service answers. */
  readonly isInstance: boolean;
};

/** The lease configured for a hardware address; undefined when no enabled subnet knows it. */
export function leaseOf(device: BridgeDevice, portId: PortId, mac: Mac): DhcpLease | undefined {
  for (const { subnet, hosts } of device.dhcp) {
    const host = hosts.get(mac);
    const server = serverAddress(subnet);
    if (!subnet.enabled || host === undefined || server === undefined) continue;
    const isInstance = device.ports.get(portId)?.instanceId !== undefined;
    return { subnet, host, server, prefixLength: subnet.subnet.length, isInstance };
  }
  return undefined;
}

/** The configured server address, else the gateway's, else the first address of the subnet. */
export function serverAddress(subnet: DhcpSubnet): Ip4 | undefined {
  const { address, length } = subnet.subnet;
  if (typeof address !== 'number') return undefined;
  return subnet.serverAddress ?? subnet.defaultGateway ?? ((network4(address, length) + 1) as Ip4);
}

/** True when the bridge must answer ARP for `ip` itself, so that clients can renew by unicast. */
export function servesAddress(device: BridgeDevice, ip: IpAddress): boolean {
  return device.dhcp.some(({ subnet }) => subnet.enabled && subnet.serverAddress === ip);
}
