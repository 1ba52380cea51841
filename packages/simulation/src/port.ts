import type { Tag } from '@midonet/flow';
import type { BridgePort, Port, Traced } from '@midonet/topology';
import { enterBridge } from './bridge/bridge.ts';
import { bridgeIndex } from './bridge/bridge-index.ts';
import { guardSource } from './bridge/source-guard.ts';
import { filter } from './chain/hooks.ts';
import { followFor } from './connection/asks.ts';
import { Stage } from './connection/stage.ts';
import { closeStage } from './connection/track.ts';
import { comeBack } from './insertion/from-service.ts';
import { inspect } from './insertion/to-service.ts';
import { wireOf } from './insertion/wire.ts';
import { portIndex } from './port-index.ts';
import { endTooLong, exceedsPort } from './port-limit.ts';
import { mirrorAt, trackForMirrors } from './mirror/mirror.ts';
import { answerProhibited } from './router/icmp-errors.ts';
import { enterRouter } from './router/router.ts';
import { routerIndex } from './router/router-index.ts';
import { traceAt } from './trace-request/trace-request.ts';
import type { Ending, Walk } from './walk.ts';

/** The packet comes into a device through its port. `depth` counts the devices before this one. */
export function enterPort(walk: Walk, port: Port, depth: number): Ending {
  const { ref, tag } = portIndex(port);
  walk.tag(tag);
  walk.inPort = port.id;
  walk.stage = new Stage(port.type === 'bridge' ? port.bridgeId : port.routerId, walk.packet.ttlTaken);
  walk.cross(port.id);
  if (walk.trace !== undefined) walk.step(ref, { kind: 'ingress', portId: port.id });
  if (!port.adminStateUp) {
    return port.type === 'router' ? answerProhibited(walk, port, 'portDown', ref) : walk.drop('portDown', ref);
  }
  if (!walk.visit(depth)) return walk.drop('loop', ref);
  if (port.type === 'bridge') return enterBridgePort(walk, port, depth);
  const device = walk.topology.router(port.routerId);
  if (device === undefined) return walk.blocked({ kind: 'router', id: port.routerId });
  walk.tag(routerIndex(device).tag);
  const untold = traceAt(walk, device, port.id) ?? traceAt(walk, device, port.routerId);
  if (untold !== undefined) return untold;
  const unshown = mirrorAt(walk, port.inboundMirrorIds, 'inbound side', ref);
  if (unshown !== undefined) return unshown;
  if (port.inboundFilterId !== undefined) {
    const hook = { name: `inbound filter of port ${port.id}`, chain: port.inboundFilterId, inPort: port.id };
    const filtered = filter(walk, hook, { port });
    if (filtered !== undefined) return filtered;
  }
  const lacking = mirrorAt(walk, port.postInFilterMirrorIds, 'inbound side, behind the filter', ref);
  if (lacking !== undefined) return lacking;
  return enterRouter(walk, device, port, depth);
}

/** The services on the wire of a machine are in front of its bridge. */
function enterBridgePort(walk: Walk, port: BridgePort, depth: number): Ending {
  const device = walk.topology.bridge(port.bridgeId);
  if (device === undefined) return walk.blocked({ kind: 'bridge', id: port.bridgeId });
  walk.tag(bridgeIndex(device).tag);
  const untold = traceAt(walk, device, port.id) ?? traceAt(walk, device, port.bridgeId);
  if (untold !== undefined) return untold;
  const insertions = device.insertions.get(port.id);
  if (insertions !== undefined) {
    const wire = wireOf(insertions, port.id);
    if (wire.kind === 'service') return showInbound(walk, port) ?? fromService(walk, port, wire, depth);
    // No service is handed what the machine may not send.
    const spoofed = guardSource(walk, port);
    if (spoofed !== undefined) return showInbound(walk, port) ?? spoofed;
    const ending = inspect(walk, port, wire, 'from');
    if (ending !== undefined) return ending;
  }
  return showInbound(walk, port) ?? enterBridge(walk, device, port, depth);
}

function showInbound(walk: Walk, port: BridgePort): Ending | undefined {
  return mirrorAt(walk, port.inboundMirrorIds, 'inbound side', portIndex(port).ref);
}

function fromService(walk: Walk, service: BridgePort, wire: Parameters<typeof comeBack>[2], depth: number): Ending {
  const next = comeBack(walk, service, wire);
  if (next.kind !== 'onward') return next;
  const { port } = next;
  const { ref, tag } = portIndex(port);
  walk.tag(tag);
  if (!port.adminStateUp) return walk.drop('portDown', ref);
  walk.cross(port.id);
  if (next.direction === 'to') {
    // It has been through its device already; what it begins there is no matter of this host.
    walk.stage = undefined;
    return crossPort(walk, port, depth);
  }
  const device = walk.topology.bridge(port.bridgeId);
  if (device === undefined) return walk.blocked({ kind: 'bridge', id: port.bridgeId });
  if (walk.ingressPort === service.id && port.peerId === undefined) walk.ingressPort = port.id;
  walk.inPort = port.id;
  walk.stage = new Stage(port.bridgeId, walk.packet.ttlTaken);
  walk.tag(bridgeIndex(device).tag);
  const untold = traceAt(walk, device, port.id) ?? traceAt(walk, device, port.bridgeId);
  if (untold !== undefined) return untold;
  // It was the machine's to send when it went to the services; what they made of it is theirs to answer for.
  return showInbound(walk, port) ?? enterBridge(walk, device, port, depth, 'fromService');
}

