import { ARP_SIZE, emitArp, printArp, type Arp } from './arp.ts';
import { dhcp4Size, emitDhcp4, printDhcp4, type Dhcp4 } from './dhcp4.ts';
import { dhcp6Size, emitDhcp6, printDhcp6, type Dhcp6 } from './dhcp6.ts';
import { emitEthernet, ETHERNET_SIZE, printEthernet, type Ethernet } from './ethernet.ts';
import { emitGre, greSize, printGre, type Gre } from './gre.ts';
import { emitIcmp4, ICMP4_SIZE, printIcmp4, type Icmp4 } from './icmp4.ts';
import { emitIcmp6, icmp6Size, printIcmp6, type Icmp6 } from './icmp6.ts';
import { emitIpv4, ipv4Size, printIpv4, type Ipv4 } from './ipv4.ts';
import { emitIpv6, ipv6Size, printIpv6, type Ipv6 } from './ipv6.ts';
import { emitTcp, printTcp, tcpSize, type Tcp } from './tcp.ts';
import { emitUdp, printUdp, UDP_SIZE, type Udp } from './udp.ts';
import { emitVlan, printVlan, VLAN_SIZE, type Vlan } from './vlan.ts';
import { emitVxlan, printVxlan, VXLAN_SIZE, type Vxlan } from './vxlan.ts';

/** Every header this package knows, told apart by `kind`. */
export type Header = Ethernet | Vlan | Arp | Ipv4 | Ipv6 | Icmp4 | Icmp6 | Tcp | Udp | Vxlan | Gre | Dhcp4 | Dhcp6;

/** Bytes that `emitHeader` will write. */
export function headerSize(header: Header): number {
  switch (header.kind) {
    case 'ethernet':
      return ETHERNET_SIZE;
    case 'vlan':
      return VLAN_SIZE;
    case 'arp':
      return ARP_SIZE;
    case 'ipv4':
      return ipv4Size(header);
    case 'ipv6':
      return ipv6Size(header);
    case 'icmp4':
      return ICMP4_SIZE;
    case 'icmp6':
      return icmp6Size(header);
    case 'tcp':
      return tcpSize(header);
    case 'udp':
      return UDP_SIZE;
    case 'vxlan':
      return VXLAN_SIZE;
    case 'gre':
      return greSize(header);
    case 'dhcp4':
      return dhcp4Size(header);
    case 'dhcp6':
      return dhcp6Size(header);
    default:
      return header satisfies never;
  }
}

/** Writes one header at `offset`; returns the offset behind it. Lengths and types as in the value. */
export function emitHeader(header: Header, out: Uint8Array, offset: number): number {
  switch (header.kind) {
    case 'ethernet':
      return emitEthernet(header, out, offset);
    case 'vlan':
      return emitVlan(header, out, offset);
    case 'arp':
      return emitArp(header, out, offset);
    case 'ipv4':
      return emitIpv4(header, out, offset);
    case 'ipv6':
      return emitIpv6(header, out, offset);
    case 'icmp4':
      return emitIcmp4(header, out, offset);
    case 'icmp6':
      return emitIcmp6(header, out, offset);
    case 'tcp':
      return emitTcp(header, out, offset);
    case 'udp':
      return emitUdp(header, out, offset);
    case 'vxlan':
      return emitVxlan(header, out, offset);
    case 'gre':
      return emitGre(header, out, offset);
    case 'dhcp4':
      return emitDhcp4(header, out, offset);
    case 'dhcp6':
      return emitDhcp6(header, out, offset);
    default:
      return header satisfies never;
  }
}

/** One line without line break. */
export function printHeader(header: Header): string {
  switch (header.kind) {
    case 'ethernet':
      return printEthernet(header);
    case 'vlan':
      return printVlan(header);
    case 'arp':
      return printArp(header);
    case 'ipv4':
      return printIpv4(header);
    case 'ipv6':
      return printIpv6(header);
    case 'icmp4':
      return printIcmp4(header);
    case 'icmp6':
      return printIcmp6(header);
    case 'tcp':
      return printTcp(header);
    case 'udp':
      return printUdp(header);
    case 'vxlan':
      return printVxlan(header);
    case 'gre':
      return printGre(header);
    case 'dhcp4':
      return printDhcp4(header);
    case 'dhcp6':
      return printDhcp6(header);
    default:
      return header satisfies never;
  }
}
