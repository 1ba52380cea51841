import {
  decodeFailure,
  isDecodeFailure,
  isJsonObject,
  printValue,
  type DecodeFailure,
  type JsonObject,
} from './codec/field-codec.ts';
import * as balancers from './codec/balancer-codecs.ts';
import * as codecs from './codec/entity-codecs.ts';
import * as conf from './codec/conf-codecs.ts';
import * as filters from './codec/filter-codecs.ts';
import { mirrorCodec } from './codec/mirror-codecs.ts';
import { l2InsertionCodec } from './codec/insertion-codecs.ts';
import { loggingResourceCodec, ruleLoggerCodec } from './codec/logger-codecs.ts';
import { traceRequestCodec } from './codec/trace-codecs.ts';
import * as qos from './codec/qos-codecs.ts';
import { decodeRule, encodeRule } from './codec/rule-codecs.ts';
import { rowCodecs } from './codec/row-codecs.ts';
import type { Entity, EntityKind } from './entities.ts';
import { entityKey, sharedRowKey } from './keys.ts';
import type { SharedRow, SharedRowKind } from './shared-rows.ts';

export { isDecodeFailure, type DecodeFailure, type JsonObject, type JsonValue } from './codec/field-codec.ts';

/** Every kind of entity, for collections, in the order of the union. */
export const ENTITY_KINDS: readonly EntityKind[] = [
  'bridge',
  'router',
  'port',
  'route',
  'host',
  'tunnelZone',
  'tunnelZoneMember',
  'dhcpSubnet',
  'dhcpHost',
  'dhcp6Subnet',
  'dhcp6Host',
  'staticMac',
  'staticArp',
  'chain',
  'rule',
  'portGroup',
  'portGroupMember',
  'ipAddrGroup',
  'ipAddrGroupAddress',
  'loadBalancer',
  'pool',
  'poolMember',
  'vip',
  'healthMonitor',
  'qosPolicy',
  'qosRule',
  'mirror',
  'l2Insertion',
  'traceRequest',
  'loggingResource',
  'ruleLogger',
  'confNode',
  'confTemplate',
  'confMapping',
];

export const SHARED_ROW_KINDS: readonly SharedRowKind[] = [
  'learnedMac',
  'neighbour',
  'portActive',
  'hostAlive',
  'memberHealth',
  'healthChecker',
  'hostDrops',
  'hostRuleHits',
  'tracedPacket',
  'traceArrival',
];

export function isEntityKind(text: unknown): text is EntityKind {
  return ENTITY_KINDS.some((kind) => kind === text);
}

export function isSharedRowKind(text: unknown): text is SharedRowKind {
  return SHARED_ROW_KINDS.some((kind) => kind === text);
}

export function isSharedRow(value: Entity | SharedRow): value is SharedRow {
  return isSharedRowKind(value.kind);
}

