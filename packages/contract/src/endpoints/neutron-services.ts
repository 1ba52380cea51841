import { NEUTRON_SCHEMAS } from '@midonet/neutron';
import { resource } from '../neutron/resource.ts';

const { firewall, firewallLog, loggingResource, tapService, tapFlow, gatewayDevice, l2GatewayConnection } =
  NEUTRON_SCHEMAS;

export const neutronFirewalls = resource('/neutron/firewalls', {
  words: ['a firewall', 'firewalls'],
  media: ['Firewall', 'Firewalls'],
  schema: firewall,
});

export const neutronFirewallLogs = resource('/neutron/firewall_logs', {
  words: ['a log of a firewall', 'logs of firewalls'],
  media: ['FirewallLog', 'FirewallLogs'],
  schema: firewallLog,
});

export const neutronLoggingResources = resource('/neutron/logging_resources', {
  words: ['a logging resource', 'logging resources'],
  media: ['LoggingResource', 'LoggingResources'],
  schema: loggingResource,
});
export const neutronTapServices = resource('/neutron/tap_services', {
  words: ['a tap service', 'tap services'],
  media: ['TapService', 'TapServices'],
  schema: tapService,
});

export const neutronTapFlows = resource('/neutron/tap_flows', {
  words: ['a tap flow', 'tap flows'],
  media: ['TapFlow', 'TapFlows'],
  schema: tapFlow,
});

export const neutronGatewayDevices = resource('/neutron/gateway_devices', {
  words: ['a gateway device', 'gateway devices'],
  media: ['GatewayDevice', 'GatewayDevices'],
  schema: gatewayDevice,
});

export const neutronL2GatewayConnections = resource('/neutron/l2_gateway_connections', {
  words: ['a connection of an L2 gateway', 'connections of L2 gateways'],
  media: ['L2GatewayConnection', 'L2GatewayConnections'],
  schema: l2GatewayConnection,
});
