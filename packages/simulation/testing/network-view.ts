import { type Cidr, type IpAddress, type Mac } from '@midonet/packet';
import { ownerOf, type TracedDevice, type TraceRequest } from '@midonet/topology';
import type {
  Bridge,
  BalancerDevice,
  BridgeDevice,
  BridgeId,
  BridgePort,
  ChainDevice,
  ChainId,
  Dhcp6Host,
  Dhcp6Subnet,
  DhcpHost,
  DhcpSubnet,
  IpAddrGroupDevice,
  IpAddrGroupId,
  L2Insertion,
  LoadBalancerId,
  Mirror,
  MirrorId,
  Port,
  PortGroupDevice,
  PortGroupId,
  PortId,
  QosPolicyDevice,
  QosPolicyId,
  Route,
  RouteId,
  Router,
  RouterDevice,
  RouterId,
  RouterPort,
  StateView,
  StaticArp,
  StaticMac,
  TopologyView,
} from '@midonet/topology';

type TracedId = BridgeId | RouterId | PortId;

/** What a `VirtualNetwork` collects. */
export type NetworkParts = {
  readonly bridges: Map<BridgeId, Bridge>;
  readonly routers: Map<RouterId, Router>;
  readonly ports: Map<PortId, Port>;
  readonly routes: Map<RouteId, Route>;
  readonly chains: Map<ChainId, ChainDevice>;
  readonly portGroups: Map<PortGroupId, PortGroupDevice>;
  readonly ipAddrGroups: Map<IpAddrGroupId, IpAddrGroupDevice>;
  readonly balancers: Map<LoadBalancerId, BalancerDevice>;
  readonly qosPolicies: Map<QosPolicyId, QosPolicyDevice>;
  readonly mirrors: Map<MirrorId, Mirror>;
  readonly insertions: L2Insertion[];
  readonly traceRequests: TraceRequest[];
  readonly dhcpSubnets: DhcpSubnet[];
  readonly dhcpHosts: DhcpHost[];
  readonly dhcp6Subnets: Dhcp6Subnet[];
  readonly dhcp6Hosts: Dhcp6Host[];
  readonly staticMacs: StaticMac[];
  readonly staticArps: StaticArp[];
  /** Exterior ports that run on no host. */
  readonly inactive: Set<PortId>;
  /** Of exterior ports that take less than what may be sent. */
  readonly limits: Map<PortId, number>;
  /** By bridge, then VLAN * 2^48 + MAC. */
  readonly learned: Map<BridgeId, Map<number, PortId>>;
  /** By router port, then address. */
  readonly neighbours: Map<PortId, Map<IpAddress, Mac | 'failed'>>;
};

/** Freezes the parts into snapshots, as an agent's view would have them with everything loaded. */
export function buildView(
  parts: NetworkParts,
  overlayMtu: () => number,
): { readonly topology: TopologyView; readonly state: StateView } {
  const ports = new Map(parts.ports);
  const bridges = new Map([...parts.bridges.values()].map((bridge) => [bridge.id, bridgeDevice(bridge, parts)]));
  const routers = new Map([...parts.routers.values()].map((router) => [router.id, routerDevice(router, parts)]));
  const [chains, portGroups] = [new Map(parts.chains), new Map(parts.portGroups)];
  const [ipAddrGroups, balancers] = [new Map(parts.ipAddrGroups), new Map(parts.balancers)];
  const [qosPolicies, mirrors] = [new Map(parts.qosPolicies), new Map(parts.mirrors)];
  const topology: TopologyView = {
    port: (id) => ports.get(id),
    bridge: (id) => bridges.get(id),
    router: (id) => routers.get(id),
    chain: (id) => chains.get(id),
    portGroup: (id) => portGroups.get(id),
    ipAddrGroup: (id) => ipAddrGroups.get(id),
    balancer: (id) => balancers.get(id),
    qosPolicy: (id) => qosPolicies.get(id),
    mirror: (id) => mirrors.get(id),
  };
  const state: StateView = {
    macPort: (bridge, vlan, mac) => parts.learned.get(bridge)?.get(vlan * 2 ** 48 + mac),
    neighbour: (_router, port, ip) => parts.neighbours.get(port)?.get(ip),
    portActive: (port) => !parts.inactive.has(port),
    portLimit: (port) => parts.limits.get(port),
    get overlayMtu() {
      return overlayMtu();
    },
  };
  return { topology, state };
}

