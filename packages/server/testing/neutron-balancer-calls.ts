import type { Endpoints } from '@midonet/contract';
import { calls, type Call } from './neutron-call.ts';

type BalancerGroup = Extract<keyof Endpoints, `neutronLb${string}` | `neutron${string}V2`>;
type Calls = { readonly [G in BalancerGroup]: { readonly [O in keyof Endpoints[G]]: Call } };

/** One call of every endpoint of Neutron's load balancers. */
export const NEUTRON_BALANCER_CALLS: Calls = {
  neutronLbPools: {
    ...calls(
      (c) => c.neutronLbPools,
      ({ neutronLbPool: id, neutronSubnet: subnet_id }) => ({ id, create: { subnet_id }, update: { name: 'l' } }),
    ),
    addMonitor: (c, w) =>
      c.neutronLbPools.addMonitor({ id: w.neutronLbPool, body: { id: w.neutronLbHealthMonitor, type: 'TCP' } }),
    removeMonitor: (c, w) =>
      c.neutronLbPools.removeMonitor({ id: w.neutronLbPool, monitorId: w.neutronLbHealthMonitor }),
  },
  neutronLbMembers: calls(
    (c) => c.neutronLbMembers,
    ({ neutronLbMember: id, neutronLbPool: pool_id }) => ({
      id,
      create: { pool_id, address: '10.7.0.6', protocol_port: 81 },
      update: { weight: 2 },
    }),
  ),
  neutronLbVips: calls(
    (c) => c.neutronLbVips,
    ({ neutronLbVip: id, neutronLbPool: pool_id }) => ({
      id,
      create: { pool_id, address: '10.7.0.81', protocol_port: 81 },
      update: { connection_limit: 9 },
    }),
  ),
  neutronLbHealthMonitors: calls(
    (c) => c.neutronLbHealthMonitors,
    ({ neutronLbHealthMonitor: id }) => ({ id, create: { type: 'TCP' }, update: { delay: 9 } }),
  ),
  neutronLbPoolHealthMonitors: {
    create: (c, w) =>
      c.neutronLbPoolHealthMonitors.create({
        body: { pool_id: w.neutronLbPool, health_monitor_id: w.neutronLbHealthMonitor },
      }),
    remove: (c, w) => c.neutronLbPoolHealthMonitors.remove({ id: w.neutronLbHealthMonitor }),
  },
  neutronLoadBalancersV2: calls(
    (c) => c.neutronLoadBalancersV2,
    ({ neutronLoadBalancer: id }) => ({ id, create: { vip_address: '10.7.0.91' }, update: { admin_state_up: false } }),
  ),
  neutronListenersV2: calls(
    (c) => c.neutronListenersV2,
    ({ neutronListener: id, neutronLoadBalancer }) => ({
      id,
      create: { protocol_port: 81, loadbalancers: [neutronLoadBalancer] },
      update: { name: 'l' },
    }),
  ),
  neutronPoolsV2: calls(
    (c) => c.neutronPoolsV2,
    ({ neutronPool: id, neutronLoadBalancer }) => ({
      id,
      create: { loadbalancers: [neutronLoadBalancer] },
      update: { admin_state_up: false },
    }),
  ),
  neutronPoolMembersV2: calls(
    (c) => c.neutronPoolMembersV2,
    ({ neutronPoolMember: id, neutronPool: pool_id }) => ({
      id,
      create: { pool_id, address: '10.7.0.6', protocol_port: 81 },
      update: { weight: 2 },
    }),
  ),
  neutronHealthMonitorsV2: calls(
    (c) => c.neutronHealthMonitorsV2,
    ({ neutronHealthMonitor: id }) => ({ id, create: { type: 'TCP' }, update: { delay: 9 } }),
  ),
};
