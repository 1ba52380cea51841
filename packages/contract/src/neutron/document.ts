import { z } from 'zod';
import { link, type Base } from '../links.ts';

/** Where Neutron's objects are: members are URIs and templates of them. */
export const neutronDocumentDto = z
  .object({ uri: z.string(), load_balancer: z.record(z.string(), z.string()) })
  .catchall(z.unknown());
export type NeutronDocument = z.output<typeof neutronDocumentDto>;

/** [member for all of them, member for one, path]. */
const COLLECTIONS = [
  ['networks', 'network_template', 'networks'],
  ['subnets', 'subnet_template', 'subnets'],
  ['ports', 'port_template', 'ports'],
  ['routers', 'router_template', 'routers'],
  ['floating_ips', 'floating_ip_template', 'floating_ips'],
  ['security_groups', 'security_group_template', 'security_groups'],
  ['security_group_rules', 'security_group_rule_template', 'security_group_rules'],
  ['load_balancers_v2', 'load_balancer_v2_template', 'lbs_v2'],
  ['listeners_v2', 'listener_v2_template', 'listeners_v2'],
  ['pools_v2', 'pool_v2_template', 'pools_v2'],
  ['pool_members_v2', 'pool_member_v2_template', 'pool_members_v2'],
  ['health_monitors_v2', 'health_monitor_v2_template', 'health_monitors_v2'],
  ['firewalls', 'firewall_template', 'firewalls'],
  ['firewall_logs', 'firewall_log_template', 'firewall_logs'],
  ['logging_resources', 'logging_resource_template', 'logging_resources'],
  ['vpn_services', 'vpn_service_template', 'vpnservices'],
  ['ipsec_site_conns', 'ipsec_site_conn_template', 'ipsec_site_connections'],
  ['l2_gateway_connections', 'l2_gateway_connection_template', 'l2_gateway_connections'],
  ['gateway_devices', 'gateway_device_template', 'gateway_devices'],
  ['remote_mac_entries', 'remote_mac_entry_template', 'remote_mac_entries'],
  ['bgp_speakers', 'bgp_speaker_template', 'bgp_speakers'],
  ['bgp_peers', 'bgp_peer_template', 'bgp_peers'],
  ['tap_services', 'tap_service_template', 'tap_services'],
  ['tap_flows', 'tap_flow_template', 'tap_flows'],
] as const;

/** Those of the first kind of load balancers, in a document within the document. */
const BALANCER_COLLECTIONS = [
  ['vips', 'vip_template', 'vips'],
  ['pools', 'pool_template', 'pools'],
  ['members', 'member_template', 'members'],
  ['health_monitors', 'health_monitor_template', 'health_monitors'],
] as const;

export function neutronDocument(base: Base): NeutronDocument {
  const here = (...path: string[]): string => link(base, 'neutron', ...path);
  const links = (collections: readonly (readonly [string, string, string])[], ...below: string[]) =>
    Object.fromEntries(
      collections.flatMap(([many, one, path]) => [
        [many, here(...below, path)],
        [one, here(...below, path, '{id}')],
      ]),
    );
  const connection = here('l2_gateway_connections', '{id}');
  return {
    uri: here(),
    ...links(COLLECTIONS),
    // Older clients spell it so.
    l2_gatway_connection_template: connection,
    add_router_interface_template: here('routers', '{id}', 'add_router_interface'),
    remove_router_interface_template: here('routers', '{id}', 'remove_router_interface'),
    load_balancer: {
      ...links(BALANCER_COLLECTIONS, 'lb'),
      pool_health_monitor: here('lb', 'pool_health_monitor'),
    },
  };
}
