import { parseCidr, parseIp, parseIp4, parseMac, type Cidr, type Mac } from '@midonet/packet';
import {
  planCreate,
  planDelete,
  planInsertRule,
  planMoveRule,
  planQosPolicy,
  planUpdate,
  ReadRecorder,
  rulesOfChain,
  type AnyId,
  type BridgeId,
  type BridgePort,
  type ChainId,
  type Entity,
  type EntityKind,
  type HealthMonitor,
  type HealthMonitorId,
  type HostId,
  type IpAddrGroupId,
  type LoadBalancer,
  type LoadBalancerId,
  type Pool,
  type PoolId,
  type PoolMember,
  type PoolMemberId,
  type Mirror,
  type MirrorId,
  type NatTarget,
  type PortGroupId,
  type PortId,
  type L2Insertion,
  type L2InsertionId,
  type TraceRequest,
  type TraceRequestId,
  type ChainLog,
  type LoggingResource,
  type LoggingResourceId,
  type RuleLogger,
  type RuleLoggerId,
  type QosDirection,
  type QosPolicy,
  type QosPolicyId,
  type QosRule,
  type QosRuleId,
  type RouterId,
  type RouterPort,
  type RuleCondition,
  type RuleId,
  type TunnelZoneId,
  type UnplacedRule,
  type Vip,
  type VipId,
} from '@midonet/topology';
import { Table } from './table.ts';

/** `id('port', 3)`: a UUID that shows what it is. */
export function id<T extends AnyId>(kind: string, n: number): T {
  const group = Array.from(kind)
    .reduce((sum, c) => (sum * 31 + c.charCodeAt(0)) & 0xffff, 7)
    .toString(16)
    .padStart(4, '0');
  return `00000000-${group}-4000-8000-${n.toString(16).padStart(12, '0')}` as T;
}

export function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a literal of the test does not parse');
  return value;
}

export const cidr = (text: string): Cidr => must(parseCidr(text));
export const ip = (text: string) => must(parseIp(text));
export const ip4 = (text: string) => must(parseIp4(text));
export const mac = (text: string) => must(parseMac(text));

export const bridgeId = (n: number) => id<BridgeId>('bridge', n);
export const routerId = (n: number) => id<RouterId>('router', n);
export const portId = (n: number) => id<PortId>('port', n);
export const hostId = (n: number) => id<HostId>('host', n);
export const zoneId = (n: number) => id<TunnelZoneId>('zone', n);

export const chainId = (n: number) => id<ChainId>('chain', n);
export const ruleId = (n: number) => id<RuleId>('rule', n);
export const portGroupId = (n: number) => id<PortGroupId>('portGroup', n);
export const ipAddrGroupId = (n: number) => id<IpAddrGroupId>('ipAddrGroup', n);

export const mirrorId = (n: number) => id<MirrorId>('mirror', n);

/** A mirror of all packets, or of those in by a port of group `group`, to port `to`. */
export function mirror(n: number, to: number, group?: number): Mirror {
  const all = { invert: false, fragmentPolicy: 'any' } as const;
  const conditions =
    group === undefined ? [all] : [{ ...all, inPortGroup: { value: portGroupId(group), invert: false } }];
  return { kind: 'mirror', id: mirrorId(n), name: `m${n}`, toPortId: portId(to), conditions };
}

export const qosPolicyId = (n: number) => id<QosPolicyId>('qosPolicy', n);
export const qosRuleId = (n: number) => id<QosRuleId>('qosRule', n);

export function qosPolicy(n: number): QosPolicy {
  return { kind: 'qosPolicy', id: qosPolicyId(n), tenantId: '', name: `q${n}`, description: '', shared: false };
}

/** A rule of policy `of`: a limit of 1000 kbit/s, or with `mark` a mark. */
export function qosRule(n: number, of: number, what: QosDirection | { readonly mark: number } = 'egress'): QosRule {
  const common = { kind: 'qosRule', id: qosRuleId(n), policyId: qosPolicyId(of) } as const;
  if (typeof what === 'object') return { ...common, type: 'dscp', ...what };
  return { ...common, type: 'bandwidth', maxKbps: 1000, maxBurstKb: 0, direction: what };
}

export const loggingResourceId = (n: number) => id<LoggingResourceId>('loggingResource', n);
export const ruleLoggerId = (n: number) => id<RuleLoggerId>('ruleLogger', n);

export function loggingResource(n: number, enabled = true): LoggingResource {
  return { kind: 'loggingResource', id: loggingResourceId(n), tenantId: '', name: `l${n}`, type: 'file', enabled };
}

/** Of chain `on`, with resource `of`. */
export function ruleLogger(n: number, of: number, on: number, event: ChainLog = 'all'): RuleLogger {
  const common = {
    kind: 'ruleLogger',
    id: ruleLoggerId(n),
    name: '',
    loggingResourceId: loggingResourceId(of),
  } as const;
  return { ...common, chainId: chainId(on), event };
}

