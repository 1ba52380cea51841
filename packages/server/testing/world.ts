import type { Client } from '@midonet/contract';
import { randomUUID } from 'node:crypto';
import { ghostNeutron, type NeutronWorld } from './neutron-world.ts';

/** One of everything that a tenant can own, and what of the provider's touches it. */
export type World = NeutronWorld & {
  readonly tenantId: string;
  readonly bridge: string;
  readonly router: string;
  readonly port: string;
  readonly routerPort: string;
  readonly loose: string;
  readonly service: string;
  readonly insertion: string;
  readonly trace: string;
  readonly logging: string;
  readonly logger: string;
  readonly route: string;
  readonly chain: string;
  readonly rule: string;
  readonly qosPolicy: string;
  readonly mirror: string;
  readonly emptyPolicy: string;
  readonly limit: string;
  readonly mark: string;
  readonly balancer: string;
  readonly pool: string;
  readonly member: string;
  readonly vip: string;
  readonly monitor: string;
  readonly portGroup: string;
  readonly ipGroup: string;
  readonly row: string;
  readonly arp: string;
  readonly user: string;
  readonly token: string;
  readonly host: string;
  readonly zone: string;
  readonly enrolment: string;
};

export const SUBNET = '10.0.0.0_24';
export const SUBNET6 = 'fd00::_64';
export const MAC = '02:00:00:00:00:01';

let made = 0;

/** Made by an admin for a tenant: `port` is bound to `host`, `loose` and `routerPort` are free. */
export async function makeWorld(admin: Client, tenantId: string): Promise<World> {
  const n = ++made;
  const bridge = await admin.bridges.create({ body: { tenantId, name: 'b' } });
  const router = await admin.routers.create({ body: { tenantId, name: 'r' } });
  const id = bridge.id;
  const port = await admin.bridges.createPort({ id, body: { vifId: 'web' } });
  const loose = await admin.bridges.createPort({ id, body: {} });
  const service = await admin.bridges.createPort({ id, body: {} });
  const inspected = { portId: port.id, srvPortId: service.id, mac: MAC, vlan: 10 };
  const insertion = await admin.l2Insertions.create({ body: inspected });
  const trace = await admin.traceRequests.create({ body: { deviceType: 'PORT', deviceId: port.id } });
  const routerPort = await admin.routers.createPort({ id: router.id, body: { portSubnet: ['10.0.0.1/24'] } });
  const hop = { dstNetworkAddr: '10.9.0.0', dstNetworkLength: 16, nextHopPort: routerPort.id };
  const route = await admin.routers.createRoute({ id: router.id, body: hop });
  const chain = await admin.chains.create({ body: { tenantId, name: 'c' } });
  const rule = await admin.chains.createRule({ id: chain.id, body: { type: 'drop' } });
  const logging = await admin.loggingResources.create({ body: { tenantId, name: 'l' } });
  const logger = await admin.ruleLoggers.create({ body: { loggingResourceId: logging.id, chainId: chain.id } });
  const qosPolicy = await admin.qosPolicies.create({ body: { tenantId, name: 'q' } });
  const emptyPolicy = await admin.qosPolicies.create({ body: { tenantId, name: 'e' } });
  const slow = { direction: 'egress', maxKbps: 1000 } as const;
  const limit = await admin.qosPolicies.createBwLimitRule({ id: qosPolicy.id, body: slow });
  const mark = await admin.qosPolicies.createDscpRule({ id: qosPolicy.id, body: { dscpMark: 10 } });
  const mirror = await admin.mirrors.create({ body: { name: 'm', toPortId: loose.id, conditions: [{}] } });
  await admin.ports.update({ id: port.id, body: { inboundMirrorIds: [mirror.id] } });
  const balancer = await admin.loadBalancers.create({ body: { tenantId } });
  await admin.routers.update({ id: router.id, body: { loadBalancerId: balancer.id } });
  const monitor = await admin.healthMonitors.create({ body: { tenantId, name: 'hm' } });
  const checked = { name: 'p', healthMonitorId: monitor.id };
  const pool = await admin.loadBalancers.createPool({ id: balancer.id, body: checked });
  const member = await admin.pools.createMember({ id: pool.id, body: { address: '10.0.0.41', protocolPort: 80 } });
  const vip = await admin.pools.createVip({ id: pool.id, body: { address: '10.0.0.42', protocolPort: 80 } });
  const portGroup = await admin.portGroups.create({ body: { tenantId, name: 'pg' } });
  await admin.portGroupPorts.create({ id: portGroup.id, body: { portId: port.id } });
  const ipGroup = await admin.ipAddrGroups.create({ body: { tenantId, name: 'ig' } });
  await admin.ipAddrGroupAddrs.create({ id: ipGroup.id, body: { addr: '192.0.2.1' } });
  await admin.macTable.create({ id, body: { macAddr: MAC, portId: port.id } });
  await admin.vlanMacTable.create({ id, vlan: '7', body: { macAddr: MAC, portId: port.id } });
  await admin.arpTable.create({ id, body: { ip: '10.0.0.9', mac: MAC } });
  await admin.dhcpSubnets.create({ id, body: { subnetPrefix: '10.0.0.0', subnetLength: 24 } });
  await admin.dhcp6Subnets.create({ id, body: { prefix: 'fd00::', prefixLength: 64 } });
  await admin.dhcp6Hosts.create({ id, subnet: SUBNET6, body: { clientId: MAC, fixedAddress: 'fd00::5' } });
  await admin.dhcpHosts.create({ id, subnet: SUBNET, body: { macAddr: MAC, ipAddr: '10.0.0.5', name: 'vm' } });
  const user = `user${n}`;
  await admin.users.create({ body: { name: user, password: 'long enough', role: 'member', tenantId } });
  const token = await admin.apiTokens.create({ body: { user } });
  const host = await admin.hosts.create({ body: { name: `hv${n}` } });
  await admin.hostPorts.create({ id: host.id, body: { portId: port.id, interfaceName: 'tap0' } });
  const zone = await admin.tunnelZones.create({ body: { name: `zone${n}` } });
  await admin.tunnelZoneHosts.create({ id: zone.id, body: { hostId: host.id, ipAddress: '192.0.2.9' } });
  const enrolment = await admin.enrolments.create({ body: { name: `hv${n}` } });
  return {
    tenantId,
    bridge: id,
    router: router.id,
    port: port.id,
    routerPort: routerPort.id,
    loose: loose.id,
    service: service.id,
    insertion: insertion.id,
    trace: trace.id,
    logging: logging.id,
    logger: logger.id,
    route: route.id,
    chain: chain.id,
    rule: rule.id,
    qosPolicy: qosPolicy.id,
    mirror: mirror.id,
    emptyPolicy: emptyPolicy.id,
    limit: limit.id,
    mark: mark.id,
    balancer: balancer.id,
    pool: pool.id,
    member: member.id,
    vip: vip.id,
    monitor: monitor.id,
    portGroup: portGroup.id,
    ipGroup: ipGroup.id,
    row: `02-00-00-00-00-01_${port.id}`,
    arp: '10.0.0.9_02-00-00-00-00-01',
    user,
    token: token.id,
    host: host.id,
    zone: zone.id,
    enrolment: enrolment.id,
    // Its own tests make it: it doubles what there is.
    ...ghostNeutron(),
  };
}