/**
 * The packet leaves a device through its port: out of the topology, or into the device at the other
 * end. The outbound filter of a router port was met before: a router can still answer there.
 */
export function leavePort(walk: Walk, port: Port, depth: number): Ending {
  const { ref, tag } = portIndex(port);
  walk.tag(tag);
  if (!port.adminStateUp) return walk.drop('portDown', ref);
  const insertions = port.type === 'bridge' ? walk.topology.bridge(port.bridgeId)?.insertions.get(port.id) : undefined;
  const wire = insertions === undefined ? undefined : wireOf(insertions, port.id);
  if (wire?.kind === 'service') return walk.drop('notForService', ref);
  walk.cross(port.id);
  const lacking =
    followFor(walk, port.inboundFilterId) ?? trackForMirrors(walk, port.inboundMirrorIds, port.postInFilterMirrorIds);
  if (lacking !== undefined) return walk.blocked(lacking);
  // Router ports with an outbound filter were shown to these in front of it.
  if (port.type === 'bridge' || port.outboundFilterId === undefined) {
    const unshown = mirrorAt(walk, port.preOutFilterMirrorIds, 'outbound side, before the filter', ref, port.id);
    if (unshown !== undefined) return unshown;
  }
  if (port.type === 'bridge' && port.outboundFilterId !== undefined) {
    const name = `outbound filter of port ${port.id}`;
    const hook = { name, chain: port.outboundFilterId, inPort: walk.inPort, outPort: port.id };
    const filtered = filter(walk, hook);
    if (filtered !== undefined) return filtered;
  }
  if (port.type === 'bridge' && wire !== undefined) {
    closeStage(walk);
    const ending = inspect(walk, port, wire, 'to');
    if (ending !== undefined) return ending;
  }
  return crossPort(walk, port, depth);
}

/** What a device made itself leaves through its port: it is not sent through the device's own filters. */
export function sendOwn(walk: Walk, port: Port): Ending {
  const { ref, tag } = portIndex(port);
  walk.tag(tag);
  // A router port that is down still sends its "prohibited" answers.
  if (port.type === 'bridge' && !port.adminStateUp) return walk.drop('portDown', ref);
  return crossPort(walk, port, 0);
}

/** What lies beyond the port, whether it is up or not. Who comes here has the port's tag. */
function crossPort(walk: Walk, port: Port, depth: number): Ending {
  const { ref, locationTag } = portIndex(port);
  const untold = traceLeaving(walk, port);
  if (untold !== undefined) return untold;
  const unshown = mirrorAt(walk, port.outboundMirrorIds, 'outbound side', ref, port.id);
  if (unshown !== undefined) return unshown;
  closeStage(walk);
  if (port.peerId !== undefined) {
    const peer = walk.topology.port(port.peerId);
    if (peer === undefined) return walk.blocked({ kind: 'port', id: port.peerId });
    if (walk.trace !== undefined) walk.step(ref, { kind: 'link', from: port.id, to: peer.id });
    return enterPort(walk, peer, depth);
  }
  if (port.binding === undefined) return walk.drop('portUnlinked', ref);
  walk.tag(locationTag);
  if (!walk.state.portActive(port.id)) return walk.drop('portInactive', ref);
  if (exceedsPort(walk, port)) return endTooLong(walk, port);
  if (walk.trace !== undefined) walk.step(ref, { kind: 'egress', portId: port.id });
  return walk.emit(port.id);
}

/** The device is loaded when the packet has been through it; what it made itself may come before. */
function traceLeaving(walk: Walk, port: Port): Ending | undefined {
  if (port.type === 'bridge') {
    const device = walk.topology.bridge(port.bridgeId);
    return device && tracedLeaving(walk, device, bridgeIndex(device).tag, port);
  }
  const device = walk.topology.router(port.routerId);
  return device && tracedLeaving(walk, device, routerIndex(device).tag, port);
}

/** Rules may have sent it here past the device, whose requests count all the same. */
function tracedLeaving(walk: Walk, device: Traced, tag: Tag, port: Port): Ending | undefined {
  walk.tag(tag);
  const id = port.type === 'bridge' ? port.bridgeId : port.routerId;
  return traceAt(walk, device, id, port.id) ?? traceAt(walk, device, port.id, port.id);
}
