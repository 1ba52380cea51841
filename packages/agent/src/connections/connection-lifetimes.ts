import { IP_PROTOCOL, TCP_FLAG } from '@midonet/packet';

/** How far a connection is: what decides how long it may rest, and which goes first when room is short. */
export type Phase = 'closing' | 'unanswered' | 'answered';

/** In the order in which they give way. */
export const PHASES = ['closing', 'unanswered', 'answered'] as const satisfies readonly Phase[];

/**
 * What was seen of each direction: the OR of the TCP flags that matter and of SEEN. Bytes, so they
 * travel and are kept as they are.
 */
export type Progress = { readonly original: number; readonly reply: number };

/** Some packet, of whichever protocol; in the place of PSH, which says nothing about a connection. */
export const SEEN = TCP_FLAG.psh;

const KEPT = TCP_FLAG.fin | TCP_FLAG.syn | TCP_FLAG.rst | TCP_FLAG.ack;

/** What one packet adds to its direction's byte. */
export function seenOf(tcpFlags: number): number {
  return (tcpFlags & KEPT) | SEEN;
}

/**
 * TCP answers with SYN and ACK; a connection that was picked up in its middle shows ACK both ways.
 * FIN both ways or RST ends it. Everything else is answered by any packet.
 */
export function phaseOf(proto: number, original: number, reply: number): Phase {
  if (proto !== IP_PROTOCOL.tcp) return reply === 0 ? 'unanswered' : 'answered';
  if (((original | reply) & TCP_FLAG.rst) !== 0 || (original & reply & TCP_FLAG.fin) !== 0) return 'closing';
  return (original & (TCP_FLAG.syn | TCP_FLAG.ack)) !== 0 && (reply & TCP_FLAG.ack) !== 0 ? 'answered' : 'unanswered';
}

/** A SYN alone on what had ended: the same ends start anew (RFC 9293, 3.6.1 lets them, from TIME-WAIT). */
export function startsAnew(phase: Phase, tcpFlags: number): boolean {
  return phase === 'closing' && (tcpFlags & KEPT) === TCP_FLAG.syn;
}

const MINUTE = 60_000;

/**
 * How long a connection may rest, in ms.
 *
 * - TCP: established 2 h 4 min, opening and closing 4 min (RFC 5382, REQ-5).
 * - UDP: 5 min, what RFC 4787, REQ-5 recommends; never less than 2 min.
 * - ICMP echo: 60 s (RFC 5508, REQ-2).
 */
export function lifetimeOf(proto: number, phase: Phase): number {
  switch (proto) {
    case IP_PROTOCOL.tcp:
      return phase === 'answered' ? 124 * MINUTE : 4 * MINUTE;
    case IP_PROTOCOL.udp:
      return 5 * MINUTE;
    case IP_PROTOCOL.icmp4:
    case IP_PROTOCOL.icmp6:
      return MINUTE;
    default:
      return 10 * MINUTE;
  }
}

/** No lifetime is longer. */
export const LONGEST_LIFETIME = 124 * MINUTE;
