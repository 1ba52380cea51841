/**
 * Ids are UUIDs, chosen by the server or by the client. Branded by kind, so a bridge's id cannot be
 * handed to what wants a port's. The only way to make one from text is `parseId`.
 */
type Id<K extends string> = string & { readonly __id: K };
export type BridgeId = Id<'bridge'>;
export type RouterId = Id<'router'>;
export type PortId = Id<'port'>;
export type RouteId = Id<'route'>;
export type HostId = Id<'host'>;
export type TunnelZoneId = Id<'tunnelZone'>;
export type ChainId = Id<'chain'>;
export type RuleId = Id<'rule'>;
export type PortGroupId = Id<'portGroup'>;
export type IpAddrGroupId = Id<'ipAddrGroup'>;
export type LoadBalancerId = Id<'loadBalancer'>;
export type PoolId = Id<'pool'>;
export type PoolMemberId = Id<'poolMember'>;
export type VipId = Id<'vip'>;
export type HealthMonitorId = Id<'healthMonitor'>;
export type QosPolicyId = Id<'qosPolicy'>;
export type QosRuleId = Id<'qosRule'>;
export type MirrorId = Id<'mirror'>;
export type L2InsertionId = Id<'l2Insertion'>;
export type TraceRequestId = Id<'traceRequest'>;
export type LoggingResourceId = Id<'loggingResource'>;
export type RuleLoggerId = Id<'ruleLogger'>;
export type AnyId =
  | BridgeId
  | RouterId
  | PortId
  | RouteId
  | HostId
  | TunnelZoneId
  | ChainId
  | RuleId
  | PortGroupId
  | IpAddrGroupId
  | LoadBalancerId
  | PoolId
  | PoolMemberId
  | VipId
  | HealthMonitorId
  | QosPolicyId
  | QosRuleId
  | MirrorId
  | L2InsertionId
  | TraceRequestId
  | LoggingResourceId
  | RuleLoggerId;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Lower-cases and checks a UUID; undefined when it is not one. */
export function parseId<T extends AnyId>(text: string): T | undefined {
  const lower = text.toLowerCase();
  return UUID.test(lower) ? (lower as T) : undefined;
}
