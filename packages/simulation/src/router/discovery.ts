import { cidrContains, isGroupMac, type Ip6, type Mac } from '@midonet/packet';
import type { RouterPort } from '@midonet/topology';
import {
  neighbourAdvertisementFrame,
  readAdvertisement,
  readRouterSolicitation,
  readSolicitation,
} from '../answer/neighbour.ts';
import {
  ICMPV6_NEIGHBOUR_ADVERTISEMENT,
  ICMPV6_NEIGHBOUR_SOLICITATION,
  ICMPV6_ROUTER_SOLICITATION,
  PROTO_ICMPV6,
} from '../answer/numbers.ts';
import { routerAdvertisementFrame } from '../answer/router-advertisement.ts';
import { leased6, nameServers6 } from '../dhcp/dhcp6-lease.ts';
import { ALL_NODES, groupMac, isLinkLocal6, linkLocalAddress } from '../ip-scope.ts';
import type { Ending, Walk } from '../walk.ts';
import { learnNeighbour } from './neighbour-learning.ts';
import type { RouterVisit } from './router-visit.ts';

/** Neighbour discovery at a router port (RFC 4861); undefined when the packet is something else. */
export function enterDiscovery(walk: Walk, visit: RouterVisit): Ending | undefined {
  if (walk.packet.ipProto() !== PROTO_ICMPV6) return undefined;
  switch (walk.packet.icmpType()) {
    case ICMPV6_NEIGHBOUR_SOLICITATION:
      return enterSolicitation(walk, visit);
    case ICMPV6_NEIGHBOUR_ADVERTISEMENT:
      return enterAdvertisement(walk, visit);
    case ICMPV6_ROUTER_SOLICITATION:
      return enterRouterSolicitation(walk, visit);
    default:
      return undefined;
  }
}

function enterSolicitation(walk: Walk, visit: RouterVisit): Ending {
  const { index, ingress } = visit;
  const message = readSolicitation(walk.bytes(), walk.l3Offset);
  if (message === undefined) return walk.drop('malformed', index.ref);
  if (!owns(ingress, message.target)) return walk.drop('notForRouter', index.ref);
  learn(walk, visit, message.sender, message.linkLayer);
  const answer = { mac: ingress.mac, ip: message.target, isRouter: true };
  walk.answer(ingress.id, neighbourAdvertisementFrame(answer, { mac: walk.packet.ethSrc(), ip: message.sender }));
  if (walk.trace !== undefined) walk.step(index.ref, { kind: 'answer', detail: 'NA for the port address' });
  return walk.consume('neighbourReply', index.ref);
}

function enterAdvertisement(walk: Walk, visit: RouterVisit): Ending {
  const { index } = visit;
  const message = readAdvertisement(walk.bytes(), walk.l3Offset);
  if (message === undefined) return walk.drop('malformed', index.ref);
  // A unicast answer may leave the link-layer option out: the frame itself then names the sender.
  const learned = learn(walk, visit, message.target, message.linkLayer ?? walk.packet.ethSrc());
  return learned ? walk.consume('neighbourLearned', index.ref) : walk.drop('martianArp', index.ref);
}

function enterRouterSolicitation(walk: Walk, visit: RouterVisit): Ending {
  const { index, ingress } = visit;
  const message = readRouterSolicitation(walk.bytes(), walk.l3Offset);
  if (message === undefined) return walk.drop('malformed', index.ref);
  if (!ingress.addresses.some(({ address }) => typeof address === 'bigint')) {
    return walk.drop('notForRouter', index.ref);
  }
  learn(walk, visit, message.sender, message.linkLayer);
  const to =
    message.sender === 0n
      ? { mac: groupMac(ALL_NODES), ip: ALL_NODES }
      : { mac: walk.packet.ethSrc(), ip: message.sender };
  walk.answer(
    ingress.id,
    routerAdvertisementFrame(ingress, to, {
      mtu: walk.state.overlayMtu,
      managed: walk.dhcp6Bridge?.dhcp6.some(({ hosts }) => hosts.size > 0) === true,
      leased: walk.dhcp6Bridge === undefined ? [] : leased6(walk.dhcp6Bridge, walk.packet.ethSrc()),
      nameServers: (walk.dhcp6Bridge?.dhcp6 ?? []).flatMap(({ subnet }) => nameServers6(subnet)),
    }),
  );
  if (walk.trace !== undefined) walk.step(index.ref, { kind: 'answer', detail: 'router advertisement' });
  return walk.consume('routerAdvertisement', index.ref);
}

function owns(port: RouterPort, ip: Ip6): boolean {
  return ip === linkLocalAddress(port.mac) || port.addresses.some(({ address }) => address === ip);
}

/** Only addresses of this link, never our own, never the unspecified one. */
function learn(walk: Walk, visit: RouterVisit, ip: Ip6, mac: Mac | undefined): boolean {
  const { ingress } = visit;
  if (mac === undefined || mac === 0 || isGroupMac(mac) || owns(ingress, ip)) return false;
  if (!isLinkLocal6(ip) && !ingress.addresses.some((cidr) => cidrContains(cidr, ip))) return false;
  return learnNeighbour(walk, visit, ip, mac);
}