function bridgeDevice(bridge: Bridge, parts: NetworkParts): BridgeDevice {
  const ports = new Map<PortId, BridgePort>();
  const routerPeers = new Map<PortId, RouterPort>();
  const bridgePeers = new Map<PortId, BridgePort>();
  for (const port of parts.ports.values()) {
    if (port.type !== 'bridge' || port.bridgeId !== bridge.id) continue;
    ports.set(port.id, port);
    const peer = port.peerId === undefined ? undefined : parts.ports.get(port.peerId);
    if (peer?.type === 'router') routerPeers.set(port.id, peer);
    else if (peer !== undefined) bridgePeers.set(port.id, peer);
  }
  const mine = (row: { readonly bridgeId: BridgeId }): boolean => row.bridgeId === bridge.id;
  return {
    bridge,
    ports,
    routerPeers,
    bridgePeers,
    dhcp: parts.dhcpSubnets.filter(mine).map((subnet) => ({
      subnet,
      hosts: new Map(
        parts.dhcpHosts
          .filter((host) => mine(host) && samePrefix(host.subnet, subnet.subnet))
          .map((host) => [host.mac, host]),
      ),
    })),
    dhcp6: parts.dhcp6Subnets.filter(mine).map((subnet) => ({
      subnet,
      hosts: new Map(
        parts.dhcp6Hosts
          .filter((host) => mine(host) && samePrefix(host.subnet, subnet.subnet))
          .map((host) => [host.clientId, host]),
      ),
    })),
    staticArp: new Map(parts.staticArps.filter(mine).map((row) => [row.ip, row.mac])),
    staticMacs: new Map(parts.staticMacs.filter(mine).map((row) => [row.vlan * 2 ** 48 + row.mac, row.portId])),
    insertions: insertionsBy(bridge.id, parts.insertions),
    traces: tracesBy(bridge.id, parts.traceRequests),
  };
}

/** What a request at this id is about. */
export function tracedDevice(topology: TopologyView, at: TracedId): TracedDevice {
  const port = topology.port(at as PortId);
  if (port === undefined) {
    const isBridge = topology.bridge(at as BridgeId) !== undefined;
    return isBridge ? { type: 'bridge', id: at as BridgeId } : { type: 'router', id: at as RouterId };
  }
  const { id } = port;
  return port.type === 'bridge'
    ? { type: 'port', id, of: { type: 'bridge', id: port.bridgeId } }
    : { type: 'port', id, of: { type: 'router', id: port.routerId } };
}

function tracesBy(id: BridgeId | RouterId, all: readonly TraceRequest[]): Map<TracedId, TraceRequest[]> {
  const lists = new Map<TracedId, TraceRequest[]>();
  for (const one of all) {
    if (!one.enabled || ownerOf(one.device).id !== id) continue;
    lists.set(one.device.id, [...(lists.get(one.device.id) ?? []), one]);
  }
  return lists;
}

function insertionsBy(id: BridgeId, all: readonly L2Insertion[]): Map<PortId, L2Insertion[]> {
  const lists = new Map<PortId, L2Insertion[]>();
  for (const one of all) {
    if (one.bridgeId === id) lists.set(one.portId, [...(lists.get(one.portId) ?? []), one]);
    if (one.srvBridgeId === id) lists.set(one.srvPortId, [...(lists.get(one.srvPortId) ?? []), one]);
  }
  return lists;
}

function routerDevice(router: Router, parts: NetworkParts): RouterDevice {
  const ports = new Map<PortId, RouterPort>();
  const peers = new Map<PortId, Port>();
  for (const port of parts.ports.values()) {
    if (port.type !== 'router' || port.routerId !== router.id) continue;
    ports.set(port.id, port);
    const peer = port.peerId === undefined ? undefined : parts.ports.get(port.peerId);
    if (peer !== undefined) peers.set(port.id, peer);
  }
  const usable = (route: Route): boolean => {
    if (route.type !== 'normal' && route.type !== 'local') return true;
    // As the topology derives it: no way out through a port that is down or runs nowhere.
    const port = ports.get(route.nextHopPort);
    if (port?.adminStateUp !== true) return false;
    return port.peerId !== undefined || (port.binding !== undefined && !parts.inactive.has(port.id));
  };
  const routes = [...parts.routes.values()].filter((route) => route.routerId === router.id && usable(route));
  return { router, ports, peers, routes, traces: tracesBy(router.id, parts.traceRequests) };
}

function samePrefix(a: Cidr, b: Cidr): boolean {
  return a.address === b.address && a.length === b.length;
}
