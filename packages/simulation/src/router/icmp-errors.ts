import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, FRAG_LATER, type DropReason, type ObjectRef } from '@midonet/flow';
import {
  cidrContains,
  ICMP4_UNREACHABLE,
  ICMP6_UNREACHABLE,
  isIcmp4Error,
  type Icmp4Message,
  type Icmp6Message,
  type IpAddress,
} from '@midonet/packet';
import type { RouterPort } from '@midonet/topology';
import { icmp4ErrorFrame, icmp6ErrorFrame } from '../answer/icmp-error.ts';
import { PROTO_ICMP, PROTO_ICMPV6, PROTO_UNREADABLE } from '../answer/numbers.ts';
import { isUnicast, linkLocalAddress } from '../ip-scope.ts';
import type { Ending, Walk } from '../walk.ts';

export type IcmpError = 'netUnreachable' | 'hostUnreachable' | 'prohibited' | 'tooBig' | 'timeExceeded';

/** The same error in both families: ICMPv4 (RFC 792, RFC 1191, RFC 1812) and ICMPv6 (RFC 4443). */
function messagesOf(error: IcmpError, mtu: number): { readonly v4: Icmp4Message; readonly v6: Icmp6Message } {
  switch (error) {
    case 'netUnreachable':
      return unreachable(ICMP4_UNREACHABLE.network, ICMP6_UNREACHABLE.noRoute);
    case 'hostUnreachable':
      return unreachable(ICMP4_UNREACHABLE.host, ICMP6_UNREACHABLE.address);
    case 'prohibited':
      return unreachable(ICMP4_UNREACHABLE.prohibited, ICMP6_UNREACHABLE.prohibited);
    case 'tooBig':
      return {
        v4: { kind: 'unreachable', code: ICMP4_UNREACHABLE.fragmentationNeeded, mtu: Math.min(mtu, 0xffff) },
        v6: { kind: 'packetTooBig', mtu },
      };
    case 'timeExceeded':
      return { v4: { kind: 'timeExceeded', code: 0 }, v6: { kind: 'timeExceeded', code: 0 } };
    default:
      return error satisfies never;
  }
}

function unreachable(code4: number, code6: number): { readonly v4: Icmp4Message; readonly v6: Icmp6Message } {
  return { v4: { kind: 'unreachable', code: code4, mtu: 0 }, v6: { kind: 'unreachable', code: code6 } };
}

/**
 * Answers a packet that cannot be forwarded with an ICMP error, back through the port it came in by,
 * from that port's address. Where no error may be sent the packet is dropped for the same reason.
 * `mtu` goes into "fragmentation needed" and "packet too big".
 */
export function answerError(
  walk: Walk,
  ingress: RouterPort,
  error: IcmpError,
  reason: DropReason,
  by: ObjectRef,
  mtu = 0,
): Ending {
  const { packet } = walk;
  // To the sender this router never translated anything.
  if (walk.stage?.arrived !== undefined) packet.restore(walk.stage.arrived);
  const isIp4 = packet.ethType() === ETHERTYPE_IPV4;
  const offender = packet.ipSrc();
  const source = sourceAddress(ingress, offender);
  if (source === undefined || !mayAnswer(walk, isIp4)) return walk.drop(reason, by);
  const ends = { srcMac: ingress.mac, dstMac: packet.ethSrc() };
  const quoted = walk.arrivedBytes().subarray(walk.l3Offset);
  const messages = messagesOf(error, mtu);
  let frame: Uint8Array;
  if (typeof source === 'number' && typeof offender === 'number') {
    frame = icmp4ErrorFrame({ ...ends, src: source, dst: offender }, messages.v4, quoted);
  } else if (typeof source === 'bigint' && typeof offender === 'bigint') {
    frame = icmp6ErrorFrame({ ...ends, src: source, dst: offender }, messages.v6, quoted);
  } else return walk.drop(reason, by);
  walk.answer(ingress.id, frame);
  if (walk.trace !== undefined) walk.step(by, { kind: 'answer', detail: `ICMP ${error} (${reason})` });
  return walk.consume('icmpError', by);
}

/** A router or its port is administratively down: IP packets for it are told so, all others dropped. */
export function answerProhibited(walk: Walk, port: RouterPort, reason: DropReason, by: ObjectRef): Ending {
  const { packet } = walk;
  if (packet.isTagged() || packet.ethDst() !== port.mac) return walk.drop(reason, by);
  const type = packet.ethType();
  if (type !== ETHERTYPE_IPV4 && type !== ETHERTYPE_IPV6) return walk.drop(reason, by);
  return answerError(walk, port, 'prohibited', reason, by);
}

/** RFC 1812 4.3.2.7 and RFC 4443 2.4 (e): never about errors, groups, later fragments or odd sources. */
function mayAnswer(walk: Walk, isIp4: boolean): boolean {
  const { packet } = walk;
  if (packet.ethDstIsGroup() || packet.ipFrag() === FRAG_LATER) return false;
  if (!isUnicast(packet.ipSrc()) || !isUnicast(packet.ipDst())) return false;
  const proto = packet.ipProto();
  if (isIp4) return proto !== PROTO_ICMP || !isIcmp4Error(packet.icmpType());
  if (proto === PROTO_UNREADABLE) return false;
  return proto !== PROTO_ICMPV6 || packet.icmpType() >= 128;
}

/** The port's address nearest to the offender: same subnet, else any of the family, else link-local. */
function sourceAddress(port: RouterPort, offender: IpAddress): IpAddress | undefined {
  const family = port.addresses.filter(({ address }) => typeof address === typeof offender);
  const near = family.find((cidr) => cidrContains(cidr, offender)) ?? family[0];
  return near?.address ?? (typeof offender === 'bigint' ? linkLocalAddress(port.mac) : undefined);
}
