import type { Topic } from '@midonet/contract';
import { DEFAULT_TEMPLATE, indexKey } from '@midonet/topology';

/**
 * What a subscription is interested in: a store key, or everything below a prefix (ending in `/`).
 * A topic starts from its roots; items found there lead to more. Index rows are followed but never
 * sent.
 */
export type Interest = string;

export function isPrefix(interest: Interest): boolean {
  return interest.endsWith('/');
}

export function rootsOf(topic: Topic): readonly Interest[] {
  const children = (owner: string, kind: string) => indexKey(owner, 'id' in topic ? topic.id : '', kind, '');
  switch (topic.kind) {
    case 'host':
      return [`host/${topic.id}`, children('host', 'port'), children('host', 'tunnelZone')];
    case 'bridge': {
      const tables = ['dhcpSubnet', 'dhcpHost', 'dhcp6Subnet', 'dhcp6Host', 'staticMac', 'staticArp'];
      return [
        `bridge/${topic.id}`,
        children('bridge', 'port'),
        children('bridge', 'insertion'),
        children('bridge', 'traceRequest'),
        ...tables.map((kind) => `${kind}/${topic.id}/`),
      ];
    }
    case 'router':
      return [`router/${topic.id}`, ...['port', 'route', 'traceRequest'].map((kind) => children('router', kind))];
    case 'port':
      return [`port/${topic.id}`, `portActive/${topic.id}`, children('port', 'portGroup')];
    case 'chain':
      return [`chain/${topic.id}`, children('chain', 'rule')];
    case 'portGroup':
      return [`portGroup/${topic.id}`, `portGroupMember/${topic.id}/`];
    case 'ipAddrGroup':
      return [`ipAddrGroup/${topic.id}`, `ipAddrGroupAddress/${topic.id}/`];
    case 'balancer':
      return [
        `loadBalancer/${topic.id}`,
        `healthChecker/${topic.id}`,
        indexKey('loadBalancer', topic.id, 'pool', ''),
        indexKey('loadBalancer', topic.id, 'vip', ''),
      ];
    case 'qosPolicy':
      return [`qosPolicy/${topic.id}`, children('qosPolicy', 'rule')];
    case 'mirror':
      return [`mirror/${topic.id}`];
    case 'macTable':
      return [`learnedMac/${topic.id}/`];
    case 'neighbours':
      return [`neighbour/${topic.id}/`];
    case 'conf':
      return [`confNode/${topic.id}`, `confMapping/${topic.id}`, `confTemplate/${DEFAULT_TEMPLATE}`];
    case 'collection':
      return [`${topic.of}/`];
  }
}

/** What an item leads to. `value` is the stored JSON. */
export function expand(topic: Topic, key: string, value: string): readonly Interest[] {
  if (topic.kind === 'balancer') return expandBalancer(key, value);
  const [kind, owner, ownerId, child, childId] = key.split('/');
  if (kind === 'index' && childId !== undefined && 'id' in topic && ownerId === topic.id && owner === topic.kind) {
    switch (child) {
      case 'port':
        return [`port/${childId}`, `portActive/${childId}`];
      case 'route':
        return [`route/${childId}`];
      case 'rule':
        return [topic.kind === 'qosPolicy' ? `qosRule/${childId}` : `rule/${childId}`];
      case 'portGroup':
        // That it is a member, not the group: whoever wants that follows it.
        return [`portGroupMember/${childId}/${ownerId}`];
      case 'insertion':
        return [`l2Insertion/${childId}`];
      case 'traceRequest':
        return [`traceRequest/${childId}`];
      case 'tunnelZone':
        return [`tunnelZone/${childId}`, `tunnelZoneMember/${childId}/`];
      default:
        return [];
    }
  }
  if (kind === 'confMapping') return templateOf(topic, value);
  if (kind === 'port' && (topic.kind === 'bridge' || topic.kind === 'router')) return farEnd(topic, value);
  return [];
}

function templateOf(topic: Topic, value: string): readonly Interest[] {
  const name = member(JSON.parse(value), 'template');
  return topic.kind === 'conf' && name !== undefined ? [`confTemplate/${name}`] : [];
}

/** A pool brings its members, their health and its monitor. All index rows followed are the balancer's own. */
function expandBalancer(key: string, value: string): readonly Interest[] {
  const [kind, , , child, childId = ''] = key.split('/');
  if (kind === 'pool') {
    const monitor = member(JSON.parse(value), 'healthMonitorId');
    return monitor === undefined ? [] : [`healthMonitor/${monitor}`];
  }
  if (kind !== 'index') return [];
  switch (child) {
    case 'pool':
      return [`pool/${childId}`, indexKey('pool', childId, 'poolMember', ''), `memberHealth/${childId}/`];
    case 'vip':
    case 'poolMember':
      return [`${child}/${childId}`];
    default:
      return [];
  }
}

/** Of the device's own ports, the port at the other end; that one's peer is no news. */
function farEnd(topic: Extract<Topic, { kind: 'bridge' | 'router' }>, value: string): readonly Interest[] {
  const port: unknown = JSON.parse(value);
  const owner = member(port, topic.kind === 'bridge' ? 'bridgeId' : 'routerId');
  const peer = member(port, 'peerId');
  return owner === topic.id && peer !== undefined ? [`port/${peer}`] : [];
}

function member(value: unknown, name: string): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return typeof found === 'string' ? found : undefined;
}

/** Kinds a collection topic may name. */
export const COLLECTIONS: readonly string[] = [
  ...['bridge', 'router', 'port', 'route', 'host', 'tunnelZone', 'tunnelZoneMember', 'dhcpSubnet', 'dhcpHost'],
  ...['dhcp6Subnet', 'dhcp6Host'],
  ...['chain', 'rule', 'portGroup', 'portGroupMember', 'ipAddrGroup', 'ipAddrGroupAddress'],
  ...['loadBalancer', 'pool', 'poolMember', 'vip', 'healthMonitor', 'memberHealth'],
  ...['qosPolicy', 'qosRule', 'mirror', 'l2Insertion', 'traceRequest', 'loggingResource', 'ruleLogger'],
  ...['confNode', 'confTemplate', 'confMapping'],
  ...['staticMac', 'staticArp', 'learnedMac', 'neighbour', 'portActive', 'hostAlive'],
];
