import type { Client } from '@midonet/contract';
import { randomUUID } from 'node:crypto';
import type { NeutronWorld } from './neutron-world.ts';

/** A firewall with its log, a tap and an L2 gateway. */
export type ServiceWorld = {
  readonly neutronFirewall: string;
  readonly neutronFirewallLog: string;
  readonly neutronLoggingResource: string;
  readonly neutronTapService: string;
  readonly neutronTapFlow: string;
  readonly neutronVlanNetwork: string;
  readonly neutronGatewayDevice: string;
  readonly neutronL2GatewayConnection: string;
};

export function ghostServices(): ServiceWorld {
  return {
    neutronFirewall: randomUUID(),
    neutronFirewallLog: randomUUID(),
    neutronLoggingResource: randomUUID(),
    neutronTapService: randomUUID(),
    neutronTapFlow: randomUUID(),
    neutronVlanNetwork: randomUUID(),
    neutronGatewayDevice: randomUUID(),
    neutronL2GatewayConnection: randomUUID(),
  };
}

export async function makeServices(admin: Client, tenant_id: string, world: NeutronWorld): Promise<void> {
  const { neutronFirewall, neutronTapService, neutronVlanNetwork, neutronGatewayDevice } = world;
  const rules = [{ protocol: 'tcp', destination_port: '80', action: 'allow', position: 1 }];
  const firewall = { id: neutronFirewall, firewall_rule_list: rules, 'add-router-ids': [world.neutronRouter] };
  await admin.neutronFirewalls.create({ body: { tenant_id, ...firewall } });
  const log = { id: world.neutronFirewallLog, firewall_id: neutronFirewall, fw_event: 'ALL' };
  const logging = { logging_resource_id: world.neutronLoggingResource };
  await admin.neutronFirewallLogs.create({ body: { tenant_id, ...log, ...logging } });
  await admin.neutronTapServices.create({ body: { tenant_id, id: neutronTapService, port_id: world.neutronPort } });
  const tapped = { tap_service_id: neutronTapService, source_port: world.neutronInterface, direction: 'IN' };
  await admin.neutronTapFlows.create({ body: { tenant_id, id: world.neutronTapFlow, ...tapped } });
  await admin.neutronNetworks.create({ body: { tenant_id, id: neutronVlanNetwork, name: 'v' } });
  const device = { id: neutronGatewayDevice, type: 'network_vlan', resource_id: neutronVlanNetwork };
  await admin.neutronGatewayDevices.create({ body: { tenant_id, ...device } });
  const connection = { network_id: world.neutronNetwork, segmentation_id: 100 };
  const l2_gateway = { devices: [{ device_id: neutronGatewayDevice }] };
  const id = world.neutronL2GatewayConnection;
  await admin.neutronL2GatewayConnections.create({ body: { tenant_id, id, ...connection, l2_gateway } });
}