/** The same where nothing is: what is asked of another tenant must be answered as is asked of this. */
export function ghostWorld(): World {
  const port = randomUUID();
  return {
    tenantId: `ghost-${randomUUID()}`,
    bridge: randomUUID(),
    router: randomUUID(),
    port,
    routerPort: randomUUID(),
    loose: randomUUID(),
    service: randomUUID(),
    insertion: randomUUID(),
    trace: randomUUID(),
    logging: randomUUID(),
    logger: randomUUID(),
    route: randomUUID(),
    chain: randomUUID(),
    rule: randomUUID(),
    qosPolicy: randomUUID(),
    mirror: randomUUID(),
    emptyPolicy: randomUUID(),
    limit: randomUUID(),
    mark: randomUUID(),
    balancer: randomUUID(),
    pool: randomUUID(),
    member: randomUUID(),
    vip: randomUUID(),
    monitor: randomUUID(),
    portGroup: randomUUID(),
    ipGroup: randomUUID(),
    row: `02-00-00-00-00-01_${port}`,
    arp: '10.0.0.9_02-00-00-00-00-01',
    user: `ghost-${port.slice(0, 8)}`,
    token: port.replaceAll('-', '').slice(0, 16),
    host: randomUUID(),
    zone: randomUUID(),
    enrolment: randomUUID().replaceAll('-', '').slice(0, 16),
    ...ghostNeutron(),
  };
}
