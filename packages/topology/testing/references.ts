import { prefixKey, type Entity } from '../src/index.ts';
import { filtersOf } from '../src/rules/filters.ts';
import { mirrorsOf } from '../src/rules/mirror-rules.ts';
import { groupsOf } from '../src/rules/rule-references.ts';

/** Keys that an entity cannot be without. */
export function references(one: Entity): string[] {
  switch (one.kind) {
    case 'port':
      return [
        one.type === 'bridge' ? `bridge/${one.bridgeId}` : `router/${one.routerId}`,
        ...(one.peerId === undefined ? [] : [`port/${one.peerId}`]),
        ...(one.binding === undefined ? [] : [`host/${one.binding.hostId}`]),
        ...filtersOf(one).map(([, chain]) => `chain/${chain}`),
        ...mirrorsOf(one).flatMap(([, mirrors]) => mirrors.map((shown) => `mirror/${shown}`)),
        ...(one.qosPolicyId === undefined ? [] : [`qosPolicy/${one.qosPolicyId}`]),
      ];
    case 'route':
      return [`router/${one.routerId}`, ...('nextHopPort' in one ? [`port/${one.nextHopPort}`] : [])];
    case 'tunnelZoneMember':
      return [`tunnelZone/${one.zoneId}`, `host/${one.hostId}`];
    case 'dhcpHost':
      return [`dhcpSubnet/${one.bridgeId}/${prefixKey(one.subnet)}`];
    case 'dhcp6Host':
      return [`dhcp6Subnet/${one.bridgeId}/${prefixKey(one.subnet)}`];
    case 'staticMac':
      return [`bridge/${one.bridgeId}`, `port/${one.portId}`];
    case 'dhcpSubnet':
    case 'dhcp6Subnet':
    case 'staticArp':
      return [`bridge/${one.bridgeId}`];
    case 'bridge':
      return [
        ...filtersOf(one).map(([, chain]) => `chain/${chain}`),
        ...mirrorsOf(one).flatMap(([, mirrors]) => mirrors.map((shown) => `mirror/${shown}`)),
        ...(one.qosPolicyId === undefined ? [] : [`qosPolicy/${one.qosPolicyId}`]),
      ];
    case 'qosRule':
      return [`qosPolicy/${one.policyId}`];
    case 'l2Insertion':
      return [`port/${one.portId}`, `port/${one.srvPortId}`];
    case 'router':
      return [
        ...filtersOf(one).map(([, chain]) => `chain/${chain}`),
        ...mirrorsOf(one).flatMap(([, mirrors]) => mirrors.map((shown) => `mirror/${shown}`)),
        ...(one.loadBalancerId === undefined ? [] : [`loadBalancer/${one.loadBalancerId}`]),
      ];
    case 'pool':
      return [
        `loadBalancer/${one.loadBalancerId}`,
        ...(one.healthMonitorId === undefined ? [] : [`healthMonitor/${one.healthMonitorId}`]),
      ];
    case 'poolMember':
      return [`pool/${one.poolId}`];
    case 'vip':
      return [`loadBalancer/${one.loadBalancerId}`, `pool/${one.poolId}`];
    case 'rule':
      return [
        `chain/${one.chainId}`,
        ...(one.type === 'jump' ? [`chain/${one.jumpChainId}`] : []),
        ...groupsOf(one.condition).map(([, kind, group]) => `${kind}/${group}`),
      ];
    case 'portGroupMember':
      return [`portGroup/${one.groupId}`, `port/${one.portId}`];
    case 'ipAddrGroupAddress':
      return [`ipAddrGroup/${one.groupId}`];
    case 'ruleLogger':
      return [`chain/${one.chainId}`, `loggingResource/${one.loggingResourceId}`];
    case 'chain':
      return (one.loggers ?? []).map((logger) => `ruleLogger/${logger.id}`);
    case 'traceRequest':
      return [
        `${one.device.type}/${one.device.id}`,
        ...groupsOf(one.condition).map(([, kind, group]) => `${kind}/${group}`),
      ];
    case 'mirror':
      return [`port/${one.toPortId}`, ...one.conditions.flatMap(groupsOf).map(([, kind, group]) => `${kind}/${group}`)];
    case 'host':
    case 'tunnelZone':
    case 'loggingResource':
    case 'portGroup':
    case 'ipAddrGroup':
    case 'loadBalancer':
    case 'healthMonitor':
    case 'qosPolicy':
    case 'confNode':
    case 'confTemplate':
    case 'confMapping':
      return [];
  }
}
