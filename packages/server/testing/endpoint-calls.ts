import type { Client, Endpoints } from '@midonet/contract';
import { randomUUID } from 'node:crypto';
import { NEUTRON_CALLS } from './neutron-calls.ts';
import { MAC, SUBNET, SUBNET6, type World } from './world.ts';

type Call = (client: Client, world: World) => Promise<unknown>;

const FRAME = 'ffffffffffff0200000000010806000108000604000102000000000100000000000000000000000000000000';
const FRESH = '02:00:00:00:00:77';

/** One call of every endpoint on the things of a world. A new endpoint without one does not compile. */
export const CALLS: { readonly [G in keyof Endpoints]: { readonly [O in keyof Endpoints[G]]: Call } } = {
  application: { get: (c) => c.application.get() },
  systemState: { get: (c) => c.systemState.get() },
  login: {
    create: (c, w) => c.login.create({ headers: { authorization: `Basic ${btoa(`${w.user}:long enough`)}` } }),
    remove: (c) => c.login.remove(),
  },
  whoami: { get: (c) => c.whoami.get() },
  enrol: { create: (c) => c.enrol.create({ body: { token: 'none', hostId: randomUUID() } }) },
  tenants: {
    list: (c) => c.tenants.list(),
    create: (c, w) => c.tenants.create({ body: { id: w.tenantId } }),
    get: (c, w) => c.tenants.get({ id: w.tenantId }),
    update: (c, w) => c.tenants.update({ id: w.tenantId, body: { description: 'd' } }),
    remove: (c, w) => c.tenants.remove({ id: w.tenantId }),
  },
  users: {
    list: (c) => c.users.list(),
    create: (c, w) => {
      const name = `n${randomUUID().slice(0, 8)}`;
      return c.users.create({ body: { name, password: 'long enough', role: 'reader', tenantId: w.tenantId } });
    },
    get: (c, w) => c.users.get({ name: w.user }),
    update: (c, w) => c.users.update({ name: w.user, body: { password: 'longer still' } }),
    remove: (c, w) => c.users.remove({ name: w.user }),
  },
  apiTokens: {
    list: (c) => c.apiTokens.list(),
    create: (c, w) => c.apiTokens.create({ body: { user: w.user } }),
    get: (c, w) => c.apiTokens.get({ id: w.token }),
    remove: (c, w) => c.apiTokens.remove({ id: w.token }),
  },
  quotas: {
    list: (c) => c.quotas.list(),
    get: (c, w) => c.quotas.get({ tenantId: w.tenantId }),
    update: (c, w) => c.quotas.update({ tenantId: w.tenantId, body: {} }),
    remove: (c, w) => c.quotas.remove({ tenantId: w.tenantId }),
  },
  audit: { list: (c) => c.audit.list() },
  history: { list: (c, w) => c.history.list({ query: { object: `bridge/${w.bridge}` } }) },
  restore: { run: (c, w) => c.restore.run({ body: { object: `bridge/${w.bridge}`, at: new Date().toISOString() } }) },
  enrolments: {
    list: (c) => c.enrolments.list(),
    create: (c) => c.enrolments.create({ body: { name: 'hv' } }),
    remove: (c, w) => c.enrolments.remove({ id: w.enrolment }),
  },
  hostCredentials: {
    list: (c) => c.hostCredentials.list(),
    remove: (c, w) => c.hostCredentials.remove({ id: w.host }),
  },
  batch: {
    run: (c, w) =>
      c.batch.run({
        body: { operations: [{ method: 'PUT', path: `/bridges/${w.bridge}`, body: { name: 'changed' } }] },
      }),
  },
  simulation: { run: (c, w) => c.simulation.run({ body: { portId: w.port, frame: FRAME } }) },
  bridges: {
    list: (c) => c.bridges.list(),
    create: (c, w) => c.bridges.create({ body: { name: 'new', tenantId: w.tenantId } }),
    get: (c, w) => c.bridges.get({ id: w.bridge }),
    update: (c, w) => c.bridges.update({ id: w.bridge, body: { name: 'changed' } }),
    remove: (c, w) => c.bridges.remove({ id: w.bridge }),
    ports: (c, w) => c.bridges.ports({ id: w.bridge }),
    createPort: (c, w) => c.bridges.createPort({ id: w.bridge, body: {} }),
    peerPorts: (c, w) => c.bridges.peerPorts({ id: w.bridge }),
  },
  routers: {
    list: (c) => c.routers.list(),
    create: (c, w) => c.routers.create({ body: { name: 'new', tenantId: w.tenantId } }),
    get: (c, w) => c.routers.get({ id: w.router }),
    update: (c, w) => c.routers.update({ id: w.router, body: { name: 'changed' } }),
    remove: (c, w) => c.routers.remove({ id: w.router }),
    ports: (c, w) => c.routers.ports({ id: w.router }),
    createPort: (c, w) => c.routers.createPort({ id: w.router, body: { portSubnet: ['10.77.0.1/24'] } }),
    peerPorts: (c, w) => c.routers.peerPorts({ id: w.router }),
    routes: (c, w) => c.routers.routes({ id: w.router }),
    createRoute: (c, w) => c.routers.createRoute({ id: w.router, body: { type: 'BlackHole' } }),
  },
  routes: {
    get: (c, w) => c.routes.get({ id: w.route }),
    remove: (c, w) => c.routes.remove({ id: w.route }),
  },
  ports: {
    list: (c) => c.ports.list(),
    get: (c, w) => c.ports.get({ id: w.port }),
    update: (c, w) => c.ports.update({ id: w.port, body: { adminStateUp: false } }),
    remove: (c, w) => c.ports.remove({ id: w.port }),
    showLink: (c, w) => c.ports.showLink({ id: w.port }),
    link: (c, w) => c.ports.link({ id: w.loose, body: { peerId: w.routerPort } }),
    unlink: (c, w) => c.ports.unlink({ id: w.loose }),
  },
  chains: {
    list: (c) => c.chains.list(),
    create: (c, w) => c.chains.create({ body: { name: 'new', tenantId: w.tenantId } }),
    get: (c, w) => c.chains.get({ id: w.chain }),
    update: (c, w) => c.chains.update({ id: w.chain, body: { name: 'changed' } }),
    remove: (c, w) => c.chains.remove({ id: w.chain }),
    rules: (c, w) => c.chains.rules({ id: w.chain }),
    createRule: (c, w) => c.chains.createRule({ id: w.chain, body: { type: 'accept' } }),
    ruleHits: (c, w) => c.chains.ruleHits({ id: w.chain }),
  },
  rules: {
    get: (c, w) => c.rules.get({ id: w.rule }),
    update: (c, w) => c.rules.update({ id: w.rule, body: { type: 'accept', position: 1 } }),
    remove: (c, w) => c.rules.remove({ id: w.rule }),
  },
  mirrors: {
    list: (c) => c.mirrors.list(),
    create: (c, w) => c.mirrors.create({ body: { name: 'new', toPortId: w.port } }),
    get: (c, w) => c.mirrors.get({ id: w.mirror }),
    update: (c, w) => c.mirrors.update({ id: w.mirror, body: { name: 'changed' } }),
    remove: (c, w) => c.mirrors.remove({ id: w.mirror }),
  },
  qosPolicies: {
    list: (c) => c.qosPolicies.list(),
    create: (c, w) => c.qosPolicies.create({ body: { name: 'new', tenantId: w.tenantId } }),
    get: (c, w) => c.qosPolicies.get({ id: w.qosPolicy }),
    update: (c, w) => c.qosPolicies.update({ id: w.qosPolicy, body: { name: 'changed' } }),
    remove: (c, w) => c.qosPolicies.remove({ id: w.qosPolicy }),
    bwLimitRules: (c, w) => c.qosPolicies.bwLimitRules({ id: w.qosPolicy }),
    createBwLimitRule: (c, w) =>
      c.qosPolicies.createBwLimitRule({ id: w.qosPolicy, body: { direction: 'ingress', maxKbps: 1000 } }),
    dscpRules: (c, w) => c.qosPolicies.dscpRules({ id: w.qosPolicy }),
    createDscpRule: (c, w) => c.qosPolicies.createDscpRule({ id: w.emptyPolicy, body: { dscpMark: 10 } }),
  },
  qosBwLimitRules: {
    get: (c, w) => c.qosBwLimitRules.get({ id: w.limit }),
    update: (c, w) => c.qosBwLimitRules.update({ id: w.limit, body: { maxKbps: 2000 } }),
    remove: (c, w) => c.qosBwLimitRules.remove({ id: w.limit }),
  },
  qosDscpRules: {
    get: (c, w) => c.qosDscpRules.get({ id: w.mark }),
    update: (c, w) => c.qosDscpRules.update({ id: w.mark, body: { dscpMark: 12 } }),
    remove: (c, w) => c.qosDscpRules.remove({ id: w.mark }),
  },
  l2Insertions: {
    list: (c) => c.l2Insertions.list(),
    create: (c, w) =>
      c.l2Insertions.create({ body: { portId: w.port, srvPortId: w.service, mac: '02:00:00:00:00:02', vlan: 11 } }),
    get: (c, w) => c.l2Insertions.get({ id: w.insertion }),
    update: (c, w) => c.l2Insertions.update({ id: w.insertion, body: { failOpen: true } }),
    remove: (c, w) => c.l2Insertions.remove({ id: w.insertion }),
  },
  loggingResources: {
    list: (c) => c.loggingResources.list(),
    create: (c, w) => c.loggingResources.create({ body: { tenantId: w.tenantId, name: 'new' } }),
    get: (c, w) => c.loggingResources.get({ id: w.logging }),
    update: (c, w) => c.loggingResources.update({ id: w.logging, body: { enabled: false } }),
    remove: (c, w) => c.loggingResources.remove({ id: w.logging }),
  },
  ruleLoggers: {
    list: (c) => c.ruleLoggers.list(),
    create: (c, w) => c.ruleLoggers.create({ body: { loggingResourceId: w.logging, chainId: w.chain } }),
    get: (c, w) => c.ruleLoggers.get({ id: w.logger }),
    update: (c, w) => c.ruleLoggers.update({ id: w.logger, body: { event: 'DROP' } }),
    remove: (c, w) => c.ruleLoggers.remove({ id: w.logger }),
  },
  traceRequests: {
    list: (c) => c.traceRequests.list(),
    create: (c, w) => c.traceRequests.create({ body: { deviceType: 'BRIDGE', deviceId: w.bridge } }),
    get: (c, w) => c.traceRequests.get({ id: w.trace }),
    update: (c, w) => c.traceRequests.update({ id: w.trace, body: { enabled: true } }),
    remove: (c, w) => c.traceRequests.remove({ id: w.trace }),
    packets: (c, w) => c.traceRequests.packets({ id: w.trace }),
  },
  loadBalancers: {
    list: (c) => c.loadBalancers.list(),
    create: (c, w) => c.loadBalancers.create({ body: { tenantId: w.tenantId } }),
    get: (c, w) => c.loadBalancers.get({ id: w.balancer }),
    update: (c, w) => c.loadBalancers.update({ id: w.balancer, body: { adminStateUp: false } }),
    remove: (c, w) => c.loadBalancers.remove({ id: w.balancer }),
    pools: (c, w) => c.loadBalancers.pools({ id: w.balancer }),
    createPool: (c, w) => c.loadBalancers.createPool({ id: w.balancer, body: {} }),
    vips: (c, w) => c.loadBalancers.vips({ id: w.balancer }),
  },
  pools: {
    list: (c) => c.pools.list(),
    create: (c, w) => c.pools.create({ body: { loadBalancerId: w.balancer } }),
    get: (c, w) => c.pools.get({ id: w.pool }),
    update: (c, w) => c.pools.update({ id: w.pool, body: { name: 'changed' } }),
    remove: (c, w) => c.pools.remove({ id: w.pool }),
    members: (c, w) => c.pools.members({ id: w.pool }),
    createMember: (c, w) => c.pools.createMember({ id: w.pool, body: { address: '10.0.0.61', protocolPort: 80 } }),
    vips: (c, w) => c.pools.vips({ id: w.pool }),
    createVip: (c, w) => c.pools.createVip({ id: w.pool, body: { address: '10.0.0.62', protocolPort: 80 } }),
  },
  poolMembers: {
    list: (c) => c.poolMembers.list(),
    create: (c, w) => c.poolMembers.create({ body: { poolId: w.pool, address: '10.0.0.63', protocolPort: 80 } }),
    get: (c, w) => c.poolMembers.get({ id: w.member }),
    update: (c, w) => c.poolMembers.update({ id: w.member, body: { weight: 2 } }),
    remove: (c, w) => c.poolMembers.remove({ id: w.member }),
  },
  vips: {
    list: (c) => c.vips.list(),
    create: (c, w) => c.vips.create({ body: { poolId: w.pool, address: '10.0.0.64', protocolPort: 80 } }),
    get: (c, w) => c.vips.get({ id: w.vip }),
    update: (c, w) => c.vips.update({ id: w.vip, body: { adminStateUp: false } }),
    remove: (c, w) => c.vips.remove({ id: w.vip }),
  },
  healthMonitors: {
    list: (c) => c.healthMonitors.list(),
    create: (c, w) => c.healthMonitors.create({ body: { tenantId: w.tenantId } }),
    get: (c, w) => c.healthMonitors.get({ id: w.monitor }),
    update: (c, w) => c.healthMonitors.update({ id: w.monitor, body: { delay: 9 } }),
    remove: (c, w) => c.healthMonitors.remove({ id: w.monitor }),
    pools: (c, w) => c.healthMonitors.pools({ id: w.monitor }),
  },
  portGroups: {
    list: (c) => c.portGroups.list(),
    create: (c, w) => c.portGroups.create({ body: { name: 'new', tenantId: w.tenantId } }),
    get: (c, w) => c.portGroups.get({ id: w.portGroup }),
    update: (c, w) => c.portGroups.update({ id: w.portGroup, body: { name: 'changed' } }),
    remove: (c, w) => c.portGroups.remove({ id: w.portGroup }),
  },
  portGroupPorts: {
    list: (c, w) => c.portGroupPorts.list({ id: w.portGroup }),
    create: (c, w) => c.portGroupPorts.create({ id: w.portGroup, body: { portId: w.loose } }),
    get: (c, w) => c.portGroupPorts.get({ id: w.portGroup, portId: w.port }),
    remove: (c, w) => c.portGroupPorts.remove({ id: w.portGroup, portId: w.port }),
    ofPort: (c, w) => c.portGroupPorts.ofPort({ id: w.port }),
  },
  ipAddrGroups: {
    list: (c) => c.ipAddrGroups.list(),
    create: (c, w) => c.ipAddrGroups.create({ body: { name: 'new', tenantId: w.tenantId } }),
    get: (c, w) => c.ipAddrGroups.get({ id: w.ipGroup }),
    update: (c, w) => c.ipAddrGroups.update({ id: w.ipGroup, body: { name: 'changed' } }),
    remove: (c, w) => c.ipAddrGroups.remove({ id: w.ipGroup }),
  },
  ipAddrGroupAddrs: {
    list: (c, w) => c.ipAddrGroupAddrs.list({ id: w.ipGroup }),
    create: (c, w) => c.ipAddrGroupAddrs.create({ id: w.ipGroup, body: { addr: '2001:db8::5' } }),
    get: (c, w) => c.ipAddrGroupAddrs.get({ id: w.ipGroup, version: '4', addr: '192.0.2.1' }),
    remove: (c, w) => c.ipAddrGroupAddrs.remove({ id: w.ipGroup, version: '4', addr: '192.0.2.1' }),
  },
  macTable: {
    list: (c, w) => c.macTable.list({ id: w.bridge }),
    create: (c, w) => c.macTable.create({ id: w.bridge, body: { macAddr: FRESH, portId: w.port } }),
    get: (c, w) => c.macTable.get({ id: w.bridge, row: w.row }),
    remove: (c, w) => c.macTable.remove({ id: w.bridge, row: w.row }),
  },
  vlanMacTable: {
    list: (c, w) => c.vlanMacTable.list({ id: w.bridge, vlan: '7' }),
    create: (c, w) => c.vlanMacTable.create({ id: w.bridge, vlan: '7', body: { macAddr: FRESH, portId: w.port } }),
    get: (c, w) => c.vlanMacTable.get({ id: w.bridge, vlan: '7', row: w.row }),
    remove: (c, w) => c.vlanMacTable.remove({ id: w.bridge, vlan: '7', row: w.row }),
  },
  arpTable: {
    list: (c, w) => c.arpTable.list({ id: w.bridge }),
    create: (c, w) => c.arpTable.create({ id: w.bridge, body: { ip: '2001:db8::7', mac: FRESH } }),
    get: (c, w) => c.arpTable.get({ id: w.bridge, row: w.arp }),
    remove: (c, w) => c.arpTable.remove({ id: w.bridge, row: w.arp }),
  },
  dhcpSubnets: {
    list: (c, w) => c.dhcpSubnets.list({ id: w.bridge }),
    create: (c, w) => c.dhcpSubnets.create({ id: w.bridge, body: { subnetPrefix: '10.5.0.0', subnetLength: 24 } }),
    get: (c, w) => c.dhcpSubnets.get({ id: w.bridge, subnet: SUBNET }),
    update: (c, w) => c.dhcpSubnets.update({ id: w.bridge, subnet: SUBNET, body: { enabled: false } }),
    remove: (c, w) => c.dhcpSubnets.remove({ id: w.bridge, subnet: SUBNET }),
  },
  dhcpHosts: {
    list: (c, w) => c.dhcpHosts.list({ id: w.bridge, subnet: SUBNET }),
    create: (c, w) => {
      const body = { macAddr: FRESH, ipAddr: '10.0.0.7', name: 'x' };
      return c.dhcpHosts.create({ id: w.bridge, subnet: SUBNET, body });
    },
    get: (c, w) => c.dhcpHosts.get({ id: w.bridge, subnet: SUBNET, mac: MAC }),
    update: (c, w) => c.dhcpHosts.update({ id: w.bridge, subnet: SUBNET, mac: MAC, body: { ipAddr: '10.0.0.6' } }),
    remove: (c, w) => c.dhcpHosts.remove({ id: w.bridge, subnet: SUBNET, mac: MAC }),
  },
  dhcp6Subnets: {
    list: (c, w) => c.dhcp6Subnets.list({ id: w.bridge }),
    create: (c, w) => c.dhcp6Subnets.create({ id: w.bridge, body: { prefix: 'fd00:5::', prefixLength: 64 } }),
    get: (c, w) => c.dhcp6Subnets.get({ id: w.bridge, subnet: SUBNET6 }),
    update: (c, w) => c.dhcp6Subnets.update({ id: w.bridge, subnet: SUBNET6, body: { dnsServerAddrs: [] } }),
    remove: (c, w) => c.dhcp6Subnets.remove({ id: w.bridge, subnet: SUBNET6 }),
  },
  dhcp6Hosts: {
    list: (c, w) => c.dhcp6Hosts.list({ id: w.bridge, subnet: SUBNET6 }),
    create: (c, w) => {
      const body = { clientId: FRESH, fixedAddress: 'fd00::7' };
      return c.dhcp6Hosts.create({ id: w.bridge, subnet: SUBNET6, body });
    },
    get: (c, w) => c.dhcp6Hosts.get({ id: w.bridge, subnet: SUBNET6, client: MAC }),
    update: (c, w) =>
      c.dhcp6Hosts.update({ id: w.bridge, subnet: SUBNET6, client: MAC, body: { fixedAddress: 'fd00::6' } }),
    remove: (c, w) => c.dhcp6Hosts.remove({ id: w.bridge, subnet: SUBNET6, client: MAC }),
  },
  hosts: {
    list: (c) => c.hosts.list(),
    create: (c) => c.hosts.create({ body: { name: `h${randomUUID()}` } }),
    get: (c, w) => c.hosts.get({ id: w.host }),
    update: (c, w) => c.hosts.update({ id: w.host, body: { floodingProxyWeight: 3 } }),
    remove: (c, w) => c.hosts.remove({ id: w.host }),
  },
  hostInterfaces: {
    list: (c, w) => c.hostInterfaces.list({ id: w.host }),
    get: (c, w) => c.hostInterfaces.get({ id: w.host, name: 'eth0' }),
  },
  hostPorts: {
    list: (c, w) => c.hostPorts.list({ id: w.host }),
    create: (c, w) => c.hostPorts.create({ id: w.host, body: { portId: w.loose, interfaceName: 'tap9' } }),
    get: (c, w) => c.hostPorts.get({ id: w.host, portId: w.port }),
    remove: (c, w) => c.hostPorts.remove({ id: w.host, portId: w.port }),
  },
  meters: { list: (c) => c.meters.list() },
  natPools: { list: (c) => c.natPools.list() },
  drops: { list: (c) => c.drops.list() },
  ...NEUTRON_CALLS,
  confSchemas: { get: (c) => c.confSchemas.get() },
  confRuntime: { get: (c, w) => c.confRuntime.get({ id: w.host }) },
  confNodes: {
    list: (c) => c.confNodes.list(),
    get: (c, w) => c.confNodes.get({ id: w.host }),
    merge: (c, w) => c.confNodes.merge({ id: w.host, body: 'agent.loggers.root : WARN' }),
    remove: (c, w) => c.confNodes.remove({ id: w.host }),
  },
  confTemplates: {
    list: (c) => c.confTemplates.list(),
    get: (c) => c.confTemplates.get({ name: 'edge' }),
    merge: (c) => c.confTemplates.merge({ name: 'edge', body: 'agent.loggers.root : WARN' }),
    remove: (c) => c.confTemplates.remove({ name: 'edge' }),
  },
  confTemplateMappings: {
    list: (c) => c.confTemplateMappings.list(),
    get: (c, w) => c.confTemplateMappings.get({ id: w.host }),
    merge: (c, w) => c.confTemplateMappings.merge({ id: w.host, body: `${w.host} : edge` }),
    remove: (c, w) => c.confTemplateMappings.remove({ id: w.host }),
  },
  tunnelZones: {
    list: (c) => c.tunnelZones.list(),
    create: (c) => c.tunnelZones.create({ body: { name: randomUUID() } }),
    get: (c, w) => c.tunnelZones.get({ id: w.zone }),
    update: (c, w) => c.tunnelZones.update({ id: w.zone, body: { name: randomUUID() } }),
    remove: (c, w) => c.tunnelZones.remove({ id: w.zone }),
  },
  tunnelZoneHosts: {
    list: (c, w) => c.tunnelZoneHosts.list({ id: w.zone }),
    create: (c, w) => c.tunnelZoneHosts.create({ id: w.zone, body: { hostId: w.host, ipAddress: '192.0.2.3' } }),
    get: (c, w) => c.tunnelZoneHosts.get({ id: w.zone, hostId: w.host }),
    update: (c, w) => c.tunnelZoneHosts.update({ id: w.zone, hostId: w.host, body: { ipAddress: '192.0.2.4' } }),
    remove: (c, w) => c.tunnelZoneHosts.remove({ id: w.zone, hostId: w.host }),
  },
};
