import {
  DHCP6_MESSAGE,
  dhcp4,
  dhcp6,
  ethernet,
  frame,
  ipv4,
  ipv6,
  MAC_BROADCAST,
  udp,
  type Dhcp4,
  type Dhcp6MessageType,
  type Dhcp6Option,
  type DhcpMessageType,
  type DhcpOption,
} from '@midonet/packet';
import { ip4, ip6, mac } from './literals.ts';

/** A DHCP client's message; by broadcast from no address unless `to` says otherwise. */
export function dhcpClient(
  from: { readonly mac: string },
  type: DhcpMessageType,
  options: readonly DhcpOption[] = [],
  fields: Partial<Dhcp4> = {},
  to: { readonly mac?: string; readonly src?: string; readonly dst?: string } = {},
): Uint8Array {
  return frame(
    ethernet({ dst: to.mac === undefined ? MAC_BROADCAST : mac(to.mac), src: mac(from.mac) }),
    ipv4({ src: ip4(to.src ?? '0.0.0.0'), dst: ip4(to.dst ?? '255.255.255.255') }),
    udp({ srcPort: 68, dstPort: 67 }),
    dhcp4({
      op: 'request',
      transaction: 0x1234,
      clientMac: mac(from.mac),
      options: [{ kind: 'messageType', value: type }, ...options],
      ...fields,
    }),
  );
}

/** A DHCPv6 client's message, from its link-local address to all servers. */
export function dhcp6Client(
  from: { readonly mac: string; readonly ip: string },
  type: Dhcp6MessageType,
  options: readonly Dhcp6Option[] = [],
): Uint8Array {
  return frame(
    ethernet({ dst: mac('33:33:00:01:00:02'), src: mac(from.mac) }),
    ipv6({ src: ip6(from.ip), dst: ip6('ff02::1:2'), hopLimit: 1 }),
    udp({ srcPort: 546, dstPort: 547 }),
    dhcp6({ type: DHCP6_MESSAGE[type], transaction: 0x123456, options }),
  );
}
