import type { Client } from '@midonet/contract';
import { randomUUID } from 'node:crypto';
import { ghostBalancers, makeBalancers, type NeutronBalancerWorld } from './neutron-balancer-world.ts';
import { ghostServices, makeServices, type ServiceWorld } from './neutron-service-world.ts';

/** One of everything that Neutron tells of. */
export type NeutronWorld = NeutronBalancerWorld &
  ServiceWorld & {
    readonly neutronNetwork: string;
    readonly neutronSubnet: string;
    readonly neutronPort: string;
    readonly neutronRouter: string;
    readonly neutronInterface: string;
    readonly neutronFloatingIp: string;
    readonly neutronSecurityGroup: string;
    readonly neutronSecurityGroupRule: string;
  };

let made = 0;

export function ghostNeutron(): NeutronWorld {
  return {
    neutronNetwork: randomUUID(),
    neutronSubnet: randomUUID(),
    neutronPort: randomUUID(),
    neutronRouter: randomUUID(),
    neutronInterface: randomUUID(),
    neutronFloatingIp: randomUUID(),
    neutronSecurityGroup: randomUUID(),
    neutronSecurityGroupRule: randomUUID(),
    ...ghostBalancers(),
    ...ghostServices(),
  };
}

/** MACs of their own. */
export function newMachineMac(): string {
  return `fa:16:3e:${(++made)
    .toString(16)
    .padStart(6, '0')
    .replace(/..(?!$)/g, '$&:')}`;
}

/** As Neutron's service would tell of them. */
export async function makeNeutron(admin: Client, tenantId: string): Promise<NeutronWorld> {
  const world = ghostNeutron();
  const common = { tenant_id: tenantId };
  const network_id = world.neutronNetwork;
  await admin.neutronNetworks.create({ body: { ...common, id: network_id, name: 'n' } });
  const addresses = { cidr: '10.7.0.0/24', gateway_ip: '10.7.0.1' };
  await admin.neutronSubnets.create({ body: { ...common, id: world.neutronSubnet, network_id, ...addresses } });
  const security_group_id = world.neutronSecurityGroup;
  await admin.neutronSecurityGroups.create({ body: { ...common, id: security_group_id, name: 'default' } });
  const rule = { security_group_id, direction: 'ingress', protocol: 'tcp' } as const;
  await admin.neutronSecurityGroupRules.create({ body: { ...common, id: world.neutronSecurityGroupRule, ...rule } });
  const at = (ip_address: string) => ({
    fixed_ips: [{ subnet_id: world.neutronSubnet, ip_address }],
    mac_address: newMachineMac(),
  });
  const machine = { ...at('10.7.0.5'), device_owner: 'compute:nova', security_groups: [security_group_id] };
  await admin.neutronPorts.create({ body: { ...common, id: world.neutronPort, network_id, ...machine } });
  await admin.neutronRouters.create({ body: { ...common, id: world.neutronRouter, name: 'r' } });
  const leg = { ...at('10.7.0.1'), device_owner: 'network:router_interface', device_id: world.neutronRouter };
  await admin.neutronPorts.create({ body: { ...common, id: world.neutronInterface, network_id, ...leg } });
  await admin.neutronRouters.addInterface({ id: world.neutronRouter, body: { port_id: world.neutronInterface } });
  const floating = { floating_network_id: network_id, floating_ip_address: '10.7.0.99' };
  await admin.neutronFloatingIps.create({ body: { ...common, id: world.neutronFloatingIp, ...floating } });
  await makeBalancers(admin, world, common);
  await makeServices(admin, tenantId, world);
  return world;
}
