import type { Cidr, Ip4, Ip6, IpAddress, Mac } from '@midonet/packet';
import type { HealthMonitor, LoadBalancer, Pool, PoolMember, Vip } from './balancer-entities.ts';
import type { ConfMapping, ConfNode, ConfTemplate } from './conf-entities.ts';
import type { Chain, IpAddrGroup, IpAddrGroupAddress, PortGroup, PortGroupMember, Rule } from './filter-entities.ts';
import type {
  BridgeId,
  ChainId,
  HostId,
  LoadBalancerId,
  PortId,
  QosPolicyId,
  RouteId,
  RouterId,
  TunnelZoneId,
} from './ids.ts';
import type { Mirror, Mirrored, PortMirrored } from './mirror-entities.ts';
import type { L2Insertion } from './insertion-entities.ts';
import type { LoggingResource, RuleLogger } from './logger-entities.ts';
import type { TraceRequest } from './trace-entities.ts';
import type { QosPolicy, QosRule } from './qos-entities.ts';

/** The chains a device or port sends packets through. None: everything passes. */
export type Filters = {
  readonly inboundFilterId?: ChainId | undefined;
  readonly outboundFilterId?: ChainId | undefined;
};

/**
 * The virtual topology as stored. One tagged union; an illegal combination does not type-check: a
 * router port has a MAC and addresses, a bridge port may have a VLAN. Optional wire fields are
 * explicit `undefined`-able members here, never null.
 */
export type Bridge = Filters &
  Mirrored & {
    readonly kind: 'bridge';
    readonly id: BridgeId;
    readonly tenantId: string;
    readonly name: string;
    readonly adminStateUp: boolean;
    /** Every tenant may look at it. */
    readonly shared?: boolean | undefined;
    /** Of its ports that have none of their own. */
    readonly qosPolicyId?: QosPolicyId | undefined;
  };

export type Router = Filters &
  Mirrored & {
    readonly kind: 'router';
    readonly id: RouterId;
    readonly tenantId: string;
    readonly name: string;
    readonly adminStateUp: boolean;
    /** Every tenant may look at it. */
    readonly shared?: boolean | undefined;
    readonly asNumber?: number | undefined;
    /** Between routing and the outbound filter, for packets that pass through. */
    readonly forwardChainId?: ChainId | undefined;
    /** For packets to one of the router's own addresses, before it takes them. */
    readonly localRedirectChainId?: ChainId | undefined;
    /** Asked about what comes in, before the inbound filter. A load balancer is at one router at most. */
    readonly loadBalancerId?: LoadBalancerId | undefined;
  };

/** Where an exterior port is plugged in. Absent on interior and unplugged ports. */
export type PortBinding = { readonly hostId: HostId; readonly interfaceName: string };

type PortCommon = Filters &
  PortMirrored & {
    readonly kind: 'port';
    readonly id: PortId;
    readonly adminStateUp: boolean;
    readonly vifId?: string | undefined;
    /** The port at the other end of a link. A port has a binding or a peer or neither, never both. */
    readonly peerId?: PortId | undefined;
    readonly binding?: PortBinding | undefined;
    readonly previousHostId?: HostId | undefined;
    /** Goes before the bridge's. */
    readonly qosPolicyId?: QosPolicyId | undefined;
  };

/** A MAC that may send through a port, from the addresses of a prefix; absent: from any address. */
export type AllowedAddress = { readonly mac: Mac; readonly prefix?: Cidr | undefined };

export type BridgePort = PortCommon & {
  readonly type: 'bridge';
  readonly bridgeId: BridgeId;
  /** Who may send through it; absent: everybody. Nobody with an empty list. */
  readonly allowedAddresses?: readonly AllowedAddress[] | undefined;
  /** The machine behind an exterior port, as the metadata service knows it; without it there is no such service. */
  readonly instanceId?: string | undefined;
  /** Whose that machine is, if not the bridge's tenant's. Nobody says it of a port but Neutron. */
  readonly instanceTenantId?: string | undefined;
  /** Interior ports only: this port carries the given tag of a VLAN-aware bridge. */
  readonly vlanId?: number | undefined;
};

export type RouterPort = PortCommon & {
  readonly type: 'router';
  readonly routerId: RouterId;
  readonly mac: Mac;
  /** Interface addresses with prefix length, host bits kept. The first IPv4 one is the wire's portAddress. */
  readonly addresses: readonly Cidr[];
};

export type Port = BridgePort | RouterPort;

type RouteCommon = {
  readonly kind: 'route';
  readonly id: RouteId;
  readonly routerId: RouterId;
  readonly source: Cidr;
  readonly destination: Cidr;
  /** Lower wins. */
  readonly weight: number;
  readonly attributes?: string | undefined;
  /** Learned routes are rows of a shared table, not stored objects. */
  readonly learned: boolean;
};

