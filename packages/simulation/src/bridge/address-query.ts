import { bridgeArpTag, ETHERTYPE_ARP, ETHERTYPE_IPV6 } from '@midonet/flow';
import { MAC_BROADCAST, type IpAddress, type Mac } from '@midonet/packet';
import { arpReplyFrame, readArp } from '../answer/arp.ts';
import { neighbourAdvertisementFrame, readSolicitation } from '../answer/neighbour.ts';
import { ICMPV6_NEIGHBOUR_SOLICITATION, PROTO_ICMPV6 } from '../answer/numbers.ts';
import { DHCP_SERVER_MAC, servesAddress } from '../dhcp/dhcp-config.ts';
import type { Ending, Walk } from '../walk.ts';
import type { BridgeFrame } from './bridge-frame.ts';
import { forwardTo } from './forward.ts';
import { isServiceAddress } from './instance-service.ts';

const ARP_REQUEST = 1;

/**
 * ARP and ND suppression: "who has" is answered from the seeded table, or goes to the one router
 * that owns the address, instead of to everybody. Undefined means: flood it. The seeded table speaks
 * for the untagged network; tags inside a plain bridge are the tenants' own networks. Announcements
 * (gratuitous ARP, unsolicited NA) always flood, they are meant for everybody.
 */
export function answerAddressQuery(walk: Walk, frame: BridgeFrame, source: Mac, destination: Mac): Ending | undefined {
  const type = walk.packet.ethType();
  if (type === ETHERTYPE_ARP && destination === MAC_BROADCAST) return answerArp(walk, frame, source);
  if (type === ETHERTYPE_IPV6) return answerSolicitation(walk, frame, source);
  return undefined;
}

/** Routers take of group frames only ARP and neighbour discovery (ICMPv6 133 to 136). */
export function concernsRouters(walk: Walk): boolean {
  const type = walk.packet.ethType();
  if (type === ETHERTYPE_ARP) return true;
  if (type !== ETHERTYPE_IPV6 || walk.packet.ipProto() !== PROTO_ICMPV6) return false;
  const message = walk.packet.icmpType();
  return message >= 133 && message <= 136;
}

function answerArp(walk: Walk, frame: BridgeFrame, source: Mac): Ending | undefined {
  if (walk.packet.ipProto() !== ARP_REQUEST) return undefined;
  const target = walk.packet.ipDst();
  const sender = walk.packet.ipSrc();
  if (typeof target !== 'number' || typeof sender !== 'number' || sender === target) return undefined;
  const router = frame.segment.routerAddresses.get(target);
  if (router !== undefined) return router.id === frame.ingress.id ? undefined : forwardTo(walk, frame, router);
  const mac = seeded(walk, frame, target);
  if (mac === undefined || mac === source) return undefined;
  const query = readArp(walk.bytes(), walk.l3Offset);
  if (query === undefined) return walk.drop('malformed', frame.index.ref);
  walk.answer(frame.ingress.id, arpReplyFrame({ mac, ip: target }, { mac: query.senderMac, ip: sender }));
  if (walk.trace !== undefined)
    walk.step(frame.index.ref, { kind: 'answer', detail: 'ARP reply from the seeded table' });
  return walk.consume('arpReply', frame.index.ref);
}

function answerSolicitation(walk: Walk, frame: BridgeFrame, source: Mac): Ending | undefined {
  if (walk.packet.ipProto() !== PROTO_ICMPV6) return undefined;
  if (walk.packet.icmpType() !== ICMPV6_NEIGHBOUR_SOLICITATION) return undefined;
  const solicitation = readSolicitation(walk.bytes(), walk.l3Offset);
  if (solicitation === undefined) return undefined;
  const { target, sender } = solicitation;
  const router = frame.segment.routerAddresses.get(target);
  if (router !== undefined) return router.id === frame.ingress.id ? undefined : forwardTo(walk, frame, router);
  const mac = seeded(walk, frame, target);
  if (mac === undefined || mac === source) return undefined;
  const to = { mac: source, ip: sender };
  walk.answer(frame.ingress.id, neighbourAdvertisementFrame({ mac, ip: target, isRouter: false }, to));
  if (walk.trace !== undefined) walk.step(frame.index.ref, { kind: 'answer', detail: 'NA from the seeded table' });
  return walk.consume('neighbourReply', frame.index.ref);
}

/** Untagged networks only; the DHCP server's address is seeded by the subnet. */
function seeded(walk: Walk, frame: BridgeFrame, ip: IpAddress): Mac | undefined {
  const { device } = frame;
  if (frame.vlan !== 0) return undefined;
  walk.tag(bridgeArpTag(device.bridge.id, ip));
  const isOwn = servesAddress(device, ip) || isServiceAddress(device, frame.ingress, ip);
  return device.staticArp.get(ip) ?? (isOwn ? DHCP_SERVER_MAC : undefined);
}
