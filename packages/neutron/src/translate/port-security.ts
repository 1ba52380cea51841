import type { AllowedAddress, ChainId, Entity } from '@midonet/topology';
import { formatCidr } from '@midonet/packet';
import { derivedId } from '../derived-id.ts';
import { tenantOf } from '../objects/fields.ts';
import type { NeutronPort } from '../objects/objects.ts';
import { PROTO_ICMPV6 } from '../objects/protocol.ts';
import { chainOf, ETHERTYPE_ARP, ETHERTYPE_IPV6, host, is, not, rulesOf, type Conditions } from './rules.ts';
import { groupChainId, type Direction } from './security-group.ts';

const PROTO_UDP = 17;

/** Neutron says it of each port: what a network says is for its own choice when it makes one. */
export function isSecured({ port_security_enabled: secured }: NeutronPort): boolean {
  return secured ?? true;
}

/** The chain for what comes to a machine, or for what it sends. */
export function portChainId(portId: string, direction: Direction): ChainId {
  return derivedId<ChainId>(portId, `port ${direction}`);
}

/** What a machine may send from: its own addresses, and those that were allowed to it. */
export function allowedAddresses(port: NeutronPort): readonly AllowedAddress[] {
  const own = (port.fixed_ips ?? []).map(({ ip_address: address }) => ({
    mac: port.mac_address,
    prefix: host(address),
  }));
  const pairs = (port.allowed_address_pairs ?? []).map(({ ip_address: prefix, mac_address: mac }) => ({
    mac: mac ?? port.mac_address,
    prefix,
  }));
  const byText = new Map([...own, ...pairs].map((one) => [`${one.mac} ${formatCidr(one.prefix)}`, one]));
  return [...byText.values()];
}

/**
 * The chains of a port: answers pass, then what the security groups let through, then what every machine
 * needs to have an address at all; nothing else but ARP.
 */
export function portChains(port: NeutronPort): readonly Entity[] {
  const groups = port.security_groups ?? [];
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const chainId = portChainId(port.id, direction);
    return [
      chainOf(chainId, tenantOf(port), `port ${port.name ?? ''} ${direction}`),
      ...rulesOf(chainId, [
        ['answers', { type: 'accept', condition: { connection: 'return' } }],
        ...groups.map(
          (group) =>
            [`group ${group}`, { type: 'jump', jumpChainId: groupChainId(group, direction), condition: {} }] as const,
        ),
        ...NEEDED[direction].map(([name, condition]) => [name, { type: 'accept', condition }] as const),
        ['others', { type: 'drop', condition: { dlType: not(ETHERTYPE_ARP) } }],
      ]),
    ];
  });
}

type Needed = readonly (readonly [name: string, condition: Conditions])[];

const udp = (from: number, to: number): Conditions => ({
  nwProto: is(PROTO_UDP),
  tpSrc: is({ start: from, end: from }),
  tpDst: is({ start: to, end: to }),
});
const icmp6 = (start: number, end: number): Conditions => ({
  dlType: is(ETHERTYPE_IPV6),
  nwProto: is(PROTO_ICMPV6),
  tpSrc: is({ start, end }),
});

/** DHCP, and neighbour and listener discovery (RFC 4861, RFC 3810). Who may send what of it the allowed addresses say. */
const NEEDED: Readonly<Record<Direction, Needed>> = {
  egress: [
    ['DHCP', udp(68, 67)],
    ['DHCPv6', udp(546, 547)],
    ['listeners', icmp6(131, 132)],
    ['listeners of version 2', icmp6(143, 143)],
    ['router solicitations', icmp6(133, 133)],
    ['neighbours', icmp6(135, 136)],
  ],
  ingress: [
    ['DHCP', udp(67, 68)],
    ['DHCPv6', udp(547, 546)],
    ['discovery', icmp6(130, 136)],
  ],
};
