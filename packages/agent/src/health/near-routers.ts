import type { BridgeId, RouterId } from '@midonet/topology';
import type { Knowledge } from '../view/knowledge.ts';

/**
 * Routers next to the ports of this host, as far as packets made them known, each with the bridge that
 * shows it: a port of the host is the router's own or is on a bridge that it is linked to.
 */
export function nearRouters({ boundHere, devices }: Knowledge): ReadonlyMap<RouterId, BridgeId | undefined> {
  const routers = new Map<RouterId, BridgeId | undefined>();
  const bridges = new Set<BridgeId>();
  for (const port of boundHere.values()) {
    if (port.type === 'router') routers.set(port.routerId, undefined);
    else if (!bridges.has(port.bridgeId)) {
      bridges.add(port.bridgeId);
      const peers = devices.bridge(port.bridgeId)?.routerPeers.values() ?? [];
      for (const { routerId } of peers) if (!routers.has(routerId)) routers.set(routerId, port.bridgeId);
    }
  }
  return routers;
}
