import { formatMac } from '@midonet/packet';
import type { Bridge, Entity, Port, Router } from '../entities.ts';
import type { Rule } from '../filter-entities.ts';
import { indexKey } from '../keys.ts';
import { balancerIndexKeys } from './balancer-index.ts';
import { filtersOf } from './filters.ts';
import { mirrorsOf } from './mirror-rules.ts';
import { insertionRows } from './insertion-rules.ts';
import { placesOf } from './qos-rules.ts';
import { groupsOf, redirectTargetOf } from './rule-references.ts';
import { traceRows } from './trace-rules.ts';

/**
 * The index rows of an entity, key → value: the references that its own key does not show, and the
 * names that must be unique where it is. Written and deleted with it, always exactly these.
 *
 *   index/bridge|router/<id>/port/<port>         index/router/<id>/route/<route>
 *   index/host/<id>/port/<port>                  index/port/<id>/route/<route>      (nextHopPort)
 *   index/host/<id>/tunnelZone/<zone>            index/port/<id>/staticMac/<vlan>_<mac>
 *   index/chain/<id>/bridge|router|port|ipAddrGroup/<user>   (a filter of, or belonging with)
 *   index/chain/<id>/rule/<rule>  its rules, with their order as value
 *   index/chain/<id>/jumpTo/<rule>  its jump rules, with the target as value
 *   index/chain/<id>/jump/<rule>  jump rules that lead here, with their chain as value
 *   index/port/<id>/redirect/<rule>  rules that send packets to it
 *   index/traceRequest/<id>/rule/<rule>  rules that trace for it
 *   index/portGroup|ipAddrGroup/<id>/rule/<rule>  (a condition of)      index/port/<id>/portGroup/<group>
 *   index/loadBalancer/<id>/router/<router>      index/loadBalancer/<id>/pool|vip/<child>
 *   index/loadBalancer/<id>/at/<address>_<port>/<vip>
 *   index/pool/<id>/poolMember|vip/<child>       index/healthMonitor/<id>/pool/<pool>
 *   index/pool/<id>/ip4|ip6/<member or VIP>  by the version of its address
 *   index/qosPolicy/<id>/bridge|port/<user>   index/qosPolicy/<id>/rule/<rule>
 *   index/mirror/<id>/bridge|router|port/<user>   index/port/<id>/mirror/<mirror> (that copies to it)
 *   index/portGroup|ipAddrGroup/<id>/mirror/<mirror>  (a condition of)
 *   index/bridge/<id>/insertion/<insertion>      index/port/<id>/insertion|srvInsertion/<insertion>
 *   index/chain|loggingResource/<id>/ruleLogger/<logger>
 *   index/bridge|router|port/<id>/trace/<request>  index/bridge|router/<id>/traceRequest/<request> (its ports' too)
 *   index/portGroup|ipAddrGroup/<id>/traceRequest/<request>  (the condition of)
 *   index/host/<id>/natBlock/<device>_<address>_<block>  leased to it, written with the lease
 *   and unique, with the holder's id as value:
 *   index/bridge/<id>/vlan/<vlan>    index/host/<id>/interface/<name>    index/name/tunnelZone/<name>
 *   index/loadBalancer/<id>/holder/router
 *   index/qosPolicy/<id>/place/<what a policy has one of>
 *   index/port/<id>/insertionAt/<mac>_<position>  index/port/<id>/insertionTag/<vlan>_<mac>
 */
