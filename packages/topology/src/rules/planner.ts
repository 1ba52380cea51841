import type { Entity } from '../entities.ts';
import { entityKey } from '../keys.ts';
import {
  checkBalancerOf,
  checkPool,
  checkPoolMember,
  checkVip,
  deleteHealthMonitor,
  deleteLoadBalancer,
  deletePool,
  deletePoolMember,
} from './balancer-rules.ts';
import { checkBridgeRow, deleteSubnet } from './bridge-rules.ts';
import { deleteBridge, deleteRouter } from './device-rules.ts';
import { checkChainOf, checkGroupRow, deleteChain, deleteIpAddrGroup, deletePortGroup } from './filter-rules.ts';
import { checkFilters } from './filters.ts';
import { checkMember, deleteHost, deleteZone } from './host-rules.ts';
import { uniqueRows } from './index-rows.ts';
import { checkInsertion } from './insertion-rules.ts';
import {
  createRuleLogger,
  deleteLoggingResource,
  deleteRuleLogger,
  keepLoggers,
  updateLoggingResource,
  updateRuleLogger,
} from './logger-rules.ts';
import { memberViolations } from './members.ts';
import { invalid, refused, WriteList, type Plan, type Refused } from './plan.ts';
import { checkMirror, checkMirrors, deleteMirror } from './mirror-rules.ts';
import { checkPolicyOf, checkQosPolicy, deleteQosPolicy } from './qos-rules.ts';
import { createPort, deletePort, updatePort } from './port-rules.ts';
import type { ReadRecorder } from './read-recorder.ts';
import { checkRuleReferences } from './rule-references.ts';
import { checkRoute } from './route-rules.ts';
import { checkTraceRequest, deleteTraceRequest } from './trace-rules.ts';
import { updateTraceRequest, withTracing } from './tracing-rules.ts';

type Read = ReadRecorder<number>;

/**
 * The transaction that creates `entity`. Its cost is that of the entity: a handful of exact keys are
 * read, whatever else the store holds, and creators below one owner do not disturb each other.
 */
export async function planCreate<R extends number>(entity: Entity, read: ReadRecorder<R>): Promise<Plan<R>> {
  const list = new WriteList();
  const refusal =
    invalid(memberViolations(entity)) ??
    (await checkNew(entity, read)) ??
    (await checkUnique(undefined, entity, read)) ??
    (await create(entity, read, list));
  if (refusal !== undefined) return refusal;
  return { kind: 'plan', writes: list.writes, conditions: read.conditions() };
}

/**
 * The transaction that turns `before`, read through the same recorder, into `after`. Changing a
 * port's peerId links and unlinks both ends, changing its addresses moves its LOCAL routes.
 */
export async function planUpdate<R extends number>(
  before: Entity,
  after: Entity,
  read: ReadRecorder<R>,
): Promise<Plan<R>> {
  const list = new WriteList();
  const refusal =
    checkSame(before, after) ??
    invalid(memberViolations(after)) ??
    (await checkUnique(before, after, read)) ??
    (await update(before, after, read, list));
  return refusal ?? { kind: 'plan', writes: list.writes, conditions: read.conditions() };
}

/** The transaction that deletes `entity`, read through the same recorder, with what cannot be without it. */
export async function planDelete<R extends number>(entity: Entity, read: ReadRecorder<R>): Promise<Plan<R>> {
  const list = new WriteList();
  const refusal = await remove(entity, read, list);
  return refusal ?? { kind: 'plan', writes: list.writes, conditions: read.conditions() };
}

async function create(entity: Entity, read: Read, list: WriteList): Promise<Refused | undefined> {
  if (entity.kind === 'port') return createPort(entity, read, list);
  if (entity.kind === 'ruleLogger') return createRuleLogger(entity, read, list);
  const refusal = await checkReferences(undefined, entity, read);
  if (refusal === undefined) list.create(await kept(undefined, entity, read));
  return refusal;
}

async function update(before: Entity, after: Entity, read: Read, list: WriteList): Promise<Refused | undefined> {
  if (before.kind === 'port' && after.kind === 'port') return updatePort(before, after, read, list);
  if (before.kind === 'ruleLogger' && after.kind === 'ruleLogger') return updateRuleLogger(before, after, read, list);
  if (before.kind === 'loggingResource' && after.kind === 'loggingResource') {
    return updateLoggingResource(before, after, read, list);
  }
  const refusal = await checkReferences(before, after, read);
  if (refusal !== undefined) return refusal;
  if (before.kind === 'traceRequest' && after.kind === 'traceRequest') {
    await updateTraceRequest(before, after, read, list);
  } else {
    list.update(before, await kept(before, after, read));
  }
  return undefined;
}

