import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, FRAG_LATER, type DropReason } from '@midonet/flow';
import type { Mac } from '@midonet/packet';
import type { BridgePort } from '@midonet/topology';
import {
  ICMPV6_NEIGHBOUR_ADVERTISEMENT,
  ICMPV6_NEIGHBOUR_SOLICITATION,
  ICMPV6_ROUTER_ADVERTISEMENT,
  ICMPV6_ROUTER_SOLICITATION,
  PROTO_ICMPV6,
  PROTO_UDP,
  PROTO_UNREADABLE,
} from '../answer/numbers.ts';
import { readArp } from '../answer/arp.ts';
import { readAdvertisement, readSolicitation } from '../answer/neighbour.ts';
import { portIndex } from '../port-index.ts';
import { TAG_TYPES } from '../tag-types.ts';
import type { Ending, Walk } from '../walk.ts';
import { allowedSources, type AllowedSources } from './allowed-sources.ts';

const DHCP_SERVER = 67;
const DHCP_CLIENT = 68;
const DHCP6_CLIENT = 546;
const ICMPV6_REDIRECT = 137;
/** Messages of a station that has no address yet: MLD (RFC 3590), solicitations (RFC 4861, RFC 4862). */
const WITHOUT_ADDRESS: ReadonlySet<number> = new Set([
  131,
  132,
  143,
  ICMPV6_ROUTER_SOLICITATION,
  ICMPV6_NEIGHBOUR_SOLICITATION,
]);

/**
 * What a port with allowed addresses may send: frames from these MACs alone, IP and ARP from their
 * addresses alone, no answers of a DHCP server, no router advertisements or redirects (RFC 6105).
 * Comes before anything is learned of the frame. Undefined: it may go on.
 */
export function guardSource(walk: Walk, ingress: BridgePort): Ending | undefined {
  if (ingress.allowedAddresses === undefined) return undefined;
  const source = walk.packet.ethSrc();
  const reason = refusal(walk, allowedSources(ingress).get(source), source);
  return reason === undefined ? undefined : walk.drop(reason, portIndex(ingress).ref);
}

function refusal(walk: Walk, allowed: AllowedSources | undefined, source: Mac): DropReason | undefined {
  if (allowed === undefined) return 'spoofedMac';
  const type = walk.packet.ethType();
  switch (type) {
    case ETHERTYPE_ARP:
      return arpRefusal(walk, allowed, source);
    case ETHERTYPE_IPV4:
      return ip4Refusal(walk, allowed);
    case ETHERTYPE_IPV6:
      return ip6Refusal(walk, allowed, source);
    default:
      return TAG_TYPES.has(type) ? 'spoofedAddress' : undefined;
  }
}

/** Hardware addresses are no key field: each message is looked at. Probes (RFC 5227) have no sender yet. */
function arpRefusal(walk: Walk, allowed: AllowedSources, source: Mac): DropReason | undefined {
  const message = readArp(walk.bytes(), walk.l3Offset);
  if (message?.senderMac !== source) return 'spoofedNeighbour';
  return message.senderIp === 0 || allowed.hasAddress(message.senderIp) ? undefined : 'spoofedNeighbour';
}

function ip4Refusal(walk: Walk, allowed: AllowedSources): DropReason | undefined {
  const { packet } = walk;
  const found = allowed.find(walk, 'ip4');
  const isUdp = packet.ipProto() === PROTO_UDP && packet.ipFrag() !== FRAG_LATER;
  // Clients take answers from any port, so the port they are sent to counts.
  if (isUdp && packet.l4Dst() === DHCP_CLIENT) return 'rogueDhcpServer';
  if (found === 'allowed') return undefined;
  return found === 'unspecified' && isUdp && packet.l4Dst() === DHCP_SERVER ? undefined : 'spoofedAddress';
}

function ip6Refusal(walk: Walk, allowed: AllowedSources, source: Mac): DropReason | undefined {
  const { packet } = walk;
  const found = allowed.find(walk, 'ip6');
  const protocol = packet.ipProto();
  // Behind so many extension headers may be anything (RFC 7113).
  if (protocol === PROTO_UNREADABLE) return 'spoofedNeighbour';
  const isWhole = packet.ipFrag() !== FRAG_LATER;
  if (protocol === PROTO_UDP && isWhole && packet.l4Dst() === DHCP6_CLIENT) return 'rogueDhcpServer';
  if (protocol !== PROTO_ICMPV6 || !isWhole) return found === 'allowed' ? undefined : 'spoofedAddress';
  const type = packet.icmpType();
  if (type === ICMPV6_ROUTER_ADVERTISEMENT || type === ICMPV6_REDIRECT) return 'rogueRouterAdvertisement';
  if (found === undefined || (found === 'unspecified' && !WITHOUT_ADDRESS.has(type))) return 'spoofedAddress';
  if (type === ICMPV6_NEIGHBOUR_ADVERTISEMENT) {
    const message = readAdvertisement(walk.bytes(), walk.l3Offset);
    return message !== undefined && isOwn(message.linkLayer, source) && allowed.hasAddress(message.target)
      ? undefined
      : 'spoofedNeighbour';
  }
  if (type === ICMPV6_NEIGHBOUR_SOLICITATION) {
    const message = readSolicitation(walk.bytes(), walk.l3Offset);
    return message !== undefined && isOwn(message.linkLayer, source) ? undefined : 'spoofedNeighbour';
  }
  return undefined;
}

function isOwn(named: Mac | undefined, source: Mac): boolean {
  return named === undefined || named === source;
}
