import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { ApiError } from '@midonet/contract';
import { arpRequest, udpFrame, type Station } from '@midonet/simulation/testing';
import { startHarness, type Harness } from '../../testing/harness.ts';

const WEB = { mac: 'fa:16:3e:00:01:05', ip: '10.1.0.5', ip6: 'fd00:1::5' };
const DB = { mac: 'fa:16:3e:00:02:05', ip: '10.2.0.5', ip6: 'fd00:2::5' };
const GATEWAYS = ['fa:16:3e:00:01:01', 'fa:16:3e:00:02:01'] as const;

/** web (10.1.0.0/24) and db (10.2.0.0/24) with a machine each, behind one router; the machines run on a host. */
async function twoNetworks(h: Harness) {
  const { client, store } = h;
  const host = await client.hosts.create({ body: { name: 'compute' } });
  const lease = await store.grantLease(600_000);
  const share = async (key: string, row: object): Promise<void> => {
    const write = { kind: 'put', key, value: JSON.stringify(row), lease } as const;
    await store.commit({ author: { user: 't' }, conditions: [], writes: [write] });
  };
  const router = (await client.neutronRouters.create({ body: { name: 'r' } })).id;
  const side = async (n: number, { mac, ip }: Station) => {
    const network_id = (await client.neutronNetworks.create({ body: { name: `n${n}` } })).id;
    const addresses = { cidr: `10.${n}.0.0/24`, gateway_ip: `10.${n}.0.1` };
    const subnet_id = (await client.neutronSubnets.create({ body: { network_id, ...addresses } })).id;
    const at = (ip_address: string, mac_address: string) => ({ fixed_ips: [{ subnet_id, ip_address }], mac_address });
    const bound = { 'binding:host_id': 'compute', 'binding:profile': { interface_name: `tap${n}` } };
    const machine = { device_owner: 'compute:nova', port_security_enabled: false, ...bound };
    const vm = (await client.neutronPorts.create({ body: { network_id, ...at(ip, mac), ...machine } })).id;
    const gateway = at(`10.${n}.0.1`, GATEWAYS[n - 1] ?? '');
    const interfaces = { device_owner: 'network:router_interface', device_id: router };
    const leg = (await client.neutronPorts.create({ body: { network_id, ...gateway, ...interfaces } })).id;
    await client.neutronRouters.addInterface({ id: router, body: { port_id: leg } });
    const portId = (await client.ports.get({ id: leg })).peerId ?? '';
    await share(`portActive/${vm}`, { kind: 'portActive', portId: vm, hostId: host.id, tunnelKey: n });
    await share(`neighbour/${router}/${portId}/${ip}`, { kind: 'neighbour', routerId: router, portId, ip, mac });
    return { network: network_id, vm };
  };
  const isUp = (portId: string) =>
    share(`portActive/${portId}`, { kind: 'portActive', portId, hostId: host.id, tunnelKey: 9 });
  return { router, web: await side(1, WEB), db: await side(2, DB), isUp };
}

function asked({ client }: Harness, portId: string, frame: Uint8Array) {
  return client.simulation.run({ body: { portId, frame: Buffer.from(frame).toString('hex') } });
}

/** What there is, but what was done and what is counted. */
async function everything({ store }: Harness): Promise<string[]> {
  const keys = (await store.list('')).entries.map(({ key }) => key);
  return keys.filter((key) => !key.startsWith('audit')).sort();
}

const refusing =
  (status: number, property: string) =>
  (error: unknown): boolean =>
    error instanceof ApiError &&
    error.status === status &&
    error.failure.kind === 'refused' &&
    error.failure.violations.some((one) => one.property === property);

