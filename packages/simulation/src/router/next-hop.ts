import { MAC_BROADCAST, MAC_ZERO, cidrContains, type Ip4, type IpAddress, type Mac } from '@midonet/packet';
import type { Port, RouterPort } from '@midonet/topology';
import { arpRequestFrame } from '../answer/arp.ts';
import { neighbourSolicitationFrame } from '../answer/neighbour.ts';
import { bridgeIndex } from '../bridge/bridge-index.ts';
import { linkLocalAddress } from '../ip-scope.ts';
import type { Ending, Walk } from '../walk.ts';
import { answerError } from './icmp-errors.ts';
import type { RouterVisit } from './router-visit.ts';

/**
 * The MAC of the next hop, or how the packet ends without one. What the topology knows needs no
 * asking: a router at the other end of the link, a seeded row or another router of the bridge there.
 * After that the shared neighbour table; a miss there parks the packet behind an ARP or ND request.
 */
export function resolveNextHop(walk: Walk, visit: RouterVisit, egress: RouterPort, nextHop: IpAddress): Mac | Ending {
  if (egress.peerId !== undefined) {
    const peer = visit.device.peers.get(egress.id) ?? walk.topology.port(egress.peerId);
    if (peer === undefined) return walk.blocked({ kind: 'port', id: egress.peerId });
    const known = knownBehind(walk, peer, nextHop);
    if (known !== undefined) return known;
  }
  return neighbourMac(walk, visit, egress, nextHop);
}

function knownBehind(walk: Walk, peer: Port, nextHop: IpAddress): Mac | Ending | undefined {
  if (peer.type === 'router') return peer.mac;
  const device = walk.topology.bridge(peer.bridgeId);
  if (device === undefined) return walk.blocked({ kind: 'bridge', id: peer.bridgeId });
  const index = bridgeIndex(device);
  // Fires for seeded rows and for addresses of routers that come to the bridge or leave it.
  walk.tag(typeof nextHop === 'number' ? index.arpTags4.get(nextHop) : index.arpTags6.get(nextHop));
  const router = index.segments.get(peer.vlanId ?? 0)?.routerAddresses.get(nextHop);
  if (router !== undefined && router.id !== peer.id) return device.routerPeers.get(router.id)?.mac;
  // Seeded rows speak for the untagged network.
  return peer.vlanId === undefined ? device.staticArp.get(nextHop) : undefined;
}

function neighbourMac(walk: Walk, visit: RouterVisit, egress: RouterPort, nextHop: IpAddress): Mac | Ending {
  const { device, index, ingress } = visit;
  const routerId = device.router.id;
  walk.tag(typeof nextHop === 'number' ? index.neighbourTags4.get(nextHop) : index.neighbourTags6.get(nextHop));
  const mac = walk.state.neighbour(routerId, egress.id, nextHop);
  switch (mac) {
    case 'unloaded':
      return walk.blocked({ kind: 'neighbourTable', routerId });
    case 'failed':
      return answerError(walk, ingress, 'hostUnreachable', 'neighbourUnresolved', index.ref);
    case undefined:
      walk.answer(egress.id, requestFrame(egress, nextHop));
      return walk.blocked({ kind: 'neighbour', routerId, portId: egress.id, ip: nextHop });
    default:
      return mac;
  }
}

/** An ARP request, or a neighbour solicitation from the port's link-local address. */
export function requestFrame(port: RouterPort, target: IpAddress): Uint8Array {
  if (typeof target !== 'number') {
    return neighbourSolicitationFrame({ mac: port.mac, ip: linkLocalAddress(port.mac) }, target);
  }
  const sender = { mac: port.mac, ip: senderAddress(port, target) };
  return arpRequestFrame(sender, { mac: MAC_ZERO, ip: target }, MAC_BROADCAST);
}

/** The port's address in the target's subnet, any other one, or the unspecified address (an ARP probe). */
function senderAddress(port: RouterPort, target: Ip4): Ip4 {
  let fallback = 0 as Ip4;
  for (const cidr of port.addresses) {
    if (typeof cidr.address !== 'number') continue;
    if (cidrContains(cidr, target)) return cidr.address;
    if (fallback === 0) fallback = cidr.address;
  }
  return fallback;
}