export function indexRows(entity: Entity): ReadonlyMap<string, string> {
  const rows = new Map(uniqueRows(entity));
  switch (entity.kind) {
    case 'port': {
      addHooks(entity, rows);
      addPolicy(entity, rows);
      const [owner, ownerId] = entity.type === 'bridge' ? ['bridge', entity.bridgeId] : ['router', entity.routerId];
      rows.set(indexKey(owner, ownerId, 'port', entity.id), '');
      if (entity.binding !== undefined) rows.set(indexKey('host', entity.binding.hostId, 'port', entity.id), '');
      break;
    }
    case 'route':
      rows.set(indexKey('router', entity.routerId, 'route', entity.id), '');
      if ('nextHopPort' in entity) rows.set(indexKey('port', entity.nextHopPort, 'route', entity.id), '');
      break;
    case 'tunnelZoneMember':
      rows.set(indexKey('host', entity.hostId, 'tunnelZone', entity.zoneId), '');
      break;
    case 'staticMac':
      rows.set(indexKey('port', entity.portId, 'staticMac', `${entity.vlan}_${formatMac(entity.mac)}`), '');
      break;
    case 'bridge':
      addHooks(entity, rows);
      addPolicy(entity, rows);
      break;
    case 'router':
      addHooks(entity, rows);
      if (entity.loadBalancerId !== undefined) {
        rows.set(indexKey('loadBalancer', entity.loadBalancerId, 'router', entity.id), '');
      }
      break;
    case 'loadBalancer':
    case 'pool':
    case 'poolMember':
    case 'vip':
    case 'healthMonitor':
      for (const key of balancerIndexKeys(entity)) rows.set(key, '');
      break;
    case 'rule':
      rows.set(indexKey('chain', entity.chainId, 'rule', entity.id), String(entity.order));
      if (entity.type === 'jump') {
        rows.set(indexKey('chain', entity.chainId, 'jumpTo', entity.id), entity.jumpChainId);
        rows.set(indexKey('chain', entity.jumpChainId, 'jump', entity.id), entity.chainId);
      }
      for (const [, kind, id] of groupsOf(entity.condition)) rows.set(indexKey(kind, id, 'rule', entity.id), '');
      addRedirect(entity, rows);
      if (entity.type === 'trace') rows.set(indexKey('traceRequest', entity.requestId, 'rule', entity.id), '');
      break;
    case 'qosRule':
      rows.set(indexKey('qosPolicy', entity.policyId, 'rule', entity.id), '');
      break;
    case 'mirror':
      rows.set(indexKey('port', entity.toPortId, 'mirror', entity.id), '');
      for (const condition of entity.conditions) {
        for (const [, kind, id] of groupsOf(condition)) rows.set(indexKey(kind, id, 'mirror', entity.id), '');
      }
      break;
    case 'l2Insertion':
      for (const [key, value] of insertionRows(entity)) rows.set(key, value);
      break;
    case 'ruleLogger':
      rows.set(indexKey('chain', entity.chainId, 'ruleLogger', entity.id), '');
      rows.set(indexKey('loggingResource', entity.loggingResourceId, 'ruleLogger', entity.id), '');
      break;
    case 'traceRequest':
      for (const [key, value] of traceRows(entity)) rows.set(key, value);
      break;
    case 'portGroupMember':
      rows.set(indexKey('port', entity.portId, 'portGroup', entity.groupId), '');
      break;
    case 'ipAddrGroup':
      for (const [, chain] of filtersOf(entity)) rows.set(indexKey('chain', chain, 'ipAddrGroup', entity.id), '');
      break;
    case 'host':
    case 'tunnelZone':
    case 'dhcpSubnet':
    case 'dhcpHost':
    case 'dhcp6Subnet':
    case 'dhcp6Host':
    case 'staticArp':
    case 'chain':
    case 'portGroup':
    case 'ipAddrGroupAddress':
    case 'qosPolicy':
    case 'loggingResource':
    case 'confNode':
    case 'confTemplate':
    case 'confMapping':
      break;
  }
  return rows;
}

function addHooks(entity: Bridge | Router | Port, rows: Map<string, string>): void {
  for (const [, chain] of filtersOf(entity)) rows.set(indexKey('chain', chain, entity.kind, entity.id), '');
  for (const [, mirrors] of mirrorsOf(entity)) {
    for (const mirror of mirrors) rows.set(indexKey('mirror', mirror, entity.kind, entity.id), '');
  }
}

function addRedirect(rule: Rule, rows: Map<string, string>): void {
  const target = redirectTargetOf(rule);
  if (target !== undefined) rows.set(indexKey('port', target, 'redirect', rule.id), '');
}

function addPolicy(entity: Bridge | Port, rows: Map<string, string>): void {
  if (entity.qosPolicyId !== undefined) rows.set(indexKey('qosPolicy', entity.qosPolicyId, entity.kind, entity.id), '');
}

/** Those of the index rows that one entity at a time can hold. */
export function uniqueRows(entity: Entity): ReadonlyMap<string, string> {
  const rows = new Map<string, string>();
  if (entity.kind === 'tunnelZone') rows.set(zoneNameKey(entity.name), entity.id);
  if (entity.kind === 'router' && entity.loadBalancerId !== undefined) {
    rows.set(indexKey('loadBalancer', entity.loadBalancerId, 'holder', 'router'), entity.id);
  }
  if (entity.kind === 'qosRule') {
    for (const place of placesOf(entity)) rows.set(indexKey('qosPolicy', entity.policyId, 'place', place), entity.id);
  }
  if (entity.kind === 'l2Insertion') {
    for (const [key, value] of insertionRows(entity)) if (value === entity.id) rows.set(key, value);
  }
  if (entity.kind !== 'port') return rows;
  if (entity.binding !== undefined) {
    const { hostId, interfaceName } = entity.binding;
    rows.set(indexKey('host', hostId, 'interface', segment(interfaceName)), entity.id);
  }
  if (entity.type === 'bridge' && entity.vlanId !== undefined) {
    rows.set(indexKey('bridge', entity.bridgeId, 'vlan', String(entity.vlanId)), entity.id);
  }
  return rows;
}

export function zoneNameKey(name: string): string {
  return `index/name/tunnelZone/${segment(name)}`;
}

/** Any text as one segment of a key: no slash, no control characters. */
function segment(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