/** A request about all packets, or those in by a port of group `group`, of a bridge or of its port. */
export function traceRequest(
  n: number,
  { bridge: of, port }: { readonly bridge: number; readonly port?: number },
  group?: number,
): TraceRequest {
  const owner = { type: 'bridge', id: bridgeId(of) } as const;
  const device = port === undefined ? owner : ({ type: 'port', id: portId(port), of: owner } as const);
  const all = { invert: false, fragmentPolicy: 'any' } as const;
  const condition = group === undefined ? all : { ...all, portGroup: { value: portGroupId(group), invert: false } };
  const common = { kind: 'traceRequest', id: id<TraceRequestId>('traceRequest', n), name: '' } as const;
  return { ...common, device, condition, limit: 10, enabled: true, createdAt: 1, enabledAt: 1 };
}

export const l2InsertionId = (n: number) => id<L2InsertionId>('l2Insertion', n);

/** Of the machine `address` at port `at[0]`, by service port `at[1]`, both of bridges of those numbers. */
export function l2Insertion(
  n: number,
  at: readonly [port: number, service: number],
  bridges: readonly [number, number],
  more: { readonly vlan?: number; readonly position?: number; readonly mac?: Mac } = {},
): L2Insertion {
  const [portOf, service] = at.map(portId) as [PortId, PortId];
  const [bridgeOf, srvBridge] = bridges.map(bridgeId) as [BridgeId, BridgeId];
  const ports = { portId: portOf, bridgeId: bridgeOf, srvPortId: service, srvBridgeId: srvBridge };
  const rest = { vlan: 10, position: 1, failOpen: false, mac: mac('02:00:00:00:00:01'), ...more };
  return { kind: 'l2Insertion', id: l2InsertionId(n), ...ports, ...rest };
}

export function chain(n: number): Entity {
  return { kind: 'chain', id: chainId(n), tenantId: '', name: `c${n}` };
}

export function portGroup(n: number): Entity {
  return { kind: 'portGroup', id: portGroupId(n), tenantId: '', name: `g${n}`, stateful: false };
}

export function ipAddrGroup(n: number): Entity {
  return { kind: 'ipAddrGroup', id: ipAddrGroupId(n), tenantId: '', name: `a${n}` };
}

/** A rule of chain `of` that accepts, or jumps to chain `to`. */
export function rule(n: number, of: number, to?: number, condition: Partial<RuleCondition> = {}): UnplacedRule {
  const everything = { invert: false, fragmentPolicy: 'any' } as const;
  const common = {
    kind: 'rule',
    id: ruleId(n),
    chainId: chainId(of),
    condition: { ...everything, ...condition },
  } as const;
  return to === undefined ? { ...common, type: 'accept' } : { ...common, type: 'jump', jumpChainId: chainId(to) };
}

export const balancerId = (n: number) => id<LoadBalancerId>('loadBalancer', n);
export const poolId = (n: number) => id<PoolId>('pool', n);
export const memberId = (n: number) => id<PoolMemberId>('poolMember', n);
export const vipId = (n: number) => id<VipId>('vip', n);
export const monitorId = (n: number) => id<HealthMonitorId>('healthMonitor', n);

export function balancer(n: number): LoadBalancer {
  return { kind: 'loadBalancer', id: balancerId(n), tenantId: '', adminStateUp: true };
}

export function pool(n: number, of: number, rest: Partial<Pool> = {}): Pool {
  const common = { kind: 'pool', id: poolId(n), loadBalancerId: balancerId(of), adminStateUp: true } as const;
  return { ...common, protocol: 'tcp', lbMethod: 'roundRobin', ...rest };
}

export function member(n: number, of: number, address = `10.0.0.${n}`, rest: Partial<PoolMember> = {}): PoolMember {
  const common = { kind: 'poolMember', id: memberId(n), poolId: poolId(of), address: ip(address) } as const;
  return { ...common, port: 80, weight: 1, adminStateUp: true, ...rest };
}

/** A VIP on load balancer `on` that leads to pool `to`. */
export function vip(n: number, on: number, to: number, address = `192.0.2.${n}`, rest: Partial<Vip> = {}): Vip {
  const common = { kind: 'vip', id: vipId(n), loadBalancerId: balancerId(on), poolId: poolId(to) } as const;
  return { ...common, address: ip(address), port: 80, adminStateUp: true, ...rest };
}

export function monitor(n: number): HealthMonitor {
  const common = { kind: 'healthMonitor', id: monitorId(n), tenantId: '', adminStateUp: true, type: 'tcp' } as const;
  return { ...common, delay: 5, timeout: 2, maxRetries: 3 };
}