test('packets meet a firewall of Neutron, as it comes, changes, goes from its routers and comes back', async () => {
  await using h = await startHarness();
  const { client } = h;
  const { router, web, db } = await twoNetworks(h);
  const before = await everything(h);
  const meets = async (port: number): Promise<string> => {
    const frame = udpFrame(WEB, GATEWAYS[0], DB.ip, { ports: [40000, port] });
    const { verdict, reason, egressPorts } = await asked(h, web.vm, frame);
    if (verdict === 'forward') assert.deepEqual(egressPorts, [db.vm]);
    return reason ?? verdict;
  };
  assert.equal(await meets(53), 'forward');
  const id = randomUUID();
  const rule = (position: number, action: string, destination_port?: string) => ({
    ...{
      id: randomUUID(),
      name: `r${position}`,
      ip_version: 4 as const,
      protocol: 'udp',
      enabled: true,
      shared: false,
    },
    ...{ position, action, destination_port, source_ip_address: '10.1.0.0/24' },
  });
  const [dns, ranged] = [rule(1, 'allow', '53'), rule(2, 'allow', '8000:8100')];
  const firewall_rule_list = [ranged, dns];
  const firewall = { id, name: 'f', admin_state_up: true, firewall_rule_list, 'add-router-ids': [router] };
  await client.neutronFirewalls.create({ body: firewall });
  const chain = (await client.routers.get({ id: router })).forwardChainId;
  assert.deepEqual([await meets(53), await meets(8050), await meets(54)], ['forward', 'forward', 'chainDrop']);
  const update = (body: object) => client.neutronFirewalls.update({ id, body });
  await update({ firewall_rule_list: [{ ...dns, action: 'deny' }, { ...ranged, enabled: false }, rule(3, 'allow')] });
  assert.deepEqual([await meets(53), await meets(8050), await meets(54)], ['chainDrop', 'forward', 'forward']);
  await update({ admin_state_up: false });
  assert.equal(await meets(54), 'chainDrop');
  await update({ admin_state_up: true });
  assert.equal(await meets(54), 'forward');
  const other = (await client.neutronRouters.create({ body: { name: 'other' } })).id;
  await update({ 'add-router-ids': [other], 'del-router-ids': [router] });
  assert.equal(await meets(53), 'forward');
  assert.equal((await client.routers.get({ id: other })).forwardChainId, chain);
  const more = { id: randomUUID(), 'add-router-ids': [other] };
  await assert.rejects(client.neutronFirewalls.create({ body: more }), refusing(400, 'add-router-ids.0'));
  await client.neutronRouters.remove({ id: other });
  await update({ 'add-router-ids': [], 'last-router': true });
  await client.neutronFirewalls.remove({ id });
  assert.deepEqual(await everything(h), before);
  // Neutron puts what gets its first router again.
  await update({ ...firewall, firewall_rule_list: [] });
  assert.equal(await meets(53), 'chainDrop');
  await client.neutronFirewalls.remove({ id });
  assert.deepEqual(await everything(h), before);
  assert.equal(await meets(53), 'forward');
});

test('a log of a firewall comes with its resource, follows the firewall, and takes the resource with it', async () => {
  await using h = await startHarness();
  const { client } = h;
  const router = (await client.neutronRouters.create({ body: { name: 'r' } })).id;
  const before = await everything(h);
  const [firewall_id, resource, log, second] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
  const logging_resource = { id: resource, name: 'audit', tenant_id: 'acme', enabled: true };
  const body = { id: log, firewall_id, fw_event: 'ALL', logging_resource_id: resource, logging_resource };
  assert.equal((await client.neutronLoggingResources.update({ id: resource, body: logging_resource })).id, resource);
  assert.deepEqual(await everything(h), before, 'one that no log uses is nobody');
  await assert.rejects(client.neutronFirewallLogs.create({ body }), refusing(400, 'firewall_id'));
  await client.neutronFirewalls.create({ body: { id: firewall_id, 'add-router-ids': [router] } });
  const chainId = (await client.routers.get({ id: router })).forwardChainId;
  await client.neutronFirewallLogs.create({ body });
  assert.deepEqual((await client.loggingResources.get({ id: resource })).ruleLoggerIds, [log]);
  const logger = async () => {
    const { event, chainId: of } = await client.ruleLoggers.get({ id: log });
    return [event, of];
  };
  assert.deepEqual(await logger(), ['ALL', chainId]);
  await client.neutronFirewallLogs.update({ id: log, body: { ...body, fw_event: 'DROP', firewall_id: randomUUID() } });
  assert.deepEqual(await logger(), ['DROP', chainId]);
  await client.neutronLoggingResources.update({ id: resource, body: { ...logging_resource, enabled: false } });
  assert.equal((await client.loggingResources.get({ id: resource })).enabled, false);
  // Without a router the firewall is nothing, and back it is logged again.
  await client.neutronFirewalls.update({ id: firewall_id, body: { 'last-router': true } });
  assert.deepEqual(await client.ruleLoggers.list(), []);
  await client.neutronFirewalls.update({ id: firewall_id, body: { 'add-router-ids': [router] } });
  assert.deepEqual(await logger(), ['DROP', chainId]);
  await client.neutronFirewallLogs.create({ body: { ...body, id: second } });
  await client.neutronFirewallLogs.remove({ id: log });
  assert.deepEqual((await client.loggingResources.get({ id: resource })).ruleLoggerIds, [second]);
  await client.neutronFirewallLogs.remove({ id: second });
  assert.deepEqual(await client.loggingResources.list(), []);
  await client.neutronLoggingResources.remove({ id: resource });
  await client.neutronFirewallLogs.create({ body });
  await client.neutronFirewalls.remove({ id: firewall_id });
  assert.deepEqual(await everything(h), before, 'a firewall takes its logs with it');
  await client.neutronFirewalls.create({ body: { id: firewall_id, 'add-router-ids': [router] } });
  for (const id of [log, second]) await client.neutronFirewallLogs.create({ body: { ...body, id } });
  await client.neutronLoggingResources.remove({ id: resource });
  assert.deepEqual(await client.ruleLoggers.list(), [], 'and so does a resource');
});

