import { z } from 'zod';
import { link, type Base } from '../links.ts';

/** Root collections: [field of the document (null when only a template exists), template field, path]. */
const COLLECTIONS = [
  ['bridges', 'bridgeTemplate', 'bridges'],
  ['routers', 'routerTemplate', 'routers'],
  ['ports', 'portTemplate', 'ports'],
  ['chains', 'chainTemplate', 'chains'],
  [null, 'ruleTemplate', 'rules'],
  [null, 'routeTemplate', 'routes'],
  ['portGroups', 'portGroupTemplate', 'port_groups'],
  ['ipAddrGroups', 'ipAddrGroupTemplate', 'ip_addr_groups'],
  ['hosts', 'hostTemplate', 'hosts'],
  ['tunnelZones', 'tunnelZoneTemplate', 'tunnel_zones'],
  ['loadBalancers', 'loadBalancerTemplate', 'load_balancers'],
  ['vips', 'vipTemplate', 'vips'],
  ['pools', 'poolTemplate', 'pools'],
  ['poolMembers', 'poolMemberTemplate', 'pool_members'],
  ['healthMonitors', 'healthMonitorTemplate', 'health_monitors'],
  [null, 'bgpNetworkTemplate', 'bgp_networks'],
  [null, 'bgpPeerTemplate', 'bgp_peers'],
  ['mirrors', 'mirrorTemplate', 'mirrors'],
  ['l2insertions', 'l2InsertionTemplate', 'l2insertions'],
  ['traceRequests', 'traceRequestTemplate', 'traces'],
  ['qosPolicies', 'qosPolicyTemplate', 'qos_policies'],
  [null, 'qosBwLimitRuleTemplate', 'qos_bw_limit_rules'],
  [null, 'qosDscpRuleTemplate', 'qos_dscp_rules'],
  ['serviceContainers', 'serviceContainerTemplate', 'service_containers'],
  ['serviceContainerGroups', 'serviceContainerGroupTemplate', 'service_container_groups'],
  ['tenants', 'tenantTemplate', 'tenants'],
  ['vteps', 'vtepTemplate', 'vteps'],
] as const;

/** Where everything is found. Beyond `uri` and `version` each member is a URI or a URI template. */
export const applicationDto = z.object({ uri: z.string(), version: z.string() }).catchall(z.string());
export type ApplicationDto = z.output<typeof applicationDto>;

export const API_VERSION = '5.0';

export function applicationDocument(base: Base): ApplicationDto {
  const document: ApplicationDto = { uri: base, version: API_VERSION };
  for (const [collection, template, path] of COLLECTIONS) {
    if (collection !== null) document[collection] = link(base, path);
    document[template] = link(base, path, '{id}');
  }
  document['systemState'] = link(base, 'system_state');
  document['neutron'] = link(base, 'neutron');
  document['drops'] = link(base, 'drops');
  document['meters'] = link(base, 'meters');
  document['natPools'] = link(base, 'nat_pools');
  document['simulate'] = link(base, 'simulate');
  document['watch'] = link(base, 'watch').replace(/^http/, 'ws');
  document['openapi'] = link(base, 'openapi.json');
  return document;
}
