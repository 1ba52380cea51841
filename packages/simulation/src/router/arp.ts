import { cidrContains, isGroupMac, type Arp, type Ip4 } from '@midonet/packet';
import { arpReplyFrame, readArp } from '../answer/arp.ts';
import type { Ending, Walk } from '../walk.ts';
import { learnNeighbour } from './neighbour-learning.ts';
import type { RouterVisit } from './router-visit.ts';

const ARP_REQUEST = 1;
const ARP_REPLY = 2;

/**
 * ARP at a router port (RFC 826): requests for the port's own addresses are answered when the sender
 * is in the same subnet; senders that talk to us, and announcements, are learned.
 */
export function enterArp(walk: Walk, visit: RouterVisit): Ending {
  const { index, ingress } = visit;
  const { packet } = walk;
  const operation = packet.ipProto();
  if (operation !== ARP_REQUEST && operation !== ARP_REPLY) return walk.drop('notForRouter', index.ref);
  const target = packet.ipDst();
  const sender = packet.ipSrc();
  const forUs = ingress.addresses.some(({ address }) => address === target);
  const isAnnouncement = sender === target;
  if (!forUs && !isAnnouncement) return walk.drop('notForRouter', index.ref);
  const message = readArp(walk.bytes(), walk.l3Offset);
  if (message === undefined) return walk.drop('malformed', index.ref);

  const isProbe = message.senderIp === 0;
  if (!isProbe && !isOnLink(visit, message.senderIp)) return walk.drop('martianArp', index.ref);
  const learned = !isProbe && isHardware(message) && learnNeighbour(walk, visit, message.senderIp, message.senderMac);
  if (operation === ARP_REPLY || !forUs) {
    return learned ? walk.consume('neighbourLearned', index.ref) : walk.drop('notForRouter', index.ref);
  }
  const answer = { mac: ingress.mac, ip: message.targetIp };
  walk.answer(ingress.id, arpReplyFrame(answer, { mac: packet.ethSrc(), ip: message.senderIp }));
  if (walk.trace !== undefined) walk.step(index.ref, { kind: 'answer', detail: 'ARP reply for the port address' });
  return walk.consume('arpReply', index.ref);
}

/** In a subnet of the port, and not the port's own address (that would be a thief's or a duplicate's). */
function isOnLink(visit: RouterVisit, ip: Ip4): boolean {
  const { addresses } = visit.ingress;
  return addresses.some((cidr) => cidrContains(cidr, ip)) && addresses.every(({ address }) => address !== ip);
}

function isHardware(message: Arp): boolean {
  return message.senderMac !== 0 && !isGroupMac(message.senderMac);
}
