import { loadBalancerToDto, poolMemberToDto, poolToDto, vipToDto } from '@midonet/contract';
import type { Base, LoadBalancerDto, PoolDto, PoolMemberDto, VipDto } from '@midonet/contract';
import { parseId, type LoadBalancer, type Pool, type PoolMember, type RouterId, type Vip } from '@midonet/topology';
import type { Reader } from '../topology/reader.ts';
import { MemberHealth } from './member-health.ts';

export async function balancerDto(reader: Reader, balancer: LoadBalancer, base: Base): Promise<LoadBalancerDto> {
  const [[router], poolIds] = await Promise.all([
    reader.children('loadBalancer', balancer.id, 'router'),
    reader.children('loadBalancer', balancer.id, 'pool'),
  ]);
  const routerId = router === undefined ? undefined : parseId<RouterId>(router);
  return loadBalancerToDto(balancer, { routerId, poolIds }, base);
}

export function poolDtos(reader: Reader, pools: readonly Pool[], base: Base): Promise<PoolDto[]> {
  const health = new MemberHealth(reader);
  return Promise.all(
    pools.map(async (pool) => {
      const [poolMemberIds, vipIds, mappingStatus] = await Promise.all([
        reader.children('pool', pool.id, 'poolMember'),
        reader.children('pool', pool.id, 'vip'),
        health.mappingOf(pool),
      ]);
      return poolToDto(pool, { poolMemberIds, vipIds, mappingStatus }, base);
    }),
  );
}

export async function poolDto(reader: Reader, pool: Pool, base: Base): Promise<PoolDto> {
  const [dto] = await poolDtos(reader, [pool], base);
  if (dto === undefined) throw new Error('one pool makes one answer');
  return dto;
}

export function memberDtos(reader: Reader, members: readonly PoolMember[], base: Base): Promise<PoolMemberDto[]> {
  const health = new MemberHealth(reader);
  return Promise.all(members.map(async (one) => poolMemberToDto(one, await health.isUp(one), base)));
}

export async function memberDto(reader: Reader, member: PoolMember, base: Base): Promise<PoolMemberDto> {
  return poolMemberToDto(member, await new MemberHealth(reader).isUp(member), base);
}

export function vipDtos(vips: readonly Vip[], base: Base): VipDto[] {
  return vips.map((vip) => vipToDto(vip, base));
}
