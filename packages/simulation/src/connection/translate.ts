import { FRAG_LATER } from '@midonet/flow';
import { formatIp, type IpAddress } from '@midonet/packet';
import { PROTO_TCP, PROTO_UDP } from '../answer/numbers.ts';
import type { Walk } from '../walk.ts';
import { echoSide, identify } from './tuple.ts';

/** An end of a connection, or `port` undefined when it is left as it is. */
export type NewEnd = { readonly address: IpAddress; readonly port: number | undefined };

export function newEnd(address: IpAddress, port: number, before: number): NewEnd {
  return { address, port: port === before ? undefined : port };
}

/** Either of the two below, with a step of the trace. */
export function translateEnd(walk: Walk, side: 'src' | 'dst', to: NewEnd): void {
  if (side === 'src') translateSource(walk, to);
  else translateDestination(walk, to);
  if (walk.trace === undefined) return;
  const port = to.port === undefined ? '' : `, port ${to.port}`;
  const detail = `${side === 'src' ? 'source' : 'destination'} to ${formatIp(to.address)}${port}`;
  walk.step({ kind: 'packet', id: '' }, { kind: 'rewrite', detail });
}

/**
 * Gives the packet another source. An ICMP error is translated as the answers to what it quotes
 * would be: its own source, and the quoted destination (RFC 5508 REQ-4, REQ-5).
 */
function translateSource(walk: Walk, end: NewEnd): void {
  arrive(walk);
  const { packet } = walk;
  const about = quotedBy(walk);
  packet.setIpSrc(end.address);
  if (about !== undefined) {
    walk.quoted = { ...about, dst: end.address, dstPort: end.port ?? about.dstPort };
  } else if (end.port !== undefined) setPort(walk, 'src', end.port);
}

function translateDestination(walk: Walk, end: NewEnd): void {
  arrive(walk);
  const { packet } = walk;
  const about = quotedBy(walk);
  packet.setIpDst(end.address);
  if (about !== undefined) {
    walk.quoted = { ...about, src: end.address, srcPort: end.port ?? about.srcPort };
  } else if (end.port !== undefined) setPort(walk, 'dst', end.port);
}

/** What an error of this very device must quote is the packet as it came in. */
function arrive({ stage, packet, quoted }: Walk): void {
  if (stage === undefined || stage.arrived !== undefined) return;
  stage.arrived = packet.mark();
  stage.arrivedQuoted = quoted;
}

function quotedBy(walk: Walk): Walk['quoted'] {
  if (walk.quoted !== undefined) return walk.quoted;
  const identity = identify(walk, walk.stage?.device ?? '');
  return identity?.kind === 'error' ? identity.about : undefined;
}

function setPort({ packet }: Walk, side: 'src' | 'dst', port: number): void {
  // Later fragments have none.
  if (packet.ipFrag() === FRAG_LATER) return;
  const proto = packet.ipProto();
  if (proto === PROTO_TCP || proto === PROTO_UDP) {
    if (side === 'src') packet.setL4Src(port);
    else packet.setL4Dst(port);
  } else if (echoSide(packet) === side) packet.setIcmpId(port);
}
