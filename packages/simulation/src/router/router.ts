import { ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '@midonet/flow';
import { isGroupMac, MAC_BROADCAST } from '@midonet/packet';
import type { RouterDevice, RouterPort } from '@midonet/topology';
import { followFor } from '../connection/asks.ts';
import type { Ending, Walk } from '../walk.ts';
import { enterArp } from './arp.ts';
import { mirrorAt, trackForMirrors } from '../mirror/mirror.ts';
import { answerProhibited } from './icmp-errors.ts';
import { enterDiscovery } from './discovery.ts';
import { forwardIp } from './forward.ts';
import { routerIndex } from './router-index.ts';
import type { RouterVisit } from './router-visit.ts';
import { checkAddresses4, checkAddresses6 } from './martians.ts';

/** L2 checks, then by EtherType. Routers take untagged or priority-tagged ARP, IPv4 and IPv6. */
export function enterRouter(walk: Walk, device: RouterDevice, ingress: RouterPort, depth: number): Ending {
  const index = routerIndex(device);
  const { packet } = walk;
  walk.cross(device.router.id);
  if (packet.isTagged()) {
    if (packet.vlanId() !== 0) return walk.drop('taggedToRouter', index.ref);
    packet.popVlan();
  }
  const visit: RouterVisit = { device, index, ingress, depth };
  const destination = packet.ethDst();
  const isGroup = isGroupMac(destination);
  if (!isGroup && destination !== ingress.mac) return walk.drop('notForRouter', index.ref);
  if (!device.router.adminStateUp) return answerProhibited(walk, ingress, 'deviceDown', index.ref);

  const { inboundFilterId, outboundFilterId, forwardChainId, localRedirectChainId } = device.router;
  const ownChains = [inboundFilterId, outboundFilterId, forwardChainId, localRedirectChainId];
  const { inboundMirrorIds, outboundMirrorIds } = device.router;
  const lacking =
    followFor(walk, ingress.outboundFilterId, ...ownChains) ??
    trackForMirrors(
      walk,
      ingress.outboundMirrorIds,
      ingress.preOutFilterMirrorIds,
      inboundMirrorIds,
      outboundMirrorIds,
    );
  if (lacking !== undefined) return walk.blocked(lacking);
  const unshown = mirrorAt(walk, inboundMirrorIds, 'inbound side', index.ref);
  if (unshown !== undefined) return unshown;

  switch (packet.ethType()) {
    case ETHERTYPE_ARP:
      if (isGroup && destination !== MAC_BROADCAST) return walk.drop('notForRouter', index.ref);
      return enterArp(walk, visit);
    case ETHERTYPE_IPV4:
      if (isGroup) return walk.drop('notForRouter', index.ref);
      return checkAddresses4(walk, visit) ?? forwardIp(walk, visit);
    case ETHERTYPE_IPV6:
      return enterDiscovery(walk, visit) ?? (isGroup ? walk.drop('notForRouter', index.ref) : route6(walk, visit));
    default:
      return walk.drop('etherTypeNotRouted', index.ref);
  }
}

function route6(walk: Walk, visit: RouterVisit): Ending {
  return checkAddresses6(walk, visit) ?? forwardIp(walk, visit);
}
