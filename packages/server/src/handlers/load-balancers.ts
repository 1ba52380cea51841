import {
  healthMonitorToDto,
  newHealthMonitor,
  newLoadBalancer,
  newPool,
  updateHealthMonitor,
  updateLoadBalancer,
  type Base,
  type HealthMonitorDto,
} from '@midonet/contract';
import type { HealthMonitor, HealthMonitorId, LoadBalancerId } from '@midonet/topology';
import type { Group } from '../http/handlers.ts';
import { balancerDto, poolDto, poolDtos, vipDtos } from './balancer-dtos.ts';
import { found, newId, pathId, unwrap, type Services } from './services.ts';

export function loadBalancerHandlers({ reader, writer }: Services): Group<'loadBalancers'> {
  const read = async (text: string) =>
    found(await reader.get('loadBalancer', pathId('load balancer', text)), 'load balancer', text);
  return {
    list: async ({ base }) =>
      Promise.all((await reader.list('loadBalancer')).map((one) => balancerDto(reader, one, base))),
    get: async ({ params, base }) => balancerDto(reader, await read(params.id), base),
    create: async ({ body, base, author }) =>
      balancerDto(reader, await writer.create(newLoadBalancer(body, newId), author), base),
    update: async ({ params, body, base, author }) => {
      const id = pathId<LoadBalancerId>('load balancer', params.id);
      return balancerDto(
        reader,
        await writer.update('loadBalancer', id, (old) => updateLoadBalancer(old, body), author),
        base,
      );
    },
    remove: async ({ params, author }) => {
      await writer.remove('loadBalancer', pathId('load balancer', params.id), author);
      return undefined;
    },
    pools: async ({ params, base }) => {
      const { id } = await read(params.id);
      return poolDtos(reader, await reader.childObjects('loadBalancer', id, 'pool'), base);
    },
    createPool: async ({ params, body, base, author }) => {
      const pool = unwrap(newPool(body, pathId<LoadBalancerId>('load balancer', params.id), newId));
      return poolDto(reader, await writer.create(pool, author), base);
    },
    vips: async ({ params, base }) => {
      const { id } = await read(params.id);
      return vipDtos(await reader.childObjects('loadBalancer', id, 'vip'), base);
    },
  };
}

export function healthMonitorHandlers({ reader, writer }: Services): Group<'healthMonitors'> {
  const read = async (text: string) =>
    found(await reader.get('healthMonitor', pathId('health monitor', text)), 'health monitor', text);
  const toDto = async (monitor: HealthMonitor, base: Base): Promise<HealthMonitorDto> =>
    healthMonitorToDto(monitor, await reader.children('healthMonitor', monitor.id, 'pool'), base);
  return {
    list: async ({ base }) => Promise.all((await reader.list('healthMonitor')).map((one) => toDto(one, base))),
    get: async ({ params, base }) => toDto(await read(params.id), base),
    create: async ({ body, base, author }) => toDto(await writer.create(newHealthMonitor(body, newId), author), base),
    update: async ({ params, body, base, author }) => {
      const id = pathId<HealthMonitorId>('health monitor', params.id);
      return toDto(await writer.update('healthMonitor', id, (old) => updateHealthMonitor(old, body), author), base);
    },
    remove: async ({ params, author }) => {
      await writer.remove('healthMonitor', pathId('health monitor', params.id), author);
      return undefined;
    },
    pools: async ({ params, base }) => {
      const { id } = await read(params.id);
      return poolDtos(reader, await reader.childObjects('healthMonitor', id, 'pool'), base);
    },
  };
}