test("a tap's service gets copies of what its flows are about", async () => {
  await using h = await startHarness();
  const { client } = h;
  const { web, db, isUp } = await twoNetworks(h);
  const body = { network_id: web.network, mac_address: 'fa:16:3e:00:01:99' };
  const bound = { 'binding:host_id': 'compute', 'binding:profile': { interface_name: 'tap9' } };
  const before = await everything(h);
  const analyser = (await client.neutronPorts.create({ body: { ...body, ...bound } })).id;
  await isUp(analyser);
  const copies = async (): Promise<readonly boolean[]> => {
    const [to, from] = [
      await asked(h, web.vm, udpFrame(WEB, GATEWAYS[0], DB.ip)),
      await asked(h, db.vm, udpFrame(DB, GATEWAYS[1], WEB.ip)),
    ];
    return [to, from].map(({ copyPorts }) => copyPorts.includes(analyser));
  };
  const [service, flow] = [randomUUID(), randomUUID()];
  await client.neutronTapServices.create({ body: { id: service, name: 's', port_id: analyser } });
  assert.equal((await client.mirrors.get({ id: service })).toPortId, analyser);
  assert.deepEqual(await copies(), [false, false]);
  const tapped = { id: flow, tap_service_id: service, source_port: db.vm, direction: 'IN' };
  await client.neutronTapFlows.create({ body: tapped });
  assert.deepEqual(await copies(), [true, false]);
  await client.neutronTapFlows.update({ id: flow, body: { direction: 'OUT' } });
  assert.deepEqual(await copies(), [false, true]);
  await client.neutronTapFlows.update({ id: flow, body: { direction: 'BOTH' } });
  assert.deepEqual(await copies(), [true, true]);
  await client.neutronTapServices.update({ id: service, body: { name: 'renamed' } });
  assert.equal((await client.mirrors.get({ id: service })).name, 'renamed');
  await client.neutronTapFlows.remove({ id: flow });
  assert.deepEqual(await copies(), [false, false]);
  await client.neutronTapFlows.create({ body: tapped });
  // Its port goes first: nothing is copied, and what is told of later finds nothing to do.
  await client.neutronPorts.remove({ id: analyser });
  assert.deepEqual(await client.mirrors.list(), []);
  assert.deepEqual((await client.ports.get({ id: db.vm })).preOutFilterMirrorIds, []);
  await client.neutronTapServices.remove({ id: service });
  await client.neutronTapFlows.remove({ id: flow });
  assert.deepEqual(await everything(h), before);
});

test('an L2 gateway puts a network into a VLAN of another; hardware VTEPs are refused', async () => {
  await using h = await startHarness();
  const { client } = h;
  const { web, isUp } = await twoNetworks(h);
  const before = await everything(h);
  const trunk = (await client.neutronNetworks.create({ body: { name: 'trunk' } })).id;
  const [device_id, id] = [randomUUID(), randomUUID()];
  for (const [type, status] of [
    ['hw_vtep', 400],
    ['router_vtep', 501],
  ] as const) {
    const body = { type, resource_id: randomUUID(), tunnel_ips: ['192.0.2.50'] };
    await assert.rejects(client.neutronGatewayDevices.create({ body }), refusing(status, 'type'));
  }
  await client.neutronGatewayDevices.create({ body: { id: device_id, type: 'network_vlan', resource_id: trunk } });
  const l2_gateway = { devices: [{ device_id, segmentation_id: 100 }] };
  await client.neutronL2GatewayConnections.create({ body: { id, network_id: web.network, l2_gateway } });
  const tagged = async () => (await client.bridges.ports({ id: trunk })).find(({ vlanId }) => vlanId !== null);
  const { vlanId, peerId } = (await tagged()) ?? {};
  assert.equal(vlanId, 100);
  assert.equal((await client.ports.get({ id: peerId ?? '' })).deviceId, web.network);
  // A port of the trunk, where frames have tags.
  const bound = { 'binding:host_id': 'compute', 'binding:profile': { interface_name: 'trunk0' } };
  const uplink = { network_id: trunk, mac_address: 'fa:16:3e:00:03:01', port_security_enabled: false, ...bound };
  const { id: far } = await client.neutronPorts.create({ body: uplink });
  await isUp(far);
  const { egressPorts, actions } = await asked(h, web.vm, arpRequest(WEB, '10.1.0.77'));
  assert.deepEqual(egressPorts, [far]);
  assert.match(actions.join(), /vlan.*100/i);
  await client.neutronL2GatewayConnections.update({ id, body: { segmentation_id: 200 } });
  const after = await tagged();
  assert.deepEqual([after?.vlanId, after?.peerId], [200, peerId]);
  await assert.rejects(client.neutronGatewayDevices.remove({ id: device_id }), /409|in use/);
  const another = { network_id: trunk };
  await assert.rejects(client.neutronL2GatewayConnections.update({ id, body: another }), refusing(400, 'network_id'));
  const moved = { resource_id: web.network };
  await assert.rejects(
    client.neutronGatewayDevices.update({ id: device_id, body: moved }),
    refusing(400, 'resource_id'),
  );
  await client.neutronL2GatewayConnections.remove({ id });
  await client.neutronGatewayDevices.remove({ id: device_id });
  await client.neutronNetworks.remove({ id: trunk });
  assert.deepEqual(await everything(h), before);
});
