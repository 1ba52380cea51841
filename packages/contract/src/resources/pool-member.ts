import { formatIp } from '@midonet/packet';
import type { PoolId, PoolMember, PoolMemberId } from '@midonet/topology';
import { z } from 'zod';
import { idField, ipField } from '../fields.ts';
import { link, type Base } from '../links.ts';
import { invalid, ok, type Converted } from '../problem.ts';
import { LB_STATUS, statusOf } from './balancer-words.ts';

export const poolMemberInput = z.object({
  id: idField<PoolMemberId>().nullish(),
  poolId: idField<PoolId>().nullish(),
  address: ipField.nullish(),
  protocolPort: z.int().nullish(),
  weight: z.int().nullish(),
  adminStateUp: z.boolean().nullish(),
});
export type PoolMemberInput = z.output<typeof poolMemberInput>;

export const poolMemberDto = z.object({
  id: z.string(),
  uri: z.string(),
  poolId: z.string(),
  pool: z.string(),
  address: z.string(),
  protocolPort: z.number(),
  weight: z.number(),
  adminStateUp: z.boolean(),
  status: z.enum(LB_STATUS),
});
export type PoolMemberDto = z.output<typeof poolMemberDto>;

const DEFAULT_WEIGHT = 1;

/** `pool` is the one in the path, if there is one. */
export function newPoolMember(
  input: PoolMemberInput,
  pool: PoolId | undefined,
  newId: () => PoolMemberId,
): Converted<PoolMember> {
  const poolId = pool ?? input.poolId ?? undefined;
  const { address, protocolPort: port } = input;
  if (poolId === undefined) return invalid('poolId', 'is required');
  if (address === undefined || address === null) return invalid('address', 'is required');
  if (port === undefined || port === null) return invalid('protocolPort', 'is required: 1 to 65535');
  return ok({
    kind: 'poolMember',
    id: input.id ?? newId(),
    poolId,
    address,
    port,
    weight: input.weight ?? DEFAULT_WEIGHT,
    adminStateUp: input.adminStateUp ?? true,
  });
}

export function updatePoolMember(old: PoolMember, input: PoolMemberInput): PoolMember {
  return {
    ...old,
    poolId: input.poolId ?? old.poolId,
    address: input.address ?? old.address,
    port: input.protocolPort ?? old.port,
    weight: input.weight ?? old.weight,
    adminStateUp: input.adminStateUp ?? old.adminStateUp,
  };
}

/** `up`: it answers, or nobody asks it. */
export function poolMemberToDto(member: PoolMember, up: boolean, base: Base): PoolMemberDto {
  const { id, poolId, weight, adminStateUp } = member;
  return {
    id,
    uri: link(base, 'pool_members', id),
    poolId,
    pool: link(base, 'pools', poolId),
    address: formatIp(member.address),
    protocolPort: member.port,
    weight,
    adminStateUp,
    status: statusOf(up),
  };
}
