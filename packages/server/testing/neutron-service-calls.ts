import { calls, type Call } from './neutron-call.ts';

/** Each takes one of its own. */
let vlans = 100;

/** One call of every endpoint of firewalls, their logs, taps and L2 gateways. */
export const SERVICE_CALLS = {
  neutronFirewalls: calls(
    (c) => c.neutronFirewalls,
    ({ neutronFirewall: id }) => ({ id, create: { name: 'm' }, update: { name: 'l' } }),
  ),
  neutronFirewallLogs: calls(
    (c) => c.neutronFirewallLogs,
    ({ neutronFirewallLog: id, neutronFirewall, neutronLoggingResource }) => ({
      id,
      create: { firewall_id: neutronFirewall, logging_resource_id: neutronLoggingResource },
      update: { fw_event: 'DROP' },
    }),
  ),
  neutronLoggingResources: calls(
    (c) => c.neutronLoggingResources,
    ({ neutronLoggingResource: id }) => ({ id, create: { name: 'm' }, update: { enabled: false } }),
  ),
  neutronTapServices: calls(
    (c) => c.neutronTapServices,
    ({ neutronTapService: id, neutronPort }) => ({
      id,
      create: { port_id: neutronPort },
      update: { name: 'l' },
    }),
  ),
  neutronTapFlows: calls(
    (c) => c.neutronTapFlows,
    ({ neutronTapFlow: id, neutronTapService, neutronPort }) => ({
      id,
      create: { tap_service_id: neutronTapService, source_port: neutronPort, direction: 'OUT' },
      update: { direction: 'BOTH' },
    }),
  ),
  neutronGatewayDevices: calls(
    (c) => c.neutronGatewayDevices,
    ({ neutronGatewayDevice: id, neutronVlanNetwork }) => ({
      id,
      create: { type: 'network_vlan', resource_id: neutronVlanNetwork },
      update: { name: 'l' },
    }),
  ),
  neutronL2GatewayConnections: {
    ...calls(
      (c) => c.neutronL2GatewayConnections,
      ({ neutronL2GatewayConnection: id }) => ({ id, create: {}, update: { name: 'l' } }),
    ),
    // To a device of its own: one that has connections stays.
    create: async (c, { neutronNetwork: network_id, neutronVlanNetwork: resource_id }) => {
      const body = { type: 'network_vlan', resource_id };
      const { id: device_id } = await c.neutronGatewayDevices.create({ body });
      const l2_gateway = { devices: [{ device_id }] };
      return c.neutronL2GatewayConnections.create({ body: { network_id, segmentation_id: ++vlans, l2_gateway } });
    },
  },
} as const satisfies Record<string, Record<string, Call>>;
