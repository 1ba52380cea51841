import { dissectIp, ethernet, frame, icmp4, icmp6, ipv4, ipv6 } from '@midonet/packet';
import type { LinkEnds } from './ends.ts';

/**
 * The reply to an unfragmented echo request of either family; `l3` is where its IP header starts. IP
 * options and extension headers are not returned. Undefined when the request is malformed.
 */
export function echoReplyFrame(ends: LinkEnds, bytes: Uint8Array, l3: number): Uint8Array | undefined {
  const [outer, inner] = dissectIp(bytes, l3);
  if (outer === undefined || inner === undefined) return undefined;
  const ip = outer.header;
  const icmp = inner.header;
  const link = ethernet({ dst: ends.dstMac, src: ends.srcMac });
  const data = bytes.subarray(inner.behind, inner.end);
  if (ip.kind === 'ipv4' && icmp.kind === 'icmp4' && icmp.message.kind === 'echoRequest') {
    const header = ipv4({ src: ip.dst, dst: ip.src, tos: ip.tos, id: ip.id });
    return frame(link, header, icmp4({ ...icmp.message, kind: 'echoReply' }), data);
  }
  if (ip.kind === 'ipv6' && icmp.kind === 'icmp6' && icmp.message.kind === 'echoRequest') {
    const header = ipv6({ src: ip.dst, dst: ip.src, trafficClass: ip.trafficClass });
    return frame(link, header, icmp6({ ...icmp.message, kind: 'echoReply' }), data);
  }
  return undefined;
}
