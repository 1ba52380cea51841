import type { Endpoints } from '@midonet/contract';
import { NEUTRON_BALANCER_CALLS } from './neutron-balancer-calls.ts';
import { calls, type Call } from './neutron-call.ts';
import { SERVICE_CALLS } from './neutron-service-calls.ts';
import { newMachineMac } from './neutron-world.ts';

type NeutronGroup = Extract<keyof Endpoints, `neutron${string}`>;
type Calls = { readonly [G in NeutronGroup]: { readonly [O in keyof Endpoints[G]]: Call } };

/** One call of every endpoint of Neutron's. */
export const NEUTRON_CALLS: Calls = {
  neutron: { get: (c) => c.neutron.get() },
  neutronNetworks: calls(
    (c) => c.neutronNetworks,
    ({ neutronNetwork: id }) => ({ id, create: { name: 'm' }, update: { name: 'l' } }),
  ),
  neutronSubnets: calls(
    (c) => c.neutronSubnets,
    ({ neutronSubnet: id, neutronNetwork }) => ({
      id,
      create: { network_id: neutronNetwork, cidr: '10.8.0.0/24' },
      update: { name: 'l' },
    }),
  ),
  neutronPorts: calls(
    (c) => c.neutronPorts,
    ({ neutronPort: id, neutronNetwork }) => ({
      id,
      create: { network_id: neutronNetwork, mac_address: newMachineMac() },
      update: { name: 'l' },
    }),
  ),
  neutronRouters: {
    ...calls(
      (c) => c.neutronRouters,
      ({ neutronRouter: id }) => ({ id, create: { name: 'm' }, update: { name: 'l' } }),
    ),
    addInterface: (c, w) =>
      c.neutronRouters.addInterface({ id: w.neutronRouter, body: { port_id: w.neutronInterface } }),
    removeInterface: (c, w) =>
      c.neutronRouters.removeInterface({ id: w.neutronRouter, body: { port_id: w.neutronInterface } }),
  },
  neutronFloatingIps: calls(
    (c) => c.neutronFloatingIps,
    ({ neutronFloatingIp: id, neutronNetwork }) => ({
      id,
      create: { floating_network_id: neutronNetwork, floating_ip_address: '10.7.0.98' },
      update: { name: 'l' },
    }),
  ),
  neutronSecurityGroups: calls(
    (c) => c.neutronSecurityGroups,
    ({ neutronSecurityGroup: id }) => ({ id, create: { name: 'm' }, update: { name: 'l' } }),
  ),
  neutronSecurityGroupRules: calls(
    (c) => c.neutronSecurityGroupRules,
    ({ neutronSecurityGroupRule: id, neutronSecurityGroup }) => ({
      id,
      create: { security_group_id: neutronSecurityGroup, direction: 'egress' },
      update: { port_range_min: 80, port_range_max: 81 },
    }),
  ),
  ...NEUTRON_BALANCER_CALLS,
  ...SERVICE_CALLS,
};
