import type { IpAddress } from '@midonet/packet';
import {
  parseCodes,
  type HealthMonitor,
  type HealthMonitorId,
  type LoadBalancer,
  type LoadBalancerId,
  type NumberRange,
  type Pool,
  type PoolId,
  type PoolMember,
  type PoolMemberId,
  type Vip,
  type VipId,
} from '@midonet/topology';
import { tenantOf } from '../objects/fields.ts';
import type {
  HealthMonitorV2,
  ListenerV2,
  LbHealthMonitor,
  LbMember,
  LbPool,
  LbVip,
  PoolMemberV2,
  PoolV2,
} from '../objects/objects.ts';

/** What both kinds of load balancers are made into: their objects differ in where they are, not in what they say. */

type Told = {
  readonly name?: string | null | undefined;
  readonly admin_state_up?: boolean | null | undefined;
  readonly tenant_id?: string | null | undefined;
  readonly project_id?: string | null | undefined;
};

const isUp = ({ admin_state_up: up }: Told): boolean => up ?? true;
/** An empty name is none. */
const nameOf = ({ name }: Told): string | undefined => (name === null || name === '' ? undefined : name);

export function balancerEntity(id: LoadBalancerId, told: Told): LoadBalancer {
  return { kind: 'loadBalancer', id, tenantId: tenantOf(told), adminStateUp: isUp(told) };
}

type Place = { readonly loadBalancerId: LoadBalancerId; readonly healthMonitorId: HealthMonitorId | undefined };

export function poolEntity(pool: LbPool | PoolV2, { loadBalancerId, healthMonitorId }: Place): Pool {
  return {
    kind: 'pool',
    id: pool.id,
    name: nameOf(pool),
    loadBalancerId,
    adminStateUp: isUp(pool),
    protocol: pool.protocol?.toUpperCase() === 'UDP' ? 'udp' : 'tcp',
    lbMethod: 'roundRobin',
    healthMonitorId,
  };
}

export function memberEntity(
  member: (LbMember | PoolMemberV2) & { readonly id: PoolMemberId },
  poolId: PoolId,
): PoolMember {
  const { id, address, protocol_port: port, weight } = member;
  return { kind: 'poolMember', id, poolId, address, port, weight: weight ?? 1, adminStateUp: isUp(member) };
}

type VipPlace = {
  readonly id: VipId;
  readonly loadBalancerId: LoadBalancerId;
  readonly poolId: PoolId;
  readonly address: IpAddress;
  readonly persistence: LbVip['session_persistence'];
};

export function vipEntity(
  told: LbVip | ListenerV2,
  { id, loadBalancerId, poolId, address, persistence }: VipPlace,
): Vip {
  const isSticky = (persistence?.type ?? '') !== '';
  return {
    ...{ kind: 'vip', id, name: nameOf(told), loadBalancerId, poolId, address, port: told.protocol_port },
    adminStateUp: isUp(told),
    sessionPersistence: isSticky ? 'sourceIp' : undefined,
  };
}

const DEFAULT_CODES: readonly NumberRange[] = [{ start: 200, end: 200 }];

/** Neutron allows to wait longer than until the next check; ours would then overlap. */
export function monitorEntity(monitor: LbHealthMonitor | HealthMonitorV2): HealthMonitor {
  const delay = Math.max(1, monitor.delay ?? 5);
  const common = {
    kind: 'healthMonitor',
    id: monitor.id,
    tenantId: tenantOf(monitor),
    name: nameOf(monitor),
    adminStateUp: isUp(monitor),
    delay,
    timeout: Math.min(delay, Math.max(1, monitor.timeout ?? delay)),
    maxRetries: monitor.max_retries ?? 3,
  } as const;
  if (monitor.type?.toUpperCase() !== 'HTTP') return { ...common, type: 'tcp' };
  const expectedCodes = parseCodes(monitor.expected_codes ?? '') ?? DEFAULT_CODES;
  return { ...common, type: 'http', path: monitor.url_path ?? '/', expectedCodes };
}
