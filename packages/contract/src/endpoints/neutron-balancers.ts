import { NEUTRON_SCHEMAS, lbPoolHealthMonitor } from '@midonet/neutron';
import type { z } from 'zod';
import { itemType } from '../media.ts';
import { compound, resource } from '../neutron/resource.ts';
import { answerShape } from '../neutron/wire-shape.ts';

const { lbPool, lbMember, lbVip, lbHealthMonitor } = NEUTRON_SCHEMAS;
const { loadBalancerV2, listenerV2, poolV2, poolMemberV2, healthMonitorV2 } = NEUTRON_SCHEMAS;

const BINDING = [itemType('neutron.lb.PoolHealthMonitor', 1)];

export const neutronLbPools = {
  ...resource('/neutron/lb/pools', { words: ['a pool', 'pools'], media: ['lb.Pool', 'lb.Pools'], schema: lbPool }),
  addMonitor: compound('POST', '/neutron/lb/pools/{id}/health_monitors', {
    summary: 'Have the members of a pool asked by a health monitor, which is made unless it is there',
    media: BINDING,
    bodyMedia: BINDING,
    request: lbHealthMonitor,
    response: answerShape(lbHealthMonitor),
  }),
  removeMonitor: compound('DELETE', '/neutron/lb/pools/{id}/health_monitors/{monitorId}', {
    summary: 'Have the members of a pool asked by a health monitor no longer',
    media: BINDING,
    request: undefined,
    response: undefined,
  }),
} as const;

export const neutronLbMembers = resource('/neutron/lb/members', {
  words: ['a member of a pool', 'members of pools'],
  media: ['lb.PoolMember', 'lb.PoolMembers'],
  schema: lbMember,
});

export const neutronLbVips = resource('/neutron/lb/vips', {
  words: ['a VIP', 'VIPs'],
  media: ['lb.Vip', 'lb.Vips'],
  schema: lbVip,
});

export const neutronLbHealthMonitors = resource('/neutron/lb/health_monitors', {
  words: ['a health monitor', 'health monitors'],
  media: ['lb.HealthMonitor', 'lb.HealthMonitors'],
  schema: lbHealthMonitor,
});

export const neutronLbPoolHealthMonitors = {
  create: compound('POST', '/neutron/lb/pool_health_monitor', {
    summary: 'Have the members of a pool asked by a health monitor',
    media: BINDING,
    bodyMedia: BINDING,
    request: lbPoolHealthMonitor,
    response: answerShape(lbHealthMonitor),
  }),
  remove: compound('DELETE', '/neutron/lb/pool_health_monitor/{id}', {
    summary: 'Have no pool asked by a health monitor any longer',
    media: BINDING,
    request: undefined,
    response: undefined,
  }),
} as const;

/** Neutron's client makes one object under the name of many, and wants it back under that. */
function resourceV2<P extends string, S extends z.ZodObject>(
  path: P,
  shape: Pick<Parameters<typeof resource<P, S>>[1], 'words' | 'media' | 'schema'>,
) {
  const all = resource(path, shape);
  return { ...all, create: { ...all.create, media: all.create.bodyMedia } } as const;
}

export const neutronLoadBalancersV2 = resourceV2('/neutron/lbs_v2', {
  words: ['a load balancer', 'load balancers'],
  media: ['lb.LoadBalancerV2', 'lb.LoadBalancersV2'],
  schema: loadBalancerV2,
});

export const neutronListenersV2 = resourceV2('/neutron/listeners_v2', {
  words: ['a listener', 'listeners'],
  media: ['lb.ListenerV2', 'lb.ListenersV2'],
  schema: listenerV2,
});

export const neutronPoolsV2 = resourceV2('/neutron/pools_v2', {
  words: ['a pool', 'pools'],
  media: ['lb.PoolV2', 'lb.PoolsV2'],
  schema: poolV2,
});

export const neutronPoolMembersV2 = resourceV2('/neutron/pool_members_v2', {
  words: ['a member of a pool', 'members of pools'],
  media: ['lb.PoolMemberV2', 'lb.PoolMembersV2'],
  schema: poolMemberV2,
});

export const neutronHealthMonitorsV2 = resourceV2('/neutron/health_monitors_v2', {
  words: ['a health monitor', 'health monitors'],
  media: ['lb.HealthMonitorV2', 'lb.HealthMonitorsV2'],
  schema: healthMonitorV2,
});
