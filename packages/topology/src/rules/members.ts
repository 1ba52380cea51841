import {
  cidrContains,
  isGroupMac,
  isMulticastIp,
  network4,
  network6,
  type Cidr,
  type IpAddress,
} from '@midonet/packet';
import { parseClientId } from '../client-id.ts';
import { confViolations } from './conf-members.ts';
import type { Dhcp6Host, Dhcp6Subnet, DhcpHost, DhcpSubnet, Entity, Port, Route, RouterPort } from '../entities.ts';
import { monitorViolations, placeViolations, poolMemberViolations } from './balancer-members.ts';
import { failing } from './failing.ts';
import { mirroredViolations, mirrorViolations } from './mirror-rules.ts';
import { insertionViolations } from './insertion-rules.ts';
import { traceViolations } from './trace-rules.ts';
import type { Violation } from './plan.ts';
import { qosRuleViolations } from './qos-rules.ts';
import { ruleViolations } from './rule-members.ts';

/** IFNAMSIZ of Linux, less the closing NUL. */
/** Of a port: each is looked up for every flow. */
const MAX_ALLOWED = 256;
const INTERFACE_NAME_MAX = 15;
/** What may stand in a header. */
const INSTANCE_ID = /^[0-9A-Za-z_.:-]{1,255}$/;

/** What can be said of an entity by looking at it alone. Properties are the API's. */
export function memberViolations(entity: Entity): readonly Violation[] {
  switch (entity.kind) {
    case 'port':
      return portViolations(entity);
    case 'route':
      return routeViolations(entity);
    case 'dhcpSubnet':
      return subnetViolations(entity);
    case 'dhcpHost':
      return dhcpHostViolations(entity);
    case 'dhcp6Subnet':
      return subnet6Violations(entity);
    case 'dhcp6Host':
      return dhcp6HostViolations(entity);
    case 'tunnelZone':
      return failing([entity.name === '', 'name', 'must not be empty']);
    case 'tunnelZoneMember':
      return failing([!isUnicast(entity.address), 'ipAddress', 'must be a unicast address']);
    case 'staticMac':
      return failing(
        [isGroupMac(entity.mac), 'macAddr', 'must be a unicast address'],
        [entity.vlan < 0 || entity.vlan > 4094, 'vlanId', 'must be 0 (untagged) to 4094'],
      );
    case 'staticArp':
      return failing([isGroupMac(entity.mac), 'mac', 'must be a unicast address']);
    case 'rule':
      return ruleViolations(entity);
    case 'poolMember':
      return poolMemberViolations(entity);
    case 'vip':
      return placeViolations(entity);
    case 'healthMonitor':
      return monitorViolations(entity);
    case 'qosRule':
      return qosRuleViolations(entity);
    case 'mirror':
      return mirrorViolations(entity);
    case 'l2Insertion':
      return insertionViolations(entity);
    case 'traceRequest':
      return traceViolations(entity);
    case 'bridge':
    case 'router':
      return mirroredViolations(entity);
    case 'confNode':
    case 'confTemplate':
      return confViolations(entity);
    case 'confMapping':
    case 'loggingResource':
    case 'ruleLogger':
    case 'host':
    case 'chain':
    case 'portGroup':
    case 'portGroupMember':
    case 'ipAddrGroup':
    case 'ipAddrGroupAddress':
    case 'loadBalancer':
    case 'pool':
    case 'qosPolicy':
      return [];
  }
}

function portViolations(port: Port): readonly Violation[] {
  const name = port.binding?.interfaceName;
  const common = [
    ...mirroredViolations(port),
    ...failing(
      [port.peerId === port.id, 'peerId', 'a port cannot be its own peer'],
      [
        name !== undefined && (name.length > INTERFACE_NAME_MAX || !/^[^/\s\p{Cc}]+$/u.test(name)),
        'interfaceName',
        `must be 1 to ${INTERFACE_NAME_MAX} characters without '/' and white space`,
      ],
    ),
  ];
  if (port.type === 'router') return [...common, ...routerPortViolations(port)];
  const { vlanId: vlan, allowedAddresses: allowed = [], instanceId = 'none' } = port;
  return [
    ...common,
    ...failing(
      [vlan !== undefined && !(vlan >= 1 && vlan <= 4094), 'vlanId', 'must be 1 to 4094'],
      [vlan !== undefined && port.binding !== undefined, 'vlanId', 'only a port without a host binding can have one'],
      [allowed.length > MAX_ALLOWED, 'allowedAddresses', `must be at most ${MAX_ALLOWED}`],
      [!INSTANCE_ID.test(instanceId), 'instanceId', "must be 1 to 255 letters, digits, '-', '_', '.' or ':'"],
      [allowed.some(({ mac }) => isGroupMac(mac) || mac === 0), 'allowedAddresses', 'MACs must be unicast'],
    ),
  ];
}

