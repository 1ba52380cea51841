import { insertionTag } from '@midonet/flow';
import { isGroupMac } from '@midonet/packet';
import type { BridgePort, L2Insertion, Port } from '@midonet/topology';
import { mirrorAt } from '../mirror/mirror.ts';
import { portIndex } from '../port-index.ts';
import { endTooLong, exceedsPort } from '../port-limit.ts';
import type { Ending, Walk } from '../walk.ts';
import { inOrder, tciOf, type WireDirection } from './direction.ts';
import { refOf, stepOf } from './ref.ts';
import type { Wire } from './wire.ts';

/**
 * Sends a unicast frame from or to a MAC that has services on its wire to the first of them. Undefined:
 * there are none, or all are down and passed by.
 */
export function inspect(
  walk: Walk,
  port: BridgePort,
  wire: Extract<Wire, { kind: 'inspected' }>,
  direction: WireDirection,
): Ending | undefined {
  const destination = walk.packet.ethDst();
  if (isGroupMac(destination)) return undefined;
  const mac = direction === 'from' ? walk.packet.ethSrc() : destination;
  walk.tag(insertionTag(port.id, mac));
  const services = wire.services.get(mac);
  if (services === undefined) return undefined;
  for (const { srvPortId } of services) walk.reentries.push(srvPortId);
  walk.reentries.push(port.id);
  return toNext(walk, inOrder(services, direction), direction);
}

/** The first of `services` that is up gets the frame. Undefined: there is none that must have it. */
export function toNext(walk: Walk, services: readonly L2Insertion[], direction: WireDirection): Ending | undefined {
  for (const insertion of services) {
    const service = walk.topology.port(insertion.srvPortId);
    if (service === undefined) return walk.blocked({ kind: 'port', id: insertion.srvPortId });
    if (isUp(walk, service)) return send(walk, insertion, service, direction);
    if (!insertion.failOpen) return walk.drop('serviceDown', refOf(insertion));
    stepOf(walk, insertion, `passes by service port ${service.id}, which is down: fails open`);
  }
  return undefined;
}

/** Changes of what is read here fire the two tags. */
function isUp(walk: Walk, service: Port): boolean {
  const { tag, locationTag } = portIndex(service);
  walk.tag(tag);
  walk.tag(locationTag);
  if (!service.adminStateUp || service.peerId !== undefined || service.binding === undefined) return false;
  return walk.state.portActive(service.id);
}

function send(walk: Walk, insertion: L2Insertion, service: Port, direction: WireDirection): Ending {
  const { vlan, srvPortId } = insertion;
  if (vlan !== 0) {
    // The datapath sees one tag: behind ours the frame's own would be out of sight when it comes back.
    if (walk.packet.isTagged()) return walk.drop('insertionTagged', refOf(insertion));
    if (!walk.packet.pushVlan(tciOf(vlan, direction))) return walk.drop('loop', refOf(insertion));
  }
  if (exceedsPort(walk, service)) return endTooLong(walk, service);
  stepOf(walk, insertion, `sends to service port ${srvPortId}, ${direction} the machine`);
  const { ref } = portIndex(service);
  return mirrorAt(walk, service.outboundMirrorIds, 'outbound side', ref, srvPortId) ?? walk.emit(srvPortId);
}
