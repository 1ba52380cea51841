import type { HealthMonitorId, LoadBalancerId, Pool, PoolId } from '@midonet/topology';
import { z } from 'zod';
import { idField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { invalid, ok, type Converted } from '../problem.ts';
import { LB_STATUS, statusOf, wordField } from './balancer-words.ts';

const PROTOCOLS = ['TCP', 'UDP'] as const;
const LB_METHODS = ['ROUND_ROBIN'] as const;

export const poolInput = z.object({
  id: idField<PoolId>().nullish(),
  /** Beyond what MidoNet has. */
  name: textField.nullish(),
  loadBalancerId: idField<LoadBalancerId>().nullish(),
  adminStateUp: z.boolean().nullish(),
  protocol: wordField(...PROTOCOLS).nullish(),
  lbMethod: wordField(...LB_METHODS).nullish(),
  healthMonitorId: idField<HealthMonitorId>().nullish(),
});
export type PoolInput = z.output<typeof poolInput>;

/** Whether health checks of the pool run: `PENDING_CREATE` until the first result is there. */
export const MAPPING_STATUS = ['ACTIVE', 'INACTIVE', 'PENDING_CREATE'] as const;
export type MappingStatus = (typeof MAPPING_STATUS)[number];

export const poolDto = z.object({
  id: z.string(),
  uri: z.string(),
  name: z.string().nullable(),
  loadBalancerId: z.string(),
  loadBalancer: z.string(),
  adminStateUp: z.boolean(),
  protocol: z.enum(PROTOCOLS),
  lbMethod: z.enum(LB_METHODS),
  healthMonitorId: z.string().nullable(),
  healthMonitor: z.string().nullable(),
  status: z.enum(LB_STATUS),
  mappingStatus: z.enum(MAPPING_STATUS),
  poolMemberIds: z.array(z.string()),
  vipIds: z.array(z.string()),
  poolMembers: z.string(),
  vips: z.string(),
});
export type PoolDto = z.output<typeof poolDto>;

const protocolOf = (word: (typeof PROTOCOLS)[number]) => (word === 'TCP' ? 'tcp' : 'udp');

/** `balancer` is the one in the path, if there is one. */
export function newPool(input: PoolInput, balancer: LoadBalancerId | undefined, newId: () => PoolId): Converted<Pool> {
  const loadBalancerId = balancer ?? input.loadBalancerId ?? undefined;
  if (loadBalancerId === undefined) return invalid('loadBalancerId', 'is required');
  return ok({
    kind: 'pool',
    id: input.id ?? newId(),
    name: input.name ?? undefined,
    loadBalancerId,
    adminStateUp: input.adminStateUp ?? true,
    protocol: protocolOf(input.protocol ?? 'TCP'),
    lbMethod: 'roundRobin',
    healthMonitorId: input.healthMonitorId ?? undefined,
  });
}

/** What is absent stays; a null healthMonitorId ends the checks. */
export function updatePool(old: Pool, input: PoolInput): Pool {
  const { healthMonitorId } = input;
  return {
    ...old,
    name: input.name === undefined ? old.name : (input.name ?? undefined),
    loadBalancerId: input.loadBalancerId ?? old.loadBalancerId,
    adminStateUp: input.adminStateUp ?? old.adminStateUp,
    protocol: input.protocol ? protocolOf(input.protocol) : old.protocol,
    healthMonitorId: healthMonitorId === undefined ? old.healthMonitorId : (healthMonitorId ?? undefined),
  };
}

/** What the pool's own record does not hold. */
export type PoolContext = {
  readonly poolMemberIds: readonly string[];
  readonly vipIds: readonly string[];
  readonly mappingStatus: MappingStatus;
};

export function poolToDto(pool: Pool, context: PoolContext, base: Base): PoolDto {
  const { id, loadBalancerId, healthMonitorId, adminStateUp } = pool;
  const uri = link(base, 'pools', id);
  return {
    id,
    uri,
    name: pool.name ?? null,
    loadBalancerId,
    loadBalancer: link(base, 'load_balancers', loadBalancerId),
    adminStateUp,
    protocol: pool.protocol === 'tcp' ? 'TCP' : 'UDP',
    lbMethod: 'ROUND_ROBIN',
    healthMonitorId: healthMonitorId ?? null,
    healthMonitor: healthMonitorId === undefined ? null : link(base, 'health_monitors', healthMonitorId),
    status: statusOf(adminStateUp),
    mappingStatus: context.mappingStatus,
    poolMemberIds: [...context.poolMemberIds],
    vipIds: [...context.vipIds],
    poolMembers: `${uri}/pool_members`,
    vips: `${uri}/vips`,
  };
}