/** With what the rules keep in it, whatever clients say of that. */
async function kept(before: Entity | undefined, after: Entity, read: Read): Promise<Entity> {
  if (after.kind === 'rule') return withTracing(after, read);
  if (after.kind !== 'chain') return after;
  return keepLoggers(before?.kind === 'chain' ? before : undefined, after);
}

async function remove(entity: Entity, read: Read, list: WriteList): Promise<Refused | undefined> {
  switch (entity.kind) {
    case 'bridge':
      return deleteBridge(entity, read, list);
    case 'router':
      return deleteRouter(entity, read, list);
    case 'port':
      return deletePort(entity, read, list);
    case 'host':
      return deleteHost(entity, read, list);
    case 'tunnelZone':
      return deleteZone(entity, read, list);
    case 'dhcpSubnet':
    case 'dhcp6Subnet':
      return deleteSubnet(entity, list);
    case 'chain':
      return deleteChain(entity, read, list);
    case 'portGroup':
      return deletePortGroup(entity, read, list);
    case 'ipAddrGroup':
      return deleteIpAddrGroup(entity, read, list);
    case 'loadBalancer':
      return deleteLoadBalancer(entity, read, list);
    case 'pool':
      return deletePool(entity, read, list);
    case 'poolMember':
      return deletePoolMember(entity, list);
    case 'healthMonitor':
      return deleteHealthMonitor(entity, read, list);
    case 'qosPolicy':
      return deleteQosPolicy(entity, read, list);
    case 'mirror':
      return deleteMirror(entity, read, list);
    case 'traceRequest':
      return deleteTraceRequest(entity, read, list);
    case 'loggingResource':
      return deleteLoggingResource(entity, read, list);
    case 'ruleLogger':
      return deleteRuleLogger(entity, read, list);
    case 'route':
    case 'tunnelZoneMember':
    case 'dhcpHost':
    case 'dhcp6Host':
    case 'staticMac':
    case 'staticArp':
    case 'rule':
    case 'portGroupMember':
    case 'ipAddrGroupAddress':
    case 'vip':
    case 'qosRule':
    case 'l2Insertion':
    case 'confNode':
    case 'confTemplate':
    case 'confMapping':
      list.remove(entity);
      return undefined;
  }
}

async function checkReferences(before: Entity | undefined, entity: Entity, read: Read): Promise<Refused | undefined> {
  switch (entity.kind) {
    case 'route':
      return checkRoute(entity, read);
    case 'tunnelZoneMember':
      return checkMember(entity, read);
    case 'dhcpSubnet':
    case 'dhcp6Subnet':
    case 'dhcpHost':
    case 'dhcp6Host':
    case 'staticMac':
    case 'staticArp':
      return checkBridgeRow(entity, read);
    case 'bridge': {
      const old = before?.kind === 'bridge' ? before : undefined;
      return (
        (await checkFilters(old, entity, read)) ??
        (await checkMirrors(old, entity, read)) ??
        checkQosPolicy(old, entity, read)
      );
    }
    case 'router': {
      const old = before?.kind === 'router' ? before : undefined;
      return (
        (await checkFilters(old, entity, read)) ??
        (await checkMirrors(old, entity, read)) ??
        checkBalancerOf(old, entity, read)
      );
    }
    case 'pool':
      return checkPool(before?.kind === 'pool' ? before : undefined, entity, read);
    case 'poolMember':
      return checkPoolMember(before?.kind === 'poolMember' ? before : undefined, entity, read);
    case 'vip':
      return checkVip(before?.kind === 'vip' ? before : undefined, entity, read);
    case 'rule': {
      const old = before?.kind === 'rule' ? before : undefined;
      return (await checkChainOf(entity, read)) ?? checkRuleReferences(old, entity, read);
    }
    case 'portGroupMember':
    case 'ipAddrGroupAddress':
      return checkGroupRow(entity, read);
    case 'ipAddrGroup':
      return checkFilters(before?.kind === 'ipAddrGroup' ? before : undefined, entity, read);
    case 'qosRule':
      return checkPolicyOf(entity, read);
    case 'mirror':
      return checkMirror(before?.kind === 'mirror' ? before : undefined, entity, read);
    case 'l2Insertion':
      return checkInsertion(before?.kind === 'l2Insertion' ? before : undefined, entity, read);
    case 'traceRequest':
      return checkTraceRequest(before?.kind === 'traceRequest' ? before : undefined, entity, read);
    case 'port': // port-rules.ts
    case 'loggingResource':
    case 'ruleLogger': // logger-rules.ts
    case 'host':
    case 'tunnelZone':
    case 'chain':
    case 'portGroup':
    case 'loadBalancer':
    case 'healthMonitor':
    case 'qosPolicy':
    case 'confNode':
    case 'confTemplate':
    case 'confMapping':
      return undefined;
  }
}

