import { FRAG_NONE } from '@midonet/flow';
import { cidrContains } from '@midonet/packet';
import type { Walk } from '../walk.ts';
import { combine32, foldAddress, rendezvous } from '../flow-hash.ts';
import { networkOf, type RouteEntry } from './router-index.ts';
import type { RouterVisit } from './router-visit.ts';

/**
 * Longest destination prefix that has a route for the source; of its routes the lowest weight; of
 * equal ones the winner of the flow's hash. Undefined when nothing matches.
 *
 * What it reads: as many leading destination bits as tell this prefix from all others, the source
 * only where routes ask for one, addresses and ports only where equal routes compete.
 */
export function lookupRoute(walk: Walk, visit: RouterVisit, isIp4: boolean): RouteEntry | undefined {
  const { index } = visit;
  const match = walk.packet.lookupIpDst(isIp4 ? index.routes4 : index.routes6);
  const { examinedBits } = match;
  tagPrefix(walk, visit, examinedBits);
  for (let node = match.node; node !== undefined; node = node.shorter) {
    const entries = node.value;
    if (entries === undefined) continue;
    const best = bestOf(walk, entries);
    if (best !== undefined) return best;
  }
  return undefined;
}

function tagPrefix(walk: Walk, visit: RouterVisit, length: number): void {
  const prefix = walk.packet.ipDst(length);
  const { routeTags4, routeTags6 } = visit.index;
  if (typeof prefix === 'number') walk.tag(routeTags4.get(length * 0x100000000 + prefix));
  else walk.tag(routeTags6.get((prefix << 8n) | BigInt(length)));
}

/** `entries` rise in weight. */
function bestOf(walk: Walk, entries: readonly RouteEntry[]): RouteEntry | undefined {
  const first = entries[0];
  if (entries.length === 1 && first !== undefined) return matchesSource(walk, first) ? first : undefined;
  const equals: RouteEntry[] = [];
  for (const entry of entries) {
    if (equals[0] !== undefined && entry.route.weight > equals[0].route.weight) break;
    if (matchesSource(walk, entry)) equals.push(entry);
  }
  return equals.length > 1 ? rendezvous(equals, flowHash(walk)) : equals[0];
}

function matchesSource(walk: Walk, entry: RouteEntry): boolean {
  const { source } = entry.route;
  return source.length === 0 || cidrContains(networkOf(source), walk.packet.ipSrc(source.length));
}

const PROTO_TCP = 6;
const PROTO_UDP = 17;
const PROTO_SCTP = 132;

/** Of what all packets of a connection share; fragments lack ports, so fragmented ones go without. */
function flowHash(walk: Walk): number {
  const { packet } = walk;
  const proto = packet.ipProto();
  let hash = combine32(combine32(proto, foldAddress(packet.ipSrc())), foldAddress(packet.ipDst()));
  if (proto !== PROTO_TCP && proto !== PROTO_UDP && proto !== PROTO_SCTP) return hash;
  if (packet.ipFrag() !== FRAG_NONE) return hash;
  hash = combine32(hash, packet.l4Src());
  return combine32(hash, packet.l4Dst());
}
