import { ETHERTYPE_IPV4, FRAG_NONE } from '@midonet/flow';
import { echoReplyFrame } from '../answer/echo.ts';
import { ICMP_ECHO_REQUEST, ICMPV6_ECHO_REQUEST, PROTO_ICMP, PROTO_ICMPV6, PROTO_UDP } from '../answer/numbers.ts';
import { answerDhcp } from '../dhcp/dhcp.ts';
import type { Ending, Walk } from '../walk.ts';
import { enterDiscovery } from './discovery.ts';
import type { RouterVisit } from './router-visit.ts';

const DHCP_SERVER_PORT = 67;

/**
 * The packet is for one of the router's own addresses. Routers answer echo requests and neighbour
 * discovery; a DHCP renewal that a client sends to its gateway reaches the bridge's server this way.
 */
export function deliverLocally(walk: Walk, visit: RouterVisit): Ending {
  const { packet } = walk;
  const { ref } = visit.index;
  const proto = packet.ipProto();
  const isIp4 = packet.ethType() === ETHERTYPE_IPV4;
  if (isIp4 && proto === PROTO_ICMP && packet.icmpType() === ICMP_ECHO_REQUEST) return answerEcho(walk, visit);
  if (!isIp4 && proto === PROTO_ICMPV6) {
    if (packet.icmpType() === ICMPV6_ECHO_REQUEST) return answerEcho(walk, visit);
    return enterDiscovery(walk, visit) ?? walk.drop('notLocalService', ref);
  }
  if (isIp4 && proto === PROTO_UDP && walk.dhcpIngress !== undefined && packet.l4Dst() === DHCP_SERVER_PORT) {
    const ending = answerDhcp(walk);
    if (ending !== undefined) return ending;
  }
  return walk.drop('notLocalService', ref);
}

/** Fragmented requests are not reassembled, so they stay unanswered. */
function answerEcho(walk: Walk, visit: RouterVisit): Ending {
  const { packet } = walk;
  const { index, ingress } = visit;
  if (packet.ipFrag() !== FRAG_NONE) return walk.drop('notLocalService', index.ref);
  const ends = { srcMac: ingress.mac, dstMac: packet.ethSrc() };
  const frame = echoReplyFrame(ends, walk.arrivedBytes(), walk.l3Offset);
  if (frame === undefined) return walk.drop('malformed', index.ref);
  walk.answer(ingress.id, frame);
  if (walk.trace !== undefined) walk.step(index.ref, { kind: 'answer', detail: 'echo reply' });
  return walk.consume('echoReply', index.ref);
}
