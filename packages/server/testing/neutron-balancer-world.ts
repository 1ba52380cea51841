import type { Client } from '@midonet/contract';
import { randomUUID } from 'node:crypto';

/** Neutron's load balancers of both kinds, complete. */
export type NeutronBalancerWorld = {
  readonly neutronLbPool: string;
  readonly neutronLbMember: string;
  readonly neutronLbVip: string;
  readonly neutronLbHealthMonitor: string;
  readonly neutronVipPort: string;
  readonly neutronLoadBalancer: string;
  readonly neutronListener: string;
  readonly neutronPool: string;
  readonly neutronPoolMember: string;
  readonly neutronHealthMonitor: string;
};

type Around = NeutronBalancerWorld & {
  readonly neutronNetwork: string;
  readonly neutronSubnet: string;
  readonly neutronRouter: string;
};

export function ghostBalancers(): NeutronBalancerWorld {
  return {
    neutronLbPool: randomUUID(),
    neutronLbMember: randomUUID(),
    neutronLbVip: randomUUID(),
    neutronLbHealthMonitor: randomUUID(),
    neutronVipPort: randomUUID(),
    neutronLoadBalancer: randomUUID(),
    neutronListener: randomUUID(),
    neutronPool: randomUUID(),
    neutronPoolMember: randomUUID(),
    neutronHealthMonitor: randomUUID(),
  };
}

/** At 10.7.0.80 of the first kind, at 10.7.0.90 of the second; their members answer at 10.7.0.5. */
export async function makeBalancers(admin: Client, world: Around, common: { readonly tenant_id: string }) {
  await makePool(admin, world, common);
  await makeLoadBalancer(admin, world, common);
}

const SERVER = { address: '10.7.0.5', protocol_port: 8080 } as const;
const CHECKS = { type: 'TCP', delay: 5, timeout: 9, max_retries: 3 } as const;

async function makePool(admin: Client, world: Around, common: { readonly tenant_id: string }): Promise<void> {
  const { neutronLbPool: pool_id, neutronSubnet: subnet_id, neutronRouter: router_id } = world;
  const pool = { protocol: 'HTTP', lb_method: 'ROUND_ROBIN', subnet_id, router_id };
  await admin.neutronLbPools.create({ body: { ...common, id: pool_id, ...pool } });
  await admin.neutronLbMembers.create({ body: { ...common, id: world.neutronLbMember, pool_id, ...SERVER } });
  const vip = { pool_id, subnet_id, address: '10.7.0.80', protocol_port: 80 };
  await admin.neutronLbVips.create({ body: { ...common, id: world.neutronLbVip, ...vip } });
  const monitor = { ...CHECKS, pools: [{ pool_id }] };
  await admin.neutronLbHealthMonitors.create({ body: { ...common, id: world.neutronLbHealthMonitor, ...monitor } });
}

async function makeLoadBalancer(admin: Client, world: Around, common: { readonly tenant_id: string }): Promise<void> {
  const { neutronSubnet: subnet_id, neutronVipPort: vip_port_id, neutronLoadBalancer: id } = world;
  const port = { network_id: world.neutronNetwork, device_owner: 'neutron:LOADBALANCERV2', device_id: id };
  const open = { port_security_enabled: false };
  const at = { mac_address: 'fa:16:3f:00:00:90', fixed_ips: [{ subnet_id, ip_address: '10.7.0.90' }] };
  await admin.neutronPorts.create({ body: { ...common, id: vip_port_id, ...port, ...at, ...open } });
  const lb = { vip_address: '10.7.0.90', vip_subnet_id: subnet_id, vip_port_id };
  await admin.neutronLoadBalancersV2.create({ body: { ...common, id, ...lb } });
  const loadbalancers = [{ id }];
  const listener = { protocol: 'TCP', protocol_port: 80, loadbalancers };
  await admin.neutronListenersV2.create({ body: { ...common, id: world.neutronListener, ...listener } });
  const pool_id = world.neutronPool;
  const pool = { protocol: 'TCP', listeners: [{ id: world.neutronListener }], loadbalancers: [id] };
  await admin.neutronPoolsV2.create({ body: { ...common, id: pool_id, ...pool } });
  await admin.neutronPoolMembersV2.create({ body: { ...common, id: world.neutronPoolMember, pool_id, ...SERVER } });
  const monitor = { ...CHECKS, pools: [{ id: pool_id }] };
  await admin.neutronHealthMonitorsV2.create({ body: { ...common, id: world.neutronHealthMonitor, ...monitor } });
}
