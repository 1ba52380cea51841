import type { Endpoints, Role } from '@midonet/contract';
import type { Identity } from './identity.ts';

/**
 * How far a role reaches with an endpoint. `all`: as the provider's people. `own`: things of the own
 * tenant; others are as if they were not there. `self`: what belongs to the very user. `none`: 403.
 */
export type Reach = 'all' | 'own' | 'self' | 'none';
export type Row = { readonly [R in Exclude<Role, 'admin'>]: Reach };

const row = (tenantAdmin: Reach, member: Reach, reader: Reach, auditor: Reach): Row => ({
  'tenant-admin': tenantAdmin,
  member,
  reader,
  auditor,
});
/** A document that is the same for everybody. */
const OPEN = row('all', 'all', 'all', 'all');
/** Tenants look at their own. Provider's things are nobody's own: lists are empty, the rest is 404. */
const READ = row('own', 'own', 'own', 'all');
const WRITE = row('own', 'own', 'none', 'none');
const MANAGE = row('own', 'none', 'none', 'none');
const OVERSEE = row('own', 'none', 'none', 'all');
const PROVIDER = row('none', 'none', 'none', 'none');
const PROVIDER_READ = row('none', 'none', 'none', 'all');
/** Everybody looks at, and changes, what they are and have themselves. */
const SELF_READ = row('own', 'self', 'self', 'all');
const SELF = row('own', 'self', 'self', 'self');

const OBJECT = { list: READ, create: WRITE, get: READ, update: WRITE, remove: WRITE } as const;
const TABLE_ROWS = { list: READ, create: WRITE, get: READ, remove: WRITE } as const;
const DEVICE = { ...OBJECT, ports: READ, createPort: WRITE, peerPorts: READ } as const;
const NEUTRON_OBJECT = {
  ...{ list: PROVIDER_READ, get: PROVIDER_READ },
  ...{ create: PROVIDER, update: PROVIDER, remove: PROVIDER },
} as const;
const PROVIDER_OBJECT = { list: READ, create: PROVIDER, get: READ, update: PROVIDER, remove: PROVIDER } as const;

/**
 * Who may do what: every endpoint of the contract, by role. An admin reaches all, a host nothing of
 * this. An endpoint without its row does not compile. How the tenant of a thing is found: ownership.ts.
 */