function routerPortViolations(port: RouterPort): readonly Violation[] {
  const seen = new Set<IpAddress>();
  const repeated = port.addresses.some(({ address }) => seen.size === seen.add(address).size);
  return failing(
    [isGroupMac(port.mac) || port.mac === 0, 'portMac', 'must be a unicast address'],
    [port.addresses.some(({ address }) => !isUnicast(address)), 'portAddress', 'must be unicast addresses'],
    [repeated, 'portAddress', 'the same address twice'],
  );
}

function routeViolations(route: Route): readonly Violation[] {
  const family = typeof route.destination.address;
  const gateway = route.type === 'normal' ? route.nextHopGateway : undefined;
  return failing(
    [typeof route.source.address !== family, 'srcNetworkAddr', 'must be of the same IP version as dstNetworkAddr'],
    [route.weight < 0, 'weight', 'must be 0 or more'],
    [gateway !== undefined && typeof gateway !== family, 'nextHopGateway', 'must be of the IP version of the route'],
    [gateway !== undefined && !isUnicast(gateway), 'nextHopGateway', 'must be a unicast address'],
  );
}

function subnetViolations(subnet: DhcpSubnet): readonly Violation[] {
  const { interfaceMtu: mtu, dnsForwarder } = subnet;
  return failing(
    [typeof subnet.subnet.address !== 'number', 'subnetPrefix', 'must be an IPv4 prefix'],
    [!isNetwork(subnet.subnet), 'subnetPrefix', 'must not have bits set behind its length'],
    [mtu !== undefined && (mtu < 0 || mtu > 65535), 'interfaceMTU', 'must be 0 to 65535'],
    [dnsForwarder !== undefined && !isServer(dnsForwarder), 'dnsForwarderAddr', NOT_A_SERVER],
  );
}

function dhcpHostViolations(host: DhcpHost): readonly Violation[] {
  return failing(
    [isGroupMac(host.mac), 'macAddr', 'must be a unicast address'],
    [!cidrContains(host.subnet, host.address), 'ipAddr', 'must be in the subnet'],
  );
}

function subnet6Violations({ subnet, dnsForwarder }: Dhcp6Subnet): readonly Violation[] {
  return failing(
    [typeof subnet.address !== 'bigint', 'prefix', 'must be an IPv6 prefix'],
    [!isNetwork(subnet), 'prefix', 'must not have bits set behind its length'],
    [dnsForwarder !== undefined && !isServer(dnsForwarder), 'dnsForwarderAddr', NOT_A_SERVER],
  );
}

function dhcp6HostViolations(host: Dhcp6Host): readonly Violation[] {
  return failing(
    [parseClientId(host.clientId) !== host.clientId, 'clientId', 'must be a DUID or a MAC in hex, as 02:00:…'],
    [!cidrContains(host.subnet, host.address), 'fixedAddress', 'must be in the subnet'],
    [!isUnicast(host.address), 'fixedAddress', 'must be a unicast address'],
  );
}

function isUnicast(ip: IpAddress): boolean {
  return !isMulticastIp(ip) && ip !== 0 && ip !== 0n && ip !== 0xffffffff;
}

const NOT_A_SERVER = 'must be a unicast address, not of loopback';

function isServer(ip: IpAddress): boolean {
  return isUnicast(ip) && ip !== 1n && !(typeof ip === 'number' && ip >>> 24 === 127);
}

function isNetwork({ address, length }: Cidr): boolean {
  return address === (typeof address === 'number' ? network4(address, length) : network6(address, length));
}
