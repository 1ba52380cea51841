/** Upper-layer protocol numbers (IANA protocol-numbers); IPv6 extension headers are in `ipv6-extensions.ts`. */
export const IP_PROTOCOL = { icmp4: 1, tcp: 6, udp: 17, gre: 47, icmp6: 58, none: 59 } as const;

export function printProtocol(protocol: number): string {
  switch (protocol) {
    case IP_PROTOCOL.icmp4:
      return 'icmp';
    case IP_PROTOCOL.tcp:
      return 'tcp';
    case IP_PROTOCOL.udp:
      return 'udp';
    case IP_PROTOCOL.gre:
      return 'gre';
    case IP_PROTOCOL.icmp6:
      return 'icmp6';
    case IP_PROTOCOL.none:
      return 'none';
    default:
      return `proto ${protocol}`;
  }
}