/** The stored JSON form: addresses as text, members that are undefined left out, `kind` kept. */
export function encodeEntity(entity: Entity): JsonObject {
  switch (entity.kind) {
    case 'bridge':
      return codecs.bridgeCodec.encode(entity);
    case 'router':
      return codecs.routerCodec.encode(entity);
    case 'port':
      return entity.type === 'bridge' ? codecs.bridgePortCodec.encode(entity) : codecs.routerPortCodec.encode(entity);
    case 'route':
      switch (entity.type) {
        case 'normal':
          return codecs.routeCodecs.normal.encode(entity);
        case 'blackhole':
          return codecs.routeCodecs.blackhole.encode(entity);
        case 'reject':
          return codecs.routeCodecs.reject.encode(entity);
        case 'local':
          return codecs.routeCodecs.local.encode(entity);
      }
    case 'host':
      return codecs.hostCodec.encode(entity);
    case 'tunnelZone':
      return codecs.tunnelZoneCodec.encode(entity);
    case 'tunnelZoneMember':
      return codecs.tunnelZoneMemberCodec.encode(entity);
    case 'dhcpSubnet':
      return codecs.dhcpSubnetCodec.encode(entity);
    case 'dhcpHost':
      return codecs.dhcpHostCodec.encode(entity);
    case 'dhcp6Subnet':
      return codecs.dhcp6SubnetCodec.encode(entity);
    case 'dhcp6Host':
      return codecs.dhcp6HostCodec.encode(entity);
    case 'staticMac':
      return codecs.staticMacCodec.encode(entity);
    case 'staticArp':
      return codecs.staticArpCodec.encode(entity);
    case 'chain':
      return filters.chainCodec.encode(entity);
    case 'rule':
      return encodeRule(entity);
    case 'portGroup':
      return filters.portGroupCodec.encode(entity);
    case 'portGroupMember':
      return filters.portGroupMemberCodec.encode(entity);
    case 'ipAddrGroup':
      return filters.ipAddrGroupCodec.encode(entity);
    case 'ipAddrGroupAddress':
      return filters.ipAddrGroupAddressCodec.encode(entity);
    case 'loadBalancer':
      return balancers.loadBalancerCodec.encode(entity);
    case 'pool':
      return balancers.poolCodec.encode(entity);
    case 'poolMember':
      return balancers.poolMemberCodec.encode(entity);
    case 'vip':
      return balancers.vipCodec.encode(entity);
    case 'healthMonitor':
      return entity.type === 'tcp'
        ? balancers.tcpMonitorCodec.encode(entity)
        : balancers.httpMonitorCodec.encode(entity);
    case 'qosPolicy':
      return qos.qosPolicyCodec.encode(entity);
    case 'qosRule':
      return entity.type === 'dscp' ? qos.qosDscpRuleCodec.encode(entity) : qos.qosBandwidthRuleCodec.encode(entity);
    case 'mirror':
      return mirrorCodec.encode(entity);
    case 'l2Insertion':
      return l2InsertionCodec.encode(entity);
    case 'traceRequest':
      return traceRequestCodec.encode(entity);
    case 'loggingResource':
      return loggingResourceCodec.encode(entity);
    case 'ruleLogger':
      return ruleLoggerCodec.encode(entity);
    case 'confNode':
      return conf.confNodeCodec.encode(entity);
    case 'confTemplate':
      return conf.confTemplateCodec.encode(entity);
    case 'confMapping':
      return conf.confMappingCodec.encode(entity);
  }
}

/** Reads the stored form. Never throws: what is wrong comes back naming the field. */
export function decodeEntity(value: unknown): Entity | DecodeFailure {
  if (!isJsonObject(value)) return decodeFailure('', `expected an object, got ${printValue(value)}`);
  const kind = value['kind'];
  if (!isEntityKind(kind)) return decodeFailure('kind', `expected a kind of entity, got ${printValue(kind)}`);
  const type = value['type'];
  switch (kind) {
    case 'bridge':
      return codecs.bridgeCodec.decode(value, '');
    case 'router':
      return codecs.routerCodec.decode(value, '');
    case 'port':
      return (type === 'bridge' ? codecs.bridgePortCodec : codecs.routerPortCodec).decode(value, '');
    case 'route':
      if (type !== 'normal' && type !== 'blackhole' && type !== 'reject' && type !== 'local') {
        return decodeFailure('type', `expected 'normal', 'blackhole', 'reject' or 'local', got ${printValue(type)}`);
      }
      return codecs.routeCodecs[type].decode(value, '');
    case 'host':
      return codecs.hostCodec.decode(value, '');
    case 'tunnelZone':
      return codecs.tunnelZoneCodec.decode(value, '');
    case 'tunnelZoneMember':
      return codecs.tunnelZoneMemberCodec.decode(value, '');
    case 'dhcpSubnet':
      return codecs.dhcpSubnetCodec.decode(value, '');
    case 'dhcpHost':
      return codecs.dhcpHostCodec.decode(value, '');
    case 'dhcp6Subnet':
      return codecs.dhcp6SubnetCodec.decode(value, '');
    case 'dhcp6Host':
      return codecs.dhcp6HostCodec.decode(value, '');
    case 'staticMac':
      return codecs.staticMacCodec.decode(value, '');
    case 'staticArp':
      return codecs.staticArpCodec.decode(value, '');
    case 'chain':
      return filters.chainCodec.decode(value, '');
    case 'rule':
      return decodeRule(value, type);
    case 'portGroup':
      return filters.portGroupCodec.decode(value, '');
    case 'portGroupMember':
      return filters.portGroupMemberCodec.decode(value, '');
    case 'ipAddrGroup':
      return filters.ipAddrGroupCodec.decode(value, '');
    case 'ipAddrGroupAddress':
      return filters.ipAddrGroupAddressCodec.decode(value, '');
    case 'loadBalancer':
      return balancers.loadBalancerCodec.decode(value, '');
    case 'pool':
      return balancers.poolCodec.decode(value, '');
    case 'poolMember':
      return balancers.poolMemberCodec.decode(value, '');
    case 'vip':
      return balancers.vipCodec.decode(value, '');
    case 'healthMonitor':
      return (type === 'tcp' ? balancers.tcpMonitorCodec : balancers.httpMonitorCodec).decode(value, '');
    case 'qosPolicy':
      return qos.qosPolicyCodec.decode(value, '');
    case 'qosRule':
      return (type === 'dscp' ? qos.qosDscpRuleCodec : qos.qosBandwidthRuleCodec).decode(value, '');
    case 'mirror':
      return mirrorCodec.decode(value, '');
    case 'l2Insertion':
      return l2InsertionCodec.decode(value, '');
    case 'traceRequest':
      return traceRequestCodec.decode(value, '');
    case 'loggingResource':
      return loggingResourceCodec.decode(value, '');
    case 'ruleLogger':
      return ruleLoggerCodec.decode(value, '');
    case 'confNode':
      return conf.confNodeCodec.decode(value, '');
    case 'confTemplate':
      return conf.confTemplateCodec.decode(value, '');
    case 'confMapping':
      return conf.confMappingCodec.decode(value, '');
  }
}