async function checkNew(entity: Entity, read: Read): Promise<Refused | undefined> {
  const key = entityKey(entity);
  return (await read.missing(key)) ? undefined : refused('conflict', 'id', `${key} exists already`);
}

/** Names and tags that one may hold: asked by exact key, so it costs the same in a large cloud. */
async function checkUnique(before: Entity | undefined, after: Entity, read: Read): Promise<Refused | undefined> {
  const held = before === undefined ? new Map<string, string>() : uniqueRows(before);
  for (const key of uniqueRows(after).keys()) {
    if (held.has(key) || (await read.missing(key))) continue;
    const [, owner, ownerId, what, name = ''] = key.split('/');
    if (what === 'vlan') return refused('conflict', 'vlanId', `another port of the bridge has VLAN ${name}`);
    if (what === 'interface') {
      return refused('conflict', 'interfaceName', `another port is bound to ${name} of ${owner} ${ownerId}`);
    }
    if (what === 'holder') {
      // Where it is not to be seen, who has it is not either: the references say that there is none.
      if (!(await read.exists(`loadBalancer/${ownerId}`))) continue;
      return refused('conflict', 'loadBalancerId', `load balancer ${ownerId} is attached to another router`);
    }
    if (what === 'place')
      return refused('conflict', 'policyId', `the policy has its ${name} already: change that rule`);
    if (what === 'insertionAt') {
      const [mac, position] = name.split('_');
      return refused('conflict', 'position', `${mac} has an insertion at position ${position} already`);
    }
    if (what === 'insertionTag') {
      const [vlan, mac] = name.split('_');
      return refused('conflict', 'vlan', `the service port serves ${mac} with VLAN ${vlan} already`);
    }
    return refused('conflict', 'name', `another tunnel zone has this name`);
  }
  return undefined;
}

/** What an entity is and where it belongs cannot change. */
function checkSame(before: Entity, after: Entity): Refused | undefined {
  if (entityKey(before) !== entityKey(after)) return refused('invalid', 'id', 'cannot be changed');
  if (before.kind === 'port' && after.kind === 'port') {
    if (before.type !== after.type) return refused('invalid', 'type', 'cannot be changed');
    const owner = before.type === 'bridge' ? 'bridgeId' : 'routerId';
    if (deviceOf(before) !== deviceOf(after)) return refused('invalid', owner, 'cannot be changed');
  }
  if (before.kind === 'rule' && after.kind === 'rule' && before.chainId !== after.chainId) {
    return refused('invalid', 'chainId', 'cannot be changed');
  }
  if (before.kind === 'pool' && after.kind === 'pool' && before.loadBalancerId !== after.loadBalancerId) {
    return refused('invalid', 'loadBalancerId', 'cannot be changed');
  }
  if (before.kind === 'vip' && after.kind === 'vip' && before.loadBalancerId !== after.loadBalancerId) {
    return refused('invalid', 'loadBalancerId', 'cannot be changed');
  }
  if (before.kind === 'poolMember' && after.kind === 'poolMember' && before.poolId !== after.poolId) {
    return refused('invalid', 'poolId', 'cannot be changed');
  }
  if (before.kind === 'qosRule' && after.kind === 'qosRule') {
    if (before.policyId !== after.policyId) return refused('invalid', 'policyId', 'cannot be changed');
    if (before.type !== after.type) return refused('invalid', 'type', 'cannot be changed');
  }
  if (before.kind === 'route' && after.kind === 'route' && before.routerId !== after.routerId) {
    return refused('invalid', 'routerId', 'cannot be changed');
  }
  return undefined;
}

function deviceOf(port: Extract<Entity, { kind: 'port' }>): string {
  return port.type === 'bridge' ? port.bridgeId : port.routerId;
}
