import { deleteEndpoint, getEndpoint, listEndpoint, postEndpoint, putEndpoint } from '../endpoint.ts';
import { healthMonitorDto, healthMonitorInput } from '../resources/health-monitor.ts';
import { loadBalancerDto, loadBalancerInput } from '../resources/load-balancer.ts';
import { poolMemberDto, poolMemberInput } from '../resources/pool-member.ts';
import { poolDto, poolInput } from '../resources/pool.ts';
import { vipDto, vipInput } from '../resources/vip.ts';

const BALANCER = ['LoadBalancer', 1] as const;
const POOL = ['Pool', 1] as const;
const MEMBER = ['PoolMember', 1] as const;
const VIP = ['VIP', 1] as const;
const MONITOR = ['HealthMonitor', 1] as const;

const balancer = { media: BALANCER, response: loadBalancerDto } as const;
const pool = { media: POOL, response: poolDto } as const;
const member = { media: MEMBER, response: poolMemberDto } as const;
const vip = { media: VIP, response: vipDto } as const;
const monitor = { media: MONITOR, response: healthMonitorDto } as const;

export const loadBalancers = {
  list: listEndpoint('/load_balancers', { summary: 'List load balancers', ...balancer }),
  create: postEndpoint('/load_balancers', {
    summary: 'Create a load balancer; a router takes it by its loadBalancerId',
    request: loadBalancerInput,
    ...balancer,
  }),
  get: getEndpoint('/load_balancers/{id}', { summary: 'Show a load balancer', ...balancer }),
  update: putEndpoint('/load_balancers/{id}', {
    summary: 'Switch a load balancer on or off',
    request: loadBalancerInput,
    ...balancer,
  }),
  remove: deleteEndpoint('/load_balancers/{id}', {
    summary: 'Delete a load balancer with its pools, members and VIPs; its router loses it',
    media: BALANCER,
  }),
  pools: listEndpoint('/load_balancers/{id}/pools', { summary: 'List the pools of a load balancer', ...pool }),
  createPool: postEndpoint('/load_balancers/{id}/pools', {
    summary: 'Create a pool of a load balancer',
    request: poolInput,
    ...pool,
  }),
  vips: listEndpoint('/load_balancers/{id}/vips', { summary: 'List the VIPs of a load balancer', ...vip }),
} as const;

export const pools = {
  list: listEndpoint('/pools', { summary: 'List pools, of one health monitor if asked', query: ['hm_id'], ...pool }),
  create: postEndpoint('/pools', { summary: 'Create a pool', request: poolInput, ...pool }),
  get: getEndpoint('/pools/{id}', { summary: 'Show a pool', ...pool }),
  update: putEndpoint('/pools/{id}', {
    summary: 'Change a pool; a null healthMonitorId ends its checks',
    request: poolInput,
    ...pool,
  }),
  remove: deleteEndpoint('/pools/{id}', { summary: 'Delete a pool with its members and VIPs', media: POOL }),
  members: listEndpoint('/pools/{id}/pool_members', { summary: 'List the members of a pool', ...member }),
  createMember: postEndpoint('/pools/{id}/pool_members', {
    summary: 'Put a member into a pool',
    request: poolMemberInput,
    ...member,
  }),
  vips: listEndpoint('/pools/{id}/vips', { summary: 'List the VIPs that lead to a pool', ...vip }),
  createVip: postEndpoint('/pools/{id}/vips', {
    summary: 'Create a VIP that leads to a pool',
    request: vipInput,
    ...vip,
  }),
} as const;

export const poolMembers = {
  list: listEndpoint('/pool_members', { summary: 'List the members of all pools', ...member }),
  create: postEndpoint('/pool_members', { summary: 'Put a member into a pool', request: poolMemberInput, ...member }),
  get: getEndpoint('/pool_members/{id}', { summary: 'Show a member and whether it answers', ...member }),
  update: putEndpoint('/pool_members/{id}', {
    summary: 'Change a member; down it keeps its connections and gets no new ones',
    request: poolMemberInput,
    ...member,
  }),
  remove: deleteEndpoint('/pool_members/{id}', { summary: 'Take a member out of its pool', media: MEMBER }),
} as const;

export const vips = {
  list: listEndpoint('/vips', { summary: 'List the VIPs of all load balancers', ...vip }),
  create: postEndpoint('/vips', { summary: 'Create a VIP, IPv4 or IPv6', request: vipInput, ...vip }),
  get: getEndpoint('/vips/{id}', { summary: 'Show a VIP', ...vip }),
  update: putEndpoint('/vips/{id}', {
    summary: 'Change a VIP; a null sessionPersistence ends it',
    request: vipInput,
    ...vip,
  }),
  remove: deleteEndpoint('/vips/{id}', { summary: 'Delete a VIP', media: VIP }),
} as const;

export const healthMonitors = {
  list: listEndpoint('/health_monitors', { summary: 'List health monitors', ...monitor }),
  create: postEndpoint('/health_monitors', {
    summary: 'Create a health monitor, TCP or HTTP; times in seconds',
    request: healthMonitorInput,
    ...monitor,
  }),
  get: getEndpoint('/health_monitors/{id}', { summary: 'Show a health monitor', ...monitor }),
  update: putEndpoint('/health_monitors/{id}', {
    summary: 'Change a health monitor',
    request: healthMonitorInput,
    ...monitor,
  }),
  remove: deleteEndpoint('/health_monitors/{id}', {
    summary: 'Delete a health monitor; its pools go on without one',
    media: MONITOR,
  }),
  pools: listEndpoint('/health_monitors/{id}/pools', { summary: 'List the pools of a health monitor', ...pool }),
} as const;
