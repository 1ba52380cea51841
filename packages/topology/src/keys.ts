import { formatCidr, formatIp, formatMac, type Cidr, type IpAddress } from '@midonet/packet';
import type { Entity } from './entities.ts';
import type { SharedRow } from './shared-rows.ts';

/**
 * Store keys. An object lives at one key below the thing that owns it, so "all ports of a bridge"
 * and "all routes of a router" are prefix reads and prefix watches, and cost what they return.
 */
export function entityKey(entity: Entity): string {
  switch (entity.kind) {
    case 'bridge':
    case 'router':
    case 'host':
    case 'tunnelZone':
    case 'port':
    case 'route':
    case 'chain':
    case 'rule':
    case 'portGroup':
    case 'ipAddrGroup':
    case 'loadBalancer':
    case 'pool':
    case 'poolMember':
    case 'vip':
    case 'healthMonitor':
    case 'qosPolicy':
    case 'qosRule':
    case 'mirror':
    case 'l2Insertion':
    case 'traceRequest':
    case 'loggingResource':
    case 'ruleLogger':
      return `${entity.kind}/${entity.id}`;
    case 'confNode':
    case 'confMapping':
      return `${entity.kind}/${entity.hostId}`;
    case 'confTemplate':
      return `confTemplate/${entity.name}`;
    case 'tunnelZoneMember':
      return `tunnelZoneMember/${entity.zoneId}/${entity.hostId}`;
    case 'dhcpSubnet':
    case 'dhcp6Subnet':
      return `${entity.kind}/${entity.bridgeId}/${prefixKey(entity.subnet)}`;
    case 'dhcpHost':
      return `dhcpHost/${entity.bridgeId}/${prefixKey(entity.subnet)}/${formatMac(entity.mac)}`;
    case 'dhcp6Host':
      return `dhcp6Host/${entity.bridgeId}/${prefixKey(entity.subnet)}/${entity.clientId}`;
    case 'staticMac':
      return `staticMac/${entity.bridgeId}/${entity.vlan}/${formatMac(entity.mac)}`;
    case 'staticArp':
      return `staticArp/${entity.bridgeId}/${formatIp(entity.ip)}`;
    case 'portGroupMember':
      return `portGroupMember/${entity.groupId}/${entity.portId}`;
    case 'ipAddrGroupAddress':
      return `ipAddrGroupAddress/${entity.groupId}/${formatIp(entity.address)}`;
  }
}

export function sharedRowKey(row: SharedRow): string {
  switch (row.kind) {
    case 'learnedMac':
      return `learnedMac/${row.bridgeId}/${row.vlan}/${formatMac(row.mac)}`;
    case 'neighbour':
      return `neighbour/${row.routerId}/${row.portId}/${formatIp(row.ip)}`;
    case 'portActive':
      return `portActive/${row.portId}`;
    case 'hostAlive':
      return `hostAlive/${row.hostId}`;
    case 'memberHealth':
      return `memberHealth/${row.poolId}/${row.memberId}`;
    case 'healthChecker':
      return `healthChecker/${row.balancerId}`;
    case 'hostDrops':
      return `hostDrops/${row.hostId}`;
    case 'hostRuleHits':
      return `hostRuleHits/${row.hostId}`;
    case 'tracedPacket':
      return `${tracedPacketsPrefix(row.requestId)}${row.hostId}/${row.slot}`;
    case 'traceArrival':
      return `traceArrival/${row.hostId}/${row.slot}`;
  }
}

/** What hosts have written down for a trace request. */
export function tracedPacketsPrefix(requestId: string): string {
  return `tracedPacket/${requestId}/`;
}

/** A prefix as a key segment and URL segment: `10.0.0.0_24`. */
export function prefixKey(cidr: Cidr): string {
  return formatCidr(cidr).replace('/', '_');
}

/**
 * Index rows: `index/bridge/<id>/port/<portId>` → empty value. Written in the same transaction as the
 * object they point at; they carry the references that the object's own key does not show.
 */
export function indexKey(ownerKind: string, ownerId: string, childKind: string, childId: string): string {
  return `index/${ownerKind}/${ownerId}/${childKind}/${childId}`;
}

/**
 * Leases of blocks of NAT ports, all of an address together, and the index by which a host's are
 * found. They are neither entities nor shared rows: they outlive connections of their host.
 */
export function natBlockKey(deviceId: string, address: IpAddress, block: number): string {
  return `${natBlocksPrefix(deviceId, address)}${block}`;
}

export function natBlocksPrefix(deviceId: string, address: IpAddress): string {
  return `natBlock/${deviceId}/${formatIp(address)}/`;
}

export function natBlockIndexKey(hostId: string, deviceId: string, address: IpAddress, block: number): string {
  return indexKey('host', hostId, 'natBlock', `${deviceId}_${formatIp(address)}_${block}`);
}

/** The key of a block from the last segment of its index key. */
export function natBlockKeyOfIndex(child: string): string {
  return `natBlock/${child.replaceAll('_', '/')}`;
}
