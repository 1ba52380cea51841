import { formatMac, isGroupMac, MAC_BROADCAST, type Mac } from '@midonet/packet';
import type { BridgeDevice, BridgePort } from '@midonet/topology';
import type { Ending, Walk } from '../walk.ts';
import { filter } from '../chain/hooks.ts';
import { followFor } from '../connection/asks.ts';
import { answerDhcp } from '../dhcp/dhcp.ts';
import { answerDhcp6, DHCP6_SERVERS_MAC } from '../dhcp/dhcp6.ts';
import { DHCP_SERVER_MAC } from '../dhcp/dhcp-config.ts';
import { mirrorAt, trackForMirrors } from '../mirror/mirror.ts';
import { portIndex } from '../port-index.ts';
import { answerAddressQuery, concernsRouters } from './address-query.ts';
import type { BridgeFrame } from './bridge-frame.ts';
import { bridgeIndex, macKey } from './bridge-index.ts';
import { flood } from './flood.ts';
import { forwardTo } from './forward.ts';
import { takeForService } from './instance-service.ts';
import { markIngress } from './mark.ts';
import { guardSource } from './source-guard.ts';
import { enterSegment } from './vlan.ts';

export function enterBridge(
  walk: Walk,
  device: BridgeDevice,
  ingress: BridgePort,
  depth: number,
  from: 'port' | 'fromService' = 'port',
): Ending {
  const index = bridgeIndex(device);
  walk.cross(device.bridge.id);
  if (!device.bridge.adminStateUp) return walk.drop('deviceDown', index.ref);

  const source = walk.packet.ethSrc();
  if (isGroupMac(source)) return walk.drop('groupSource', index.ref);
  const destination = walk.packet.ethDst();
  if (source === destination) return walk.drop('sameSourceAndDestination', index.ref);

  const spoofed = from === 'port' ? guardSource(walk, ingress) : undefined;
  if (spoofed !== undefined) return spoofed;

  const { inboundFilterId, outboundFilterId, inboundMirrorIds, outboundMirrorIds } = device.bridge;
  const lacking =
    followFor(walk, ingress.outboundFilterId, inboundFilterId, outboundFilterId) ??
    trackForMirrors(
      walk,
      ingress.outboundMirrorIds,
      ingress.preOutFilterMirrorIds,
      inboundMirrorIds,
      outboundMirrorIds,
    );
  if (lacking !== undefined) return walk.blocked(lacking);

  let frame = enterSegment(walk, device, index, ingress, depth);
  if (frame === undefined) return walk.drop('vlanMismatch', index.ref);
  // A filter may be there to keep strangers' MACs out: it comes before learning.
  const isFiltered = ingress.inboundFilterId !== undefined || device.bridge.inboundFilterId !== undefined;
  const blocked = isFiltered ? undefined : learnSource(walk, frame, source);
  if (blocked !== undefined) return blocked;

  const isGroup = isGroupMac(destination);
  // DHCP is a service of the bridge and answered in front of the filters, as in MidoNet.
  if (ingress.peerId === undefined && device.dhcp.length > 0 && frame.vlan === 0) {
    walk.dhcpIngress = { device, portId: ingress.id };
    if (destination === MAC_BROADCAST || destination === DHCP_SERVER_MAC) {
      const ending = answerDhcp(walk);
      if (ending !== undefined) return ending;
    }
  }
  if (!isGroup && ingress.peerId === undefined && frame.vlan === 0) {
    const ending = takeForService(walk, device, ingress);
    if (ending !== undefined) return ending;
  }
  if (device.dhcp6.length > 0) walk.dhcp6Bridge ??= device;
  if (destination === DHCP6_SERVERS_MAC && ingress.peerId === undefined && frame.vlan === 0) {
    const ending = answerDhcp6(walk, device, ingress.id);
    if (ending !== undefined) return ending;
  }
  if (isFiltered || ingress.postInFilterMirrorIds !== undefined || inboundMirrorIds !== undefined) {
    const { tagEdits } = walk;
    const ending = filterInbound(walk, frame);
    if (ending !== undefined) return ending;
    if (walk.tagEdits !== tagEdits) {
      frame = enterSegment(walk, device, index, ingress, depth);
      if (frame === undefined) return walk.drop('vlanMismatch', index.ref);
    }
    const unlearned = isFiltered ? learnSource(walk, frame, source) : undefined;
    if (unlearned !== undefined) return unlearned;
  }
  const unmarked = markIngress(walk, frame);
  if (unmarked !== undefined) return unmarked;
  if (isGroup) {
    return answerAddressQuery(walk, frame, source, destination) ?? flood(walk, frame, concernsRouters(walk));
  }
  return unicast(walk, frame, destination);
}

