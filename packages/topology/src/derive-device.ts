import type { IpAddress, Mac } from '@midonet/packet';
import { keepList, keepMap, sameCidr, type DeviceParts } from './device-parts.ts';
import type { Bridge, BridgePort, Dhcp6Host, DhcpHost, Port, Route, Router, RouterPort } from './entities.ts';
import type { BridgeId, PortId, RouterId } from './ids.ts';
import type { L2Insertion } from './insertion-entities.ts';
import type { TraceRequest } from './trace-entities.ts';
import type { BridgeDevice, RouterDevice, Traced } from './view.ts';

const VLAN_UNIT = 2 ** 48;

/** The key of a MAC row in `BridgeDevice.staticMacs`: the VLAN (0 untagged) above the address. */
export function vlanMacKey(vlan: number, mac: Mac): number {
  return vlan * VLAN_UNIT + mac;
}

/** Derives a bridge from its parts; what did not change keeps the identity it has in `old`. */
export function deriveBridge(bridge: Bridge, parts: DeviceParts, old: BridgeDevice | undefined): BridgeDevice {
  const ports = new Map<PortId, BridgePort>();
  const routerPeers = new Map<PortId, RouterPort>();
  const bridgePeers = new Map<PortId, BridgePort>();
  for (const port of parts.portsOfBridge.of(bridge.id)) {
    if (port.type !== 'bridge') continue;
    ports.set(port.id, port);
    const peer = port.peerId === undefined ? undefined : parts.ports.get(port.peerId);
    if (peer?.type === 'router') routerPeers.set(port.id, peer);
    else if (peer !== undefined) bridgePeers.set(port.id, peer);
  }
  const staticArp = new Map<IpAddress, Mac>();
  for (const row of parts.staticArps.of(bridge.id)) staticArp.set(row.ip, row.mac);
  const staticMacs = new Map<number, PortId>();
  for (const row of parts.staticMacs.of(bridge.id)) staticMacs.set(vlanMacKey(row.vlan, row.mac), row.portId);
  return {
    bridge,
    ports: keepMap(old?.ports, ports),
    routerPeers: keepMap(old?.routerPeers, routerPeers),
    bridgePeers: keepMap(old?.bridgePeers, bridgePeers),
    dhcp: deriveDhcp(bridge, parts, old),
    dhcp6: deriveDhcp6(bridge, parts, old),
    staticArp: keepMap(old?.staticArp, staticArp),
    staticMacs: keepMap(old?.staticMacs, staticMacs),
    insertions: deriveInsertions(bridge, parts, old),
    traces: deriveTraces(bridge.id, parts, old),
  };
}

function deriveInsertions(
  bridge: Bridge,
  parts: DeviceParts,
  old: BridgeDevice | undefined,
): BridgeDevice['insertions'] {
  const lists = new Map<PortId, L2Insertion[]>();
  const add = (port: PortId, insertion: L2Insertion): unknown =>
    lists.set(port, [...(lists.get(port) ?? []), insertion]);
  for (const insertion of parts.insertions.of(bridge.id)) {
    if (insertion.bridgeId === bridge.id) add(insertion.portId, insertion);
    if (insertion.srvBridgeId === bridge.id) add(insertion.srvPortId, insertion);
  }
  const kept = new Map<PortId, readonly L2Insertion[]>();
  for (const [port, list] of lists) kept.set(port, keepList(old?.insertions.get(port), list));
  return keepMap(old?.insertions, kept);
}

/** Those that are enabled. */
function deriveTraces(id: BridgeId | RouterId, parts: DeviceParts, old: Traced | undefined): Traced['traces'] {
  const lists = new Map<BridgeId | RouterId | PortId, TraceRequest[]>();
  for (const request of parts.traces.of(id)) {
    if (!request.enabled) continue;
    lists.set(request.device.id, [...(lists.get(request.device.id) ?? []), request]);
  }
  const kept = new Map<BridgeId | RouterId | PortId, readonly TraceRequest[]>();
  for (const [at, list] of lists) kept.set(at, keepList(old?.traces.get(at), list));
  return keepMap(old?.traces, kept);
}

function deriveDhcp(bridge: Bridge, parts: DeviceParts, old: BridgeDevice | undefined): BridgeDevice['dhcp'] {
  const rows = [...parts.dhcpSubnets.of(bridge.id)].map((subnet) => {
    const hosts = new Map<Mac, DhcpHost>();
    for (const host of parts.dhcpHosts.of(bridge.id))
      if (sameCidr(host.subnet, subnet.subnet)) hosts.set(host.mac, host);
    const before = old?.dhcp.find((row) => row.subnet === subnet);
    const kept = keepMap(before?.hosts, hosts);
    return before !== undefined && before.hosts === kept ? before : { subnet, hosts: kept };
  });
  return keepList(old?.dhcp, rows);
}

function deriveDhcp6(bridge: Bridge, parts: DeviceParts, old: BridgeDevice | undefined): BridgeDevice['dhcp6'] {
  const rows = [...parts.dhcp6Subnets.of(bridge.id)].map((subnet) => {
    const hosts = new Map<string, Dhcp6Host>();
    for (const host of parts.dhcp6Hosts.of(bridge.id))
      if (sameCidr(host.subnet, subnet.subnet)) hosts.set(host.clientId, host);
    const before = old?.dhcp6.find((row) => row.subnet === subnet);
    const kept = keepMap(before?.hosts, hosts);
    return before !== undefined && before.hosts === kept ? before : { subnet, hosts: kept };
  });
  return keepList(old?.dhcp6, rows);
}

/** Derives a router from its parts. `active` tells whether a bound port runs on its host. */
export function deriveRouter(
  router: Router,
  parts: DeviceParts,
  active: (port: PortId) => boolean,
  old: RouterDevice | undefined,
): RouterDevice {
  const ports = new Map<PortId, RouterPort>();
  const peers = new Map<PortId, Port>();
  for (const port of parts.portsOfRouter.of(router.id)) {
    if (port.type !== 'router') continue;
    ports.set(port.id, port);
    const peer = port.peerId === undefined ? undefined : parts.ports.get(port.peerId);
    if (peer !== undefined) peers.set(port.id, peer);
  }
  const routes: Route[] = [];
  for (const route of parts.routes.of(router.id)) if (routeCounts(route, ports, active)) routes.push(route);
  return {
    router,
    ports: keepMap(old?.ports, ports),
    routes: keepList(old?.routes, routes),
    peers: keepMap(old?.peers, peers),
    traces: deriveTraces(router.id, parts, old),
  };
}

/**
 * A route through a port counts while packets can leave there: the port is up, and linked to another
 * device or active on its host.
 */
function routeCounts(route: Route, ports: ReadonlyMap<PortId, RouterPort>, active: (port: PortId) => boolean): boolean {
  switch (route.type) {
    case 'blackhole':
    case 'reject':
      return true;
    case 'normal':
    case 'local': {
      const port = ports.get(route.nextHopPort);
      if (port?.adminStateUp !== true) return false;
      return port.peerId !== undefined || active(port.id);
    }
  }
}