/** The stored and wire form of a row of a shared table. */
export function encodeRow(row: SharedRow): JsonObject {
  switch (row.kind) {
    case 'learnedMac':
      return rowCodecs.learnedMac.encode(row);
    case 'neighbour':
      return rowCodecs.neighbour.encode(row);
    case 'portActive':
      return rowCodecs.portActive.encode(row);
    case 'hostAlive':
      return rowCodecs.hostAlive.encode(row);
    case 'memberHealth':
      return rowCodecs.memberHealth.encode(row);
    case 'healthChecker':
      return rowCodecs.healthChecker.encode(row);
    case 'hostDrops':
      return rowCodecs.hostDrops.encode(row);
    case 'hostRuleHits':
      return rowCodecs.hostRuleHits.encode(row);
    case 'tracedPacket':
      return rowCodecs.tracedPacket.encode(row);
    case 'traceArrival':
      return rowCodecs.traceArrival.encode(row);
  }
}

export function decodeRow(value: unknown): SharedRow | DecodeFailure {
  if (!isJsonObject(value)) return decodeFailure('', `expected an object, got ${printValue(value)}`);
  const kind = value['kind'];
  if (!isSharedRowKind(kind)) return decodeFailure('kind', `expected a kind of shared row, got ${printValue(kind)}`);
  return rowCodecs[kind].decode(value, '');
}

/**
 * Decodes what is stored under `key`, picking by the key's first segment, and checks that the value
 * belongs there. Index rows and foreign keys are failures on field `key`.
 */
export function decodeKeyed(key: string, value: unknown): Entity | SharedRow | DecodeFailure {
  const kind = key.split('/', 1)[0];
  if (isEntityKind(kind)) {
    const entity = decodeEntity(value);
    return isDecodeFailure(entity) || entityKey(entity) === key ? entity : misplaced(key, entityKey(entity));
  }
  if (isSharedRowKind(kind)) {
    const row = decodeRow(value);
    return isDecodeFailure(row) || sharedRowKey(row) === key ? row : misplaced(key, sharedRowKey(row));
  }
  return decodeFailure('key', `'${key}' is not the key of an entity or shared row`);
}

function misplaced(key: string, belongs: string): DecodeFailure {
  return decodeFailure('key', `the value under '${key}' belongs under '${belongs}'`);
}