export type Route = RouteCommon &
  (
    | { readonly type: 'normal'; readonly nextHopPort: PortId; readonly nextHopGateway?: IpAddress | undefined }
    | { readonly type: 'blackhole' }
    | { readonly type: 'reject' }
    /** Made by the server for every router port address; goes with the port. */
    | { readonly type: 'local'; readonly nextHopPort: PortId }
  );

export type Host = {
  readonly kind: 'host';
  readonly id: HostId;
  readonly name: string;
  readonly addresses: readonly IpAddress[];
  readonly floodingProxyWeight: number;
  readonly containerWeight: number;
  readonly containerLimit: number;
  readonly enforceContainerLimit: boolean;
};

export type TunnelZone = {
  readonly kind: 'tunnelZone';
  readonly id: TunnelZoneId;
  readonly name: string;
  readonly type: 'gre' | 'vxlan' | 'vtep';
};

export type TunnelZoneMember = {
  readonly kind: 'tunnelZoneMember';
  readonly zoneId: TunnelZoneId;
  readonly hostId: HostId;
  readonly address: IpAddress;
};

export type DhcpRoute = { readonly destination: Cidr; readonly gateway: IpAddress };

/** Keyed by bridge and subnet. */
export type DhcpSubnet = {
  readonly kind: 'dhcpSubnet';
  readonly bridgeId: BridgeId;
  readonly subnet: Cidr;
  readonly defaultGateway?: Ip4 | undefined;
  readonly serverAddress?: Ip4 | undefined;
  readonly dnsServers: readonly Ip4[];
  /** Where instances may ask the agents of their hosts for names; handed out before the others. */
  readonly dnsForwarder?: Ip4 | undefined;
  readonly interfaceMtu?: number | undefined;
  readonly routes: readonly DhcpRoute[];
  readonly enabled: boolean;
};

export type DhcpOption = { readonly name: string; readonly value: string };

/** Keyed by bridge, subnet and MAC. */
export type DhcpHost = {
  readonly kind: 'dhcpHost';
  readonly bridgeId: BridgeId;
  readonly subnet: Cidr;
  readonly mac: Mac;
  readonly address: Ip4;
  readonly name?: string | undefined;
  readonly options: readonly DhcpOption[];
};

/** IPv6 addresses a bridge hands out by DHCPv6. Keyed by bridge and subnet. */
export type Dhcp6Subnet = {
  readonly kind: 'dhcp6Subnet';
  readonly bridgeId: BridgeId;
  readonly subnet: Cidr;
  readonly dnsServers: readonly Ip6[];
  /** As `DhcpSubnet.dnsForwarder`. */
  readonly dnsForwarder?: Ip6 | undefined;
};

/** Keyed by bridge, subnet and client. */
export type Dhcp6Host = {
  readonly kind: 'dhcp6Host';
  readonly bridgeId: BridgeId;
  readonly subnet: Cidr;
  /** See `parseClientId`: a DUID (RFC 8415 11), or a MAC, as `02:00:…`. */
  readonly clientId: string;
  readonly address: Ip6;
  readonly name?: string | undefined;
  readonly options?: readonly DhcpOption[] | undefined;
};

/** A MAC table row written through the API. It never expires; learned rows are in the shared table. */
export type StaticMac = {
  readonly kind: 'staticMac';
  readonly bridgeId: BridgeId;
  /** 0 when untagged. */
  readonly vlan: number;
  readonly mac: Mac;
  readonly portId: PortId;
};

/** A bridge's seeded IPv4/IPv6 → MAC row, answered by ARP and ND suppression. */
export type StaticArp = {
  readonly kind: 'staticArp';
  readonly bridgeId: BridgeId;
  readonly ip: IpAddress;
  readonly mac: Mac;
};

export type Entity =
  | Bridge
  | Router
  | Port
  | Route
  | Host
  | TunnelZone
  | TunnelZoneMember
  | DhcpSubnet
  | DhcpHost
  | Dhcp6Subnet
  | Dhcp6Host
  | StaticMac
  | StaticArp
  | Chain
  | Rule
  | PortGroup
  | PortGroupMember
  | IpAddrGroup
  | IpAddrGroupAddress
  | LoadBalancer
  | Pool
  | PoolMember
  | Vip
  | HealthMonitor
  | QosPolicy
  | QosRule
  | Mirror
  | L2Insertion
  | TraceRequest
  | LoggingResource
  | RuleLogger
  | ConfNode
  | ConfTemplate
  | ConfMapping;

export type EntityKind = Entity['kind'];
