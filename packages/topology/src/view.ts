import type { IpAddress, Mac } from '@midonet/packet';
import type { HealthMonitor, LoadBalancer, Pool, PoolMember, Vip } from './balancer-entities.ts';
import type {
  Bridge,
  BridgePort,
  Dhcp6Host,
  Dhcp6Subnet,
  DhcpHost,
  DhcpSubnet,
  Port,
  Route,
  Router,
  RouterPort,
} from './entities.ts';
import type { Chain, IpAddrGroup, PortGroup, Rule } from './filter-entities.ts';
import type {
  BridgeId,
  ChainId,
  IpAddrGroupId,
  LoadBalancerId,
  MirrorId,
  PoolId,
  PoolMemberId,
  PortGroupId,
  PortId,
  QosPolicyId,
  RouterId,
} from './ids.ts';
import type { L2Insertion } from './insertion-entities.ts';
import type { TraceRequest } from './trace-entities.ts';
import type { Mirror } from './mirror-entities.ts';
import type { QosPolicy, QosRule } from './qos-entities.ts';
import type { HealthChecker } from './shared-rows.ts';

/**
 * What a simulation sees: immutable devices with what belongs to them. `undefined` means "not loaded
 * or does not exist": the simulation answers `blocked` and whoever runs it finds out which.
 *
 * A device and its snapshot objects keep their identity until something in them changes, so caches
 * may hang on them (WeakMap).
 */
export type TopologyView = {
  port(id: PortId): Port | undefined;
  bridge(id: BridgeId): BridgeDevice | undefined;
  router(id: RouterId): RouterDevice | undefined;
  chain(id: ChainId): ChainDevice | undefined;
  portGroup(id: PortGroupId): PortGroupDevice | undefined;
  ipAddrGroup(id: IpAddrGroupId): IpAddrGroupDevice | undefined;
  balancer(id: LoadBalancerId): BalancerDevice | undefined;
  qosPolicy(id: QosPolicyId): QosPolicyDevice | undefined;
  mirror(id: MirrorId): Mirror | undefined;
};

/** Whose packets are traced: the enabled requests about a device and about its ports, by which of these. */
export type Traced = { readonly traces: ReadonlyMap<BridgeId | RouterId | PortId, readonly TraceRequest[]> };

export type BridgeDevice = Traced & {
  readonly bridge: Bridge;
  readonly ports: ReadonlyMap<PortId, BridgePort>;
  /**
   * For each interior port linked to a router: that router port. The bridge unicasts to router MACs
   * and answers ARP for them without learning. Present as far as peers are loaded with the closure.
   */
  readonly routerPeers: ReadonlyMap<PortId, RouterPort>;
  /** For interior ports linked to another bridge: that port (VLAN-aware bridges). */
  readonly bridgePeers: ReadonlyMap<PortId, BridgePort>;
  readonly dhcp: readonly { readonly subnet: DhcpSubnet; readonly hosts: ReadonlyMap<Mac, DhcpHost> }[];
  /** Hosts by client id. */
  readonly dhcp6: readonly { readonly subnet: Dhcp6Subnet; readonly hosts: ReadonlyMap<string, Dhcp6Host> }[];
  /** Seeded rows: static ones of the API. */
  readonly staticArp: ReadonlyMap<IpAddress, Mac>;
  /** Key: `vlan * 2^48 + mac`. */
  readonly staticMacs: ReadonlyMap<number, PortId>;
  /** By port: those on its wire, or those that it serves; a port is never both. Ports without any are left out. */
  readonly insertions: ReadonlyMap<PortId, readonly L2Insertion[]>;
};

export type RouterDevice = Traced & {
  readonly router: Router;
  readonly ports: ReadonlyMap<PortId, RouterPort>;
  /** Static, local and learned routes; those of a port that is down or inactive are left out. */
  readonly routes: readonly Route[];
  /** The far end of each interior port, for next-hop MACs that need no ARP. */
  readonly peers: ReadonlyMap<PortId, Port>;
};

export type ChainDevice = {
  readonly chain: Chain;
  /** In the order in which they apply. */
  readonly rules: readonly Rule[];
};

export type PortGroupDevice = { readonly group: PortGroup; readonly members: ReadonlySet<PortId> };

export type IpAddrGroupDevice = { readonly group: IpAddrGroup; readonly addresses: ReadonlySet<IpAddress> };

export type BalancerDevice = {
  readonly balancer: LoadBalancer;
  /** By id. */
  readonly vips: readonly Vip[];
  readonly pools: ReadonlyMap<PoolId, PoolDevice>;
  /**
   * What is known of members that are being checked. A member without an entry is not checked, or not
   * yet, and counts as up.
   */
  readonly health: ReadonlyMap<PoolMemberId, 'up' | 'down'>;
  /** The host that asks the members. */
  readonly checker?: HealthChecker | undefined;
};

/** The very same object while its pool, members and monitor are, whatever happens to their health. */
export type PoolDevice = {
  readonly pool: Pool;
  /** By id. */
  readonly members: readonly PoolMember[];
  readonly monitor?: HealthMonitor | undefined;
};

/** A policy with its rules, by id. */
export type QosPolicyDevice = { readonly policy: QosPolicy; readonly rules: readonly QosRule[] };

/** Mutable shared state as known on this host, read by the simulation, written by its agent. */
export type StateView = {
  /** The learned port of a MAC; static rows are in the device. 'unloaded' when the table is not here yet. */
  macPort(bridge: BridgeId, vlan: number, mac: Mac): PortId | undefined | 'unloaded';
  /** The MAC of a neighbour on a router port. */
  neighbour(router: RouterId, port: PortId, ip: IpAddress): Mac | undefined | 'unloaded' | 'failed';
  /** False when an exterior port is bound but not running anywhere. */
  portActive(port: PortId): boolean;
  /** What a tenant may send: underlay MTU less the encapsulation, bytes of IP packet. */
  readonly overlayMtu: number;
  /**
   * Bytes of IP packet that reach an exterior port from here, where these are fewer than a tenant may send or
   * a tunnel leads there: its interface, or the tunnels, take no longer ones. Undefined: any that may be sent.
   */
  portLimit(port: PortId): number | undefined;
};
