import {
  newPool,
  newPoolMember,
  newVip,
  updatePool,
  updatePoolMember,
  updateVip,
  vipToDto,
  type VipInput,
} from '@midonet/contract';
import {
  parseId,
  type HealthMonitorId,
  type Pool,
  type PoolId,
  type PoolMemberId,
  type VipId,
} from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { badRequest } from '../http/problem.ts';
import type { Reader } from '../topology/reader.ts';
import { memberDto, memberDtos, poolDto, poolDtos, vipDtos } from './balancer-dtos.ts';
import { found, newId, pathId, unwrap, type Services } from './services.ts';

async function readPool(reader: Reader, text: string): Promise<Pool> {
  return found(await reader.get('pool', pathId('pool', text)), 'pool', text);
}

export function poolHandlers({ reader, writer }: Services): Group<'pools'> {
  const ofMonitor = async (text: string): Promise<Pool[]> => {
    const monitor = parseId<HealthMonitorId>(text);
    return monitor === undefined ? [] : reader.childObjects('healthMonitor', monitor, 'pool');
  };
  return {
    list: async ({ query, base }) => {
      const monitor = query['hm_id'];
      return poolDtos(reader, monitor === undefined ? await reader.list('pool') : await ofMonitor(monitor), base);
    },
    get: async ({ params, base }) => poolDto(reader, await readPool(reader, params.id), base),
    create: async ({ body, base, author }) =>
      poolDto(reader, await writer.create(unwrap(newPool(body, undefined, newId)), author), base),
    update: async ({ params, body, base, author }) => {
      const id = pathId<PoolId>('pool', params.id);
      return poolDto(reader, await writer.update('pool', id, (old) => updatePool(old, body), author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('pool', pathId('pool', params.id), author);
      return undefined;
    },
    members: async ({ params, base }) => {
      const { id } = await readPool(reader, params.id);
      return memberDtos(reader, await reader.childObjects('pool', id, 'poolMember'), base);
    },
    createMember: async ({ params, body, base, author }) => {
      const member = unwrap(newPoolMember(body, pathId<PoolId>('pool', params.id), newId));
      return memberDto(reader, await writer.create(member, author), base);
    },
    vips: async ({ params, base }) => {
      const { id } = await readPool(reader, params.id);
      return vipDtos(await reader.childObjects('pool', id, 'vip'), base);
    },
    createVip: async ({ params, body, base, author }) => {
      const vip = unwrap(newVip(body, await readPool(reader, params.id), newId));
      return vipToDto(await writer.create(vip, author), base);
    },
  };
}

export function poolMemberHandlers({ reader, writer }: Services): Group<'poolMembers'> {
  return {
    list: async ({ base }) => memberDtos(reader, await reader.list('poolMember'), base),
    get: async ({ params, base }) => {
      const member = await reader.get('poolMember', pathId('pool member', params.id));
      return memberDto(reader, found(member, 'pool member', params.id), base);
    },
    create: async ({ body, base, author }) =>
      memberDto(reader, await writer.create(unwrap(newPoolMember(body, undefined, newId)), author), base),
    update: async ({ params, body, base, author }) => {
      const id = pathId<PoolMemberId>('pool member', params.id);
      const member = await writer.update('poolMember', id, (old) => updatePoolMember(old, body), author);
      return memberDto(reader, member, base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('poolMember', pathId('pool member', params.id), author);
      return undefined;
    },
  };
}

export function vipHandlers({ reader, writer }: Services): Group<'vips'> {
  const poolOf = async ({ poolId }: VipInput): Promise<Pool> => {
    if (!poolId) throw badRequest([{ property: 'poolId', message: 'is required' }]);
    return readPool(reader, poolId);
  };
  return {
    list: async ({ base }) => vipDtos(await reader.list('vip'), base),
    get: async ({ params, base }) =>
      vipToDto(found(await reader.get('vip', pathId('VIP', params.id)), 'VIP', params.id), base),
    create: async ({ body, base, author }) => {
      const vip = unwrap(newVip(body, await poolOf(body), newId));
      return vipToDto(await writer.create(vip, author), base);
    },
    update: async ({ params, body, base, author }) => {
      const id = pathId<VipId>('VIP', params.id);
      return vipToDto(await writer.update('vip', id, (old) => updateVip(old, body), author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('vip', pathId('VIP', params.id), author);
      return undefined;
    },
  };
}
