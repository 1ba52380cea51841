import type { Client, Endpoints } from '@midonet/contract';
import { newMachineMac } from './neutron-world.ts';
import type { World } from './world.ts';

type Call = (client: Client, world: World) => Promise<unknown>;
type NeutronGroup = Extract<keyof Endpoints, `neutron${string}`>;
type Calls = { readonly [G in NeutronGroup]: { readonly [O in keyof Endpoints[G]]: Call } };

/** What all kinds of Neutron's objects have; methods, so that each kind's own bodies fit. */
type Resource = {
  list(): Promise<unknown>;
  create(args: { readonly body: object }): Promise<unknown>;
  get(args: { readonly id: string }): Promise<unknown>;
  update(args: { readonly id: string; readonly body: object }): Promise<unknown>;
  remove(args: { readonly id: string }): Promise<unknown>;
};

type Bodies = (world: World) => { readonly id: string; readonly create: object; readonly update: object };

function calls(group: (client: Client) => Resource, bodies: Bodies): Record<keyof Resource, Call> {
  return {
    list: (c) => group(c).list(),
    create: (c, world) => group(c).create({ body: bodies(world).create }),
    get: (c, world) => group(c).get({ id: bodies(world).id }),
    update: (c, world) => group(c).update({ id: bodies(world).id, body: bodies(world).update }),
    remove: (c, world) => group(c).remove({ id: bodies(world).id }),
  };
}

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
};