export const POLICY: { readonly [G in keyof Endpoints]: { readonly [O in keyof Endpoints[G]]: Row } } = {
  application: { get: OPEN },
  systemState: { get: OPEN },
  login: { create: OPEN, remove: OPEN },
  whoami: { get: OPEN },
  enrol: { create: OPEN },
  tenants: { list: READ, create: PROVIDER, get: READ, update: PROVIDER, remove: PROVIDER },
  users: { list: SELF_READ, create: MANAGE, get: SELF_READ, update: SELF, remove: MANAGE },
  apiTokens: { list: SELF_READ, create: SELF, get: SELF_READ, remove: SELF },
  quotas: { list: READ, get: READ, update: PROVIDER, remove: PROVIDER },
  audit: { list: OVERSEE },
  history: { list: READ },
  restore: { run: WRITE },
  enrolments: { list: PROVIDER_READ, create: PROVIDER, remove: PROVIDER },
  hostCredentials: { list: PROVIDER_READ, remove: PROVIDER },
  // Each operation within is decided by its own row.
  batch: { run: WRITE },
  simulation: { run: READ },
  bridges: DEVICE,
  routers: { ...DEVICE, routes: READ, createRoute: WRITE },
  routes: { get: READ, remove: WRITE },
  ports: { list: READ, get: READ, update: WRITE, remove: WRITE, showLink: READ, link: WRITE, unlink: WRITE },
  chains: { ...OBJECT, rules: READ, createRule: WRITE, ruleHits: READ },
  rules: { get: READ, update: WRITE, remove: WRITE },
  meters: { list: READ },
  qosPolicies: {
    ...OBJECT,
    bwLimitRules: READ,
    createBwLimitRule: WRITE,
    dscpRules: READ,
    createDscpRule: WRITE,
  },
  qosBwLimitRules: { get: READ, update: WRITE, remove: WRITE },
  qosDscpRules: { get: READ, update: WRITE, remove: WRITE },
  mirrors: OBJECT,
  l2Insertions: OBJECT,
  traceRequests: { ...OBJECT, packets: READ },
  loggingResources: OBJECT,
  ruleLoggers: OBJECT,
  loadBalancers: { ...OBJECT, pools: READ, createPool: WRITE, vips: READ },
  pools: { ...OBJECT, members: READ, createMember: WRITE, vips: READ, createVip: WRITE },
  poolMembers: OBJECT,
  vips: OBJECT,
  healthMonitors: { ...OBJECT, pools: READ },
  portGroups: OBJECT,
  portGroupPorts: { ...TABLE_ROWS, ofPort: READ },
  ipAddrGroups: OBJECT,
  ipAddrGroupAddrs: TABLE_ROWS,
  macTable: TABLE_ROWS,
  vlanMacTable: TABLE_ROWS,
  arpTable: TABLE_ROWS,
  dhcpSubnets: OBJECT,
  dhcpHosts: OBJECT,
  dhcp6Subnets: OBJECT,
  dhcp6Hosts: OBJECT,
  hosts: PROVIDER_OBJECT,
  hostInterfaces: { list: READ, get: READ },
  hostPorts: { list: READ, create: PROVIDER, get: READ, remove: PROVIDER },
  // Neutron's service keeps its tenants apart itself, and comes as an administrator.
  neutron: { get: PROVIDER_READ },
  neutronNetworks: NEUTRON_OBJECT,
  neutronSubnets: NEUTRON_OBJECT,
  neutronPorts: NEUTRON_OBJECT,
  neutronRouters: { ...NEUTRON_OBJECT, addInterface: PROVIDER, removeInterface: PROVIDER },
  neutronFloatingIps: NEUTRON_OBJECT,
  neutronSecurityGroups: NEUTRON_OBJECT,
  neutronSecurityGroupRules: NEUTRON_OBJECT,
  neutronLbPools: { ...NEUTRON_OBJECT, addMonitor: PROVIDER, removeMonitor: PROVIDER },
  neutronLbMembers: NEUTRON_OBJECT,
  neutronLbVips: NEUTRON_OBJECT,
  neutronLbHealthMonitors: NEUTRON_OBJECT,
  neutronLbPoolHealthMonitors: { create: PROVIDER, remove: PROVIDER },
  neutronLoadBalancersV2: NEUTRON_OBJECT,
  neutronListenersV2: NEUTRON_OBJECT,
  neutronPoolsV2: NEUTRON_OBJECT,
  neutronPoolMembersV2: NEUTRON_OBJECT,
  neutronHealthMonitorsV2: NEUTRON_OBJECT,
  neutronFirewalls: NEUTRON_OBJECT,
  neutronFirewallLogs: NEUTRON_OBJECT,
  neutronLoggingResources: NEUTRON_OBJECT,
  neutronTapServices: NEUTRON_OBJECT,
  neutronTapFlows: NEUTRON_OBJECT,
  neutronGatewayDevices: NEUTRON_OBJECT,
  neutronL2GatewayConnections: NEUTRON_OBJECT,
  // Says which hosts there are.
  natPools: { list: PROVIDER_READ },
  drops: { list: PROVIDER_READ },
  // How hosts are run is the provider's, and says where its services are.
  confSchemas: { get: PROVIDER_READ },
  confRuntime: { get: PROVIDER_READ },
  confNodes: { list: PROVIDER_READ, get: PROVIDER_READ, merge: PROVIDER, remove: PROVIDER },
  confTemplates: { list: PROVIDER_READ, get: PROVIDER_READ, merge: PROVIDER, remove: PROVIDER },
  confTemplateMappings: { list: PROVIDER_READ, get: PROVIDER_READ, merge: PROVIDER, remove: PROVIDER },
  tunnelZones: PROVIDER_OBJECT,
  tunnelZoneHosts: PROVIDER_OBJECT,
};

/** How far this caller reaches with an endpoint. Names that are not in the table reach nothing. */
export function reachOf(identity: Identity, group: string, operation: string): Reach {
  switch (identity.role) {
    case 'admin':
      return 'all';
    case 'host':
      return 'none';
    default: {
      const rows: Readonly<Record<string, Readonly<Record<string, Row>>>> = POLICY;
      return rows[group]?.[operation]?.[identity.role] ?? 'none';
    }
  }
}
