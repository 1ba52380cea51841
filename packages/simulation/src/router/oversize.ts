import { ETHERTYPE_IPV4 } from '@midonet/flow';
import type { RouterPort } from '@midonet/topology';
import { fragmentFrames } from '../answer/fragments.ts';
import { packetLength, stepOfLimit } from '../port-limit.ts';
import type { Ending, Walk } from '../walk.ts';
import type { Departure } from './filters.ts';
import { answerError } from './icmp-errors.ts';
import type { RouterVisit } from './router-visit.ts';

/**
 * Every virtual link carries IP packets of `overlayMtu` bytes, wherever its ends happen to live, so a tenant
 * sees one constant MTU; only ports whose own interface takes less carry less.
 */
export function linkMtu({ state, narrow }: Walk): number {
  return narrow === undefined ? state.overlayMtu : Math.min(narrow.limit, state.overlayMtu);
}

export function exceedsMtu(walk: Walk): boolean {
  return packetLength(walk) > linkMtu(walk);
}

/**
 * A packet too long for the next link. With DF, and in IPv6 always, the sender is told the MTU
 * (RFC 1191, RFC 8201). Without DF an IPv4 sender expects its packet to arrive: it is sent on in
 * fragments made here, one packet at a time and outside the fast path.
 */
export function answerOversize(
  walk: Walk,
  visit: RouterVisit,
  egress: RouterPort,
  { nextHop, arrived }: Departure,
): Ending {
  const { index, ingress } = visit;
  const mtu = linkMtu(walk);
  if (walk.narrow !== undefined) stepOfLimit(walk, walk.narrow);
  const isIp4 = walk.packet.ethType() === ETHERTYPE_IPV4;
  const packet = walk.rewrittenBytes().subarray(walk.l3Offset);
  const mayFragment = isIp4 && ((packet[6] ?? 0) & 0x40) === 0;
  // A train of segments that each are too long would need segmenting first: tell the sender instead.
  if (!mayFragment || walk.segmentLength !== undefined) {
    if (arrived !== undefined) walk.packet.restore(arrived);
    return answerError(walk, ingress, 'tooBig', 'oversize', index.ref, mtu);
  }
  const ends = { srcMac: egress.mac, dstMac: nextHop };
  const frames = fragmentFrames(ends, packet, { ttl: walk.packet.ipTtl(), mtu });
  if (frames === undefined) return walk.drop('malformed', index.ref);
  for (const frame of frames) walk.answer(egress.id, frame);
  if (walk.trace !== undefined) walk.step(index.ref, { kind: 'answer', detail: `${frames.length} fragments` });
  return walk.consume('fragmented', index.ref);
}
