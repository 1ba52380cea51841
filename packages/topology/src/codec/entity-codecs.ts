import type { IpAddress } from '@midonet/packet';
import type {
  AllowedAddress,
  Bridge,
  BridgePort,
  Dhcp6Host,
  Dhcp6Subnet,
  DhcpHost,
  DhcpOption,
  DhcpRoute,
  DhcpSubnet,
  Host,
  PortBinding,
  Route,
  Router,
  RouterPort,
  StaticArp,
  StaticMac,
  TunnelZone,
  TunnelZoneMember,
} from '../entities.ts';
import type { BridgeId, HostId, LoadBalancerId, PortId, RouteId, RouterId, TunnelZoneId } from '../ids.ts';
import { chainIdField, filterFields } from './filter-codecs.ts';
import { mirroredFields, portMirroredFields } from './mirror-codecs.ts';
import { qosPolicyIdField } from './qos-codecs.ts';
import { listOf, objectOf, optional, type FieldCodec, type ObjectCodec } from './field-codec.ts';
import { booleanField, cidrField, idField, integerField, ip4Field, ip6Field, ipField, macField } from './scalars.ts';
import { textField, wordField } from './scalars.ts';

const INT32 = integerField(-0x80000000, 0x7fffffff);
const VLAN = integerField(1, 4094);
const bridgeId = idField<BridgeId>();
const routerId = idField<RouterId>();
const portId = idField<PortId>();
const hostId = idField<HostId>();

export const bridgeCodec: ObjectCodec<Bridge> = objectOf<Bridge>({
  kind: wordField('bridge'),
  id: bridgeId,
  tenantId: textField,
  name: textField,
  adminStateUp: booleanField,
  shared: optional(booleanField),
  ...filterFields,
  ...mirroredFields,
  qosPolicyId: qosPolicyIdField,
});

export const routerCodec: ObjectCodec<Router> = objectOf<Router>({
  kind: wordField('router'),
  id: routerId,
  tenantId: textField,
  name: textField,
  adminStateUp: booleanField,
  shared: optional(booleanField),
  asNumber: optional(integerField(-1, 0xffffffff)),
  ...filterFields,
  ...mirroredFields,
  forwardChainId: chainIdField,
  localRedirectChainId: chainIdField,
  loadBalancerId: optional(idField<LoadBalancerId>()),
});

const portCommon = {
  kind: wordField('port'),
  id: portId,
  adminStateUp: booleanField,
  vifId: optional(textField),
  peerId: optional(portId),
  binding: optional(objectOf<PortBinding>({ hostId, interfaceName: textField })),
  previousHostId: optional(hostId),
  qosPolicyId: qosPolicyIdField,
  ...filterFields,
  ...portMirroredFields,
} as const;

const allowedAddress = objectOf<AllowedAddress>({ mac: macField, prefix: optional(cidrField) });

export const bridgePortCodec: ObjectCodec<BridgePort> = objectOf<BridgePort>({
  ...portCommon,
  type: wordField('bridge'),
  bridgeId,
  vlanId: optional(VLAN),
  allowedAddresses: optional(listOf(allowedAddress)),
  instanceId: optional(textField),
  instanceTenantId: optional(textField),
});

export const routerPortCodec: ObjectCodec<RouterPort> = objectOf<RouterPort>({
  ...portCommon,
  type: wordField('router'),
  routerId,
  mac: macField,
  addresses: listOf(cidrField),
});

const routeCommon = {
  kind: wordField('route'),
  id: idField<RouteId>(),
  routerId,
  source: cidrField,
  destination: cidrField,
  weight: INT32,
  attributes: optional(textField),
  learned: booleanField,
} as const;

type RouteOf<T extends Route['type']> = Extract<Route, { readonly type: T }>;

export const routeCodecs: { readonly [T in Route['type']]: ObjectCodec<RouteOf<T>> } = {
  normal: objectOf<RouteOf<'normal'>>({
    ...routeCommon,
    type: wordField('normal'),
    nextHopPort: portId,
    nextHopGateway: optional<IpAddress>(ipField),
  }),
  blackhole: objectOf<RouteOf<'blackhole'>>({ ...routeCommon, type: wordField('blackhole') }),
  reject: objectOf<RouteOf<'reject'>>({ ...routeCommon, type: wordField('reject') }),
  local: objectOf<RouteOf<'local'>>({ ...routeCommon, type: wordField('local'), nextHopPort: portId }),
};

export const hostCodec: ObjectCodec<Host> = objectOf<Host>({
  kind: wordField('host'),
  id: hostId,
  name: textField,
  addresses: listOf(ipField),
  floodingProxyWeight: INT32,
  containerWeight: INT32,
  containerLimit: INT32,
  enforceContainerLimit: booleanField,
});

export const tunnelZoneCodec: ObjectCodec<TunnelZone> = objectOf<TunnelZone>({
  kind: wordField('tunnelZone'),
  id: idField<TunnelZoneId>(),
  name: textField,
  type: wordField('gre', 'vxlan', 'vtep'),
});

export const tunnelZoneMemberCodec: ObjectCodec<TunnelZoneMember> = objectOf<TunnelZoneMember>({
  kind: wordField('tunnelZoneMember'),
  zoneId: idField<TunnelZoneId>(),
  hostId,
  address: ipField,
});

const dhcpRoute: FieldCodec<DhcpRoute> = objectOf<DhcpRoute>({ destination: cidrField, gateway: ipField });

export const dhcpSubnetCodec: ObjectCodec<DhcpSubnet> = objectOf<DhcpSubnet>({
  kind: wordField('dhcpSubnet'),
  bridgeId,
  subnet: cidrField,
  defaultGateway: optional(ip4Field),
  serverAddress: optional(ip4Field),
  dnsServers: listOf(ip4Field),
  dnsForwarder: optional(ip4Field),
  interfaceMtu: optional(INT32),
  routes: listOf(dhcpRoute),
  enabled: booleanField,
});

const dhcpOption = objectOf<DhcpOption>({ name: textField, value: textField });

export const dhcpHostCodec: ObjectCodec<DhcpHost> = objectOf<DhcpHost>({
  kind: wordField('dhcpHost'),
  bridgeId,
  subnet: cidrField,
  mac: macField,
  address: ip4Field,
  name: optional(textField),
  options: listOf(dhcpOption),
});

export const dhcp6SubnetCodec: ObjectCodec<Dhcp6Subnet> = objectOf<Dhcp6Subnet>({
  kind: wordField('dhcp6Subnet'),
  bridgeId,
  subnet: cidrField,
  dnsServers: listOf(ip6Field),
  dnsForwarder: optional(ip6Field),
});

export const dhcp6HostCodec: ObjectCodec<Dhcp6Host> = objectOf<Dhcp6Host>({
  kind: wordField('dhcp6Host'),
  bridgeId,
  subnet: cidrField,
  clientId: textField,
  address: ip6Field,
  name: optional(textField),
  options: optional(listOf(dhcpOption)),
});

export const staticMacCodec: ObjectCodec<StaticMac> = objectOf<StaticMac>({
  kind: wordField('staticMac'),
  bridgeId,
  vlan: integerField(0, 4094),
  mac: macField,
  portId,
});

export const staticArpCodec: ObjectCodec<StaticArp> = objectOf<StaticArp>({
  kind: wordField('staticArp'),
  bridgeId,
  ip: ipField,
  mac: macField,
});
