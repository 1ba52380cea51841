import { insertionTag, servedTag } from '@midonet/flow';
import { isGroupMac } from '@midonet/packet';
import type { BridgePort, L2Insertion } from '@midonet/topology';
import { portIndex } from '../port-index.ts';
import { TAG_TYPES } from '../tag-types.ts';
import type { Ending, Walk } from '../walk.ts';
import { directionOf, inOrder, type WireDirection } from './direction.ts';
import { refOf, stepOf } from './ref.ts';
import { toNext } from './to-service.ts';
import { taggedKey, wireOf, type Wire } from './wire.ts';

/** All services have had the frame: it goes on at the inspected port as if it had just come there. */
export type Onward = { readonly kind: 'onward'; readonly port: BridgePort; readonly direction: WireDirection };

/** A frame comes back from a service: to the next on the wire, or on its way. */
export function comeBack(walk: Walk, service: BridgePort, wire: Extract<Wire, { kind: 'service' }>): Ending | Onward {
  const found = belonging(walk, wire);
  if (found === undefined) {
    walk.tag(servedTag(service.id));
    return walk.drop('notFromService', portIndex(service).ref);
  }
  const { insertion, direction } = found;
  walk.tag(insertionTag(insertion.portId, insertion.mac));
  if (insertion.vlan !== 0) {
    walk.packet.popVlan();
    if (TAG_TYPES.has(walk.packet.ethType())) return walk.drop('insertionTagged', refOf(insertion));
  }
  stepOf(walk, insertion, `takes it back from service port ${service.id}, ${direction} the machine`);
  const port = walk.topology.port(insertion.portId);
  if (port?.type !== 'bridge') return walk.blocked({ kind: 'port', id: insertion.portId });
  // It may go before its insertions do.
  walk.tag(portIndex(port).tag);
  const bridge = walk.topology.bridge(port.bridgeId);
  if (bridge === undefined) return walk.blocked({ kind: 'bridge', id: port.bridgeId });
  const inspected = wireOf(bridge.insertions.get(port.id) ?? [insertion], port.id);
  const services = (inspected.kind === 'inspected' ? inspected.services.get(insertion.mac) : undefined) ?? [insertion];
  for (const { srvPortId } of services) walk.reentries.push(srvPortId);
  walk.reentries.push(port.id);
  const ordered = inOrder(services, direction);
  const ending = toNext(walk, ordered.slice(ordered.indexOf(insertion) + 1), direction);
  return ending ?? { kind: 'onward', port, direction };
}

/** The insertion that sent the frame there, told by its tag and addresses. */
function belonging(
  { packet }: Walk,
  wire: Extract<Wire, { kind: 'service' }>,
): { readonly insertion: L2Insertion; readonly direction: WireDirection } | undefined {
  const destination = packet.ethDst();
  if (isGroupMac(destination)) return undefined;
  const source = packet.ethSrc();
  const { untagged } = wire;
  if (untagged !== undefined) {
    if (source === untagged.mac) return { insertion: untagged, direction: 'from' };
    return destination === untagged.mac ? { insertion: untagged, direction: 'to' } : undefined;
  }
  if (!packet.isTagged()) return undefined;
  const tci = packet.vlanTci();
  const direction = directionOf(tci);
  if (direction === undefined) return undefined;
  const insertion = wire.tagged.get(taggedKey(tci & 0xfff, direction === 'from' ? source : destination));
  return insertion === undefined ? undefined : { insertion, direction };
}