/** The filters of the port and of the bridge, and the mirrors around them. */
function filterInbound(walk: Walk, { device, index, ingress }: BridgeFrame): Ending | undefined {
  const inPort = ingress.id;
  const { name, inboundFilterId, inboundMirrorIds } = device.bridge;
  return (
    filter(walk, { name: `inbound filter of port ${inPort}`, chain: ingress.inboundFilterId, inPort }) ??
    mirrorAt(walk, ingress.postInFilterMirrorIds, 'inbound side, behind the filter', portIndex(ingress).ref) ??
    mirrorAt(walk, inboundMirrorIds, 'inbound side', index.ref) ??
    filter(walk, { name: `inbound filter of bridge ${name}`, chain: inboundFilterId, inPort })
  );
}

/** Notes where the source lives, unless static rows or the topology say so already. */
function learnSource(walk: Walk, frame: BridgeFrame, source: Mac): Ending | undefined {
  const { device, index, ingress, vlan } = frame;
  if (device.routerPeers.has(ingress.id)) return undefined;
  const key = macKey(vlan, source);
  // A flow whose source moved away or was forgotten must come up again, to be learned anew.
  walk.tag(index.macTags.get(key));
  if (device.staticMacs.has(key)) return undefined;
  const known = walk.state.macPort(device.bridge.id, vlan, source);
  if (known === 'unloaded') return walk.blocked({ kind: 'macTable', bridgeId: device.bridge.id });
  if (known === ingress.id) return undefined;
  walk.proposals.push({ kind: 'learnMac', bridgeId: device.bridge.id, vlan, mac: source, portId: ingress.id });
  if (walk.trace !== undefined) {
    walk.step(index.ref, { kind: 'learn', detail: `source MAC is at port ${ingress.id}` });
  }
  return undefined;
}

function unicast(walk: Walk, frame: BridgeFrame, destination: Mac): Ending {
  const { index, ingress } = frame;
  const found = lookup(walk, frame, destination);
  if (found === 'unloaded') return walk.blocked({ kind: 'macTable', bridgeId: frame.device.bridge.id });
  if (walk.trace !== undefined) {
    const result = found?.id ?? 'unknown: flood';
    walk.step(index.ref, { kind: 'lookup', table: 'mac', key: formatMac(destination), result });
  }
  if (found === undefined) return flood(walk, frame, false);
  if (found.id === ingress.id) return walk.drop('hairpin', index.ref);
  return forwardTo(walk, frame, found);
}

/** Router MACs come from the topology, then static rows, then what was learned. */
function lookup(walk: Walk, frame: BridgeFrame, mac: Mac): BridgePort | 'unloaded' | undefined {
  const { device, index, segment, vlan } = frame;
  const key = macKey(vlan, mac);
  // Another router may come to have the same.
  walk.tag(index.macTags.get(key));
  const router = segment.routerMacs.get(mac);
  if (router !== undefined) return router;
  const row = device.staticMacs.get(key) ?? walk.state.macPort(device.bridge.id, vlan, mac);
  if (row === undefined || row === 'unloaded') return row === undefined ? undefined : 'unloaded';
  const port = device.ports.get(row);
  // A row may outlive its port, or the port's membership in this VLAN.
  return port !== undefined && segment.members.includes(port) ? port : undefined;
}
