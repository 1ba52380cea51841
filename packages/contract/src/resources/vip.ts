import { formatIp } from '@midonet/packet';
import type { LoadBalancerId, Pool, PoolId, Vip, VipId } from '@midonet/topology';
import { z } from 'zod';
import { idField, ipField, textField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { invalid, ok, type Converted } from '../problem.ts';
import { wordField } from './balancer-words.ts';

const PERSISTENCE = ['SOURCE_IP'] as const;

export const vipInput = z.object({
  id: idField<VipId>().nullish(),
  /** Beyond what MidoNet has. */
  name: textField.nullish(),
  loadBalancerId: idField<LoadBalancerId>().nullish(),
  poolId: idField<PoolId>().nullish(),
  address: ipField.nullish(),
  protocolPort: z.int().nullish(),
  sessionPersistence: wordField(...PERSISTENCE).nullish(),
  adminStateUp: z.boolean().nullish(),
});
export type VipInput = z.output<typeof vipInput>;

export const vipDto = z.object({
  id: z.string(),
  uri: z.string(),
  name: z.string().nullable(),
  loadBalancerId: z.string(),
  loadBalancer: z.string(),
  poolId: z.string(),
  pool: z.string(),
  address: z.string(),
  protocolPort: z.number(),
  sessionPersistence: z.enum(PERSISTENCE).nullable(),
  adminStateUp: z.boolean(),
});
export type VipDto = z.output<typeof vipDto>;

/** A VIP is of its pool's load balancer; a client may say so once more. */
export function newVip(input: VipInput, pool: Pool, newId: () => VipId): Converted<Vip> {
  const { address, protocolPort: port } = input;
  if (address === undefined || address === null) return invalid('address', 'is required');
  if (port === undefined || port === null) return invalid('protocolPort', 'is required: 1 to 65535');
  return ok({
    kind: 'vip',
    id: input.id ?? newId(),
    name: input.name ?? undefined,
    loadBalancerId: input.loadBalancerId ?? pool.loadBalancerId,
    poolId: pool.id,
    address,
    port,
    adminStateUp: input.adminStateUp ?? true,
    sessionPersistence: input.sessionPersistence ? 'sourceIp' : undefined,
  });
}

/** What is absent stays; a null sessionPersistence ends it. */
export function updateVip(old: Vip, input: VipInput): Vip {
  const sticky = input.sessionPersistence;
  return {
    ...old,
    name: input.name === undefined ? old.name : (input.name ?? undefined),
    loadBalancerId: input.loadBalancerId ?? old.loadBalancerId,
    poolId: input.poolId ?? old.poolId,
    address: input.address ?? old.address,
    port: input.protocolPort ?? old.port,
    adminStateUp: input.adminStateUp ?? old.adminStateUp,
    sessionPersistence: sticky === undefined ? old.sessionPersistence : sticky === null ? undefined : 'sourceIp',
  };
}

export function vipToDto(vip: Vip, base: Base): VipDto {
  const { id, loadBalancerId, poolId, adminStateUp } = vip;
  return {
    id,
    uri: link(base, 'vips', id),
    name: vip.name ?? null,
    loadBalancerId,
    loadBalancer: link(base, 'load_balancers', loadBalancerId),
    poolId,
    pool: link(base, 'pools', poolId),
    address: formatIp(vip.address),
    protocolPort: vip.port,
    sessionPersistence: vip.sessionPersistence === undefined ? null : 'SOURCE_IP',
    adminStateUp,
  };
}