/** `203.0.113.5-203.0.113.9:1024-65535`, `10.0.0.1`, `[fd00::1]:80`, as the target of a NAT rule. */
export function natTarget(text: string): NatTarget {
  const [, six, four, ports = '0'] = must(/^(?:\[(.*)\]|([^:]*))(?::(.*))?$/.exec(text) ?? undefined);
  const [addressFrom = '', addressTo = addressFrom] = (six ?? four ?? '').split('-');
  const [portFrom = '', portTo = portFrom] = ports.split('-');
  return { addressFrom: ip(addressFrom), addressTo: ip(addressTo), portFrom: Number(portFrom), portTo: Number(portTo) };
}

/** A rule of chain `of` that translates to these targets, or with none gives answers their address back. */
export function natRule(
  n: number,
  of: number,
  type: 'snat' | 'dnat',
  targets: readonly string[],
  condition: Partial<RuleCondition> = {},
): UnplacedRule {
  const { kind, id, chainId, condition: asked } = rule(n, of, undefined, condition);
  const common = { kind, id, chainId, condition: asked, action: 'accept' } as const;
  if (targets.length > 0) return { ...common, type, targets: targets.map(natTarget) };
  return { ...common, type: type === 'snat' ? 'revSnat' : 'revDnat' };
}

export function bridge(n: number): Entity {
  return { kind: 'bridge', id: bridgeId(n), tenantId: '', name: `b${n}`, adminStateUp: true };
}

export function router(n: number): Entity {
  return { kind: 'router', id: routerId(n), tenantId: '', name: `r${n}`, adminStateUp: true };
}

export function host(n: number): Entity {
  const weights = { floodingProxyWeight: 1, containerWeight: 1, containerLimit: -1, enforceContainerLimit: false };
  return { kind: 'host', id: hostId(n), name: `h${n}`, addresses: [], ...weights };
}

export function zone(n: number, name: string): Entity {
  return { kind: 'tunnelZone', id: zoneId(n), name, type: 'vxlan' };
}

export function bridgePort(n: number, on: number, rest: Partial<BridgePort> = {}): BridgePort {
  return { kind: 'port', type: 'bridge', id: portId(n), bridgeId: bridgeId(on), adminStateUp: true, ...rest };
}

export function routerPort(
  n: number,
  on: number,
  addresses: string[] = [],
  rest: Partial<RouterPort> = {},
): RouterPort {
  const common = { kind: 'port', type: 'router', id: portId(n), routerId: routerId(on), adminStateUp: true } as const;
  return { ...common, mac: mac('02:00:00:00:00:01'), addresses: addresses.map(cidr), ...rest };
}

/** A table with the rules in front, as the server uses them. */
export class Cloud {
  readonly table = new Table();

  /** 'done', or the refusal as `code property`. */
  async create(...entities: Entity[]): Promise<string> {
    for (const entity of entities) {
      const outcome = this.#apply(await planCreate(entity, new ReadRecorder(this.table)));
      if (outcome !== 'done') return outcome;
    }
    return 'done';
  }

  async update<K extends EntityKind>(
    kind: K,
    rest: string,
    change: (before: Extract<Entity, { kind: K }>) => Entity,
  ): Promise<string> {
    const read = new ReadRecorder(this.table);
    const before = await read.get(kind, rest);
    return before === undefined ? 'absent' : this.#apply(await planUpdate(before, change(before), read));
  }

  async insert(unplaced: UnplacedRule, position = 1): Promise<string> {
    return this.#apply(await planInsertRule(unplaced, position, new ReadRecorder(this.table)));
  }

  async move(n: number, position: number): Promise<string> {
    const read = new ReadRecorder(this.table);
    const before = await read.get('rule', ruleId(n));
    return before === undefined ? 'absent' : this.#apply(await planMoveRule(before, before, position, read));
  }

  /** Makes or changes a policy with exactly these rules. */
  async policy(policy: QosPolicy, rules: readonly QosRule[]): Promise<string> {
    const read = new ReadRecorder(this.table);
    const before = await read.get('qosPolicy', policy.id);
    return this.#apply(await planQosPolicy(before, policy, rules, read));
  }

  /** Ids of the rules of a chain, as they apply. */
  async rules(n: number): Promise<string[]> {
    return (await rulesOfChain(chainId(n), new ReadRecorder(this.table))).map((one) => one.id);
  }

  async remove(kind: EntityKind, rest: string): Promise<string> {
    const read = new ReadRecorder(this.table);
    const entity = await read.get(kind, rest);
    return entity === undefined ? 'absent' : this.#apply(await planDelete(entity, read));
  }

  async get<K extends EntityKind>(kind: K, rest: string) {
    return new ReadRecorder(this.table).get(kind, rest);
  }

  #apply(plan: Awaited<ReturnType<typeof planCreate<number>>>): string {
    if (plan.kind === 'refused') return `${plan.code} ${plan.violations.map(({ property }) => property).join(',')}`;
    if (!this.table.commit(plan)) throw new Error('a plan on an unchanged table conflicts');
    return 'done';
  }
}
