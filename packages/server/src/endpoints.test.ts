import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allEndpoints, ApiError } from '@midonet/contract';
import { accessSteps } from '../testing/access-steps.ts';
import { balancerSteps } from '../testing/balancer-steps.ts';
import { filterSteps } from '../testing/filter-steps.ts';
import { mirrorSteps } from '../testing/mirror-steps.ts';
import { insertionSteps } from '../testing/insertion-steps.ts';
import { confSteps } from '../testing/conf-steps.ts';
import { neutronSteps } from '../testing/neutron-steps.ts';
import { loggerSteps } from '../testing/logger-steps.ts';
import { traceSteps } from '../testing/trace-steps.ts';
import { qosSteps } from '../testing/qos-steps.ts';
import { startHarness, type Harness } from '../testing/harness.ts';

/** Every endpoint of the contract, driven by the real client against the real server. */
test('every endpoint answers what its definition says', { timeout: 60_000 }, async () => {
  await using h = await startHarness();
  const done = new Set<string>();
  const step = async (name: string, run: () => Promise<unknown>): Promise<void> => {
    await run().catch((error: unknown) => assert.fail(`${name}: ${String(error)}`));
    done.add(name);
  };
  await serviceSteps(h, step);
  await accessSteps(h, step);
  const made = await deviceSteps(h, step);
  await filterSteps(h, step, made);
  await balancerSteps(h, step, made);
  await qosSteps(h, step, made);
  await mirrorSteps(h, step, made);
  await insertionSteps(h, step, made);
  await traceSteps(h, step, made);
  await loggerSteps(h, step);
  await confSteps(h, step);
  await neutronSteps(h, step);
  await tableSteps(h, step, made);
  await dhcp6Steps(h, step, made.bridgeId);
  await hostSteps(h, step, made);
  await step('simulation.run', async () => {
    const frame = 'ffffffffffff 020000000001 0806 0001080006040001 020000000001 0a000002 000000000000 0a000001';
    const outcome = await h.client.simulation.run({ body: { portId: made.portId, frame } });
    assert.ok(outcome.trace.length > 0);
    assert.ok(outcome.loaded >= 1);
  });
  await step('history.list', async () => {
    const told = await h.client.history.list({ query: { object: `bridge/${made.bridgeId}` } });
    assert.equal(told.at(-1)?.op, 'create');
  });
  await step('restore.run', async () => {
    const at = new Date().toISOString();
    const { changes } = await h.client.restore.run({ body: { object: `bridge/${made.bridgeId}`, at } });
    assert.deepEqual(changes, []);
  });
  await step('batch.run', async () => {
    const operations = [{ method: 'PUT', path: `/ports/${made.portId}`, body: { vifId: 'v' } } as const];
    assert.equal((await h.client.batch.run({ body: { operations } })).results[0]?.status, 200);
  });
  await step('ports.remove', () => h.client.ports.remove({ id: made.portId }));
  await step('bridges.remove', () => h.client.bridges.remove({ id: made.bridgeId }));
  await step('routers.remove', () => h.client.routers.remove({ id: made.routerId }));
  const all = allEndpoints().map(({ group, operation }) => `${group}.${operation}`);
  assert.deepEqual(
    all.filter((name) => !done.has(name)),
    [],
  );
});

type Step = (name: string, run: () => Promise<unknown>) => Promise<void>;
type Made = { readonly bridgeId: string; readonly routerId: string; readonly portId: string };

async function serviceSteps({ client, controller }: Harness, step: Step): Promise<void> {
  await step('application.get', async () => {
    const { uri } = await client.application.get();
    assert.equal(uri, controller.url);
  });
  await step('systemState.get', () => client.systemState.get());
  await step('drops.list', async () => assert.deepEqual(await client.drops.list(), []));
  await step('meters.list', async () => assert.deepEqual(await client.meters.list(), []));
  await step('natPools.list', async () => assert.deepEqual(await client.natPools.list(), []));
  await step('login.create', async () => {
    const authorization = `Basic ${btoa('admin:a-token-for-tests')}`;
    const { key } = await client.login.create({ headers: { authorization } });
    assert.match(key, /^s1\./);
  });
}

async function deviceSteps({ client }: Harness, step: Step): Promise<Made> {
  const bridge = await client.bridges.create({ body: { name: 'b', tenantId: 'acme' } });
  const router = await client.routers.create({ body: { name: 'r', tenantId: 'acme', asNumber: 65000 } });
  const port = await client.bridges.createPort({ id: bridge.id, body: {} });
  const far = await client.routers.createPort({ id: router.id, body: { portSubnet: ['10.0.0.1/24'] } });
  for (const name of ['bridges.create', 'routers.create', 'bridges.createPort', 'routers.createPort']) {
    await step(name, () => Promise.resolve());
  }
  const id = bridge.id;
  await step('tenants.list', async () => assert.equal((await client.tenants.list()).length, 1));
  await step('tenants.get', () => client.tenants.get({ id: 'acme' }));
  await step('bridges.list', async () => assert.equal((await client.bridges.list({ query: { name: 'b' } })).length, 1));
  await step('bridges.get', async () => assert.deepEqual(await client.bridges.get({ id }), bridge));
  await step('bridges.update', async () => {
    assert.equal((await client.bridges.update({ id, body: { name: 'b2' } })).name, 'b2');
  });
  await step('bridges.ports', async () => assert.deepEqual(await client.bridges.ports({ id }), [port]));
  await step('routers.list', async () => assert.equal((await client.routers.list()).length, 1));
  await step('routers.get', async () => {
    const { portIds, routeIds } = await client.routers.get({ id: router.id });
    assert.deepEqual([portIds, routeIds.length], [[far.id], 1]);
  });
  await step('routers.update', async () => {
    const updated = await client.routers.update({ id: router.id, body: { ...router, asNumber: null } });
    assert.equal(updated.asNumber, null);
  });
  await step('routers.ports', async () => assert.equal((await client.routers.ports({ id: router.id })).length, 1));
  await step('ports.link', () => client.ports.link({ id: port.id, body: { peerId: far.id } }));
  await step('ports.showLink', async () => {
    assert.equal((await client.ports.showLink({ id: far.id })).peerId, port.id);
  });
  await step('bridges.peerPorts', async () => assert.equal((await client.bridges.peerPorts({ id }))[0]?.id, far.id));
  await step('routers.peerPorts', async () => {
    assert.equal((await client.routers.peerPorts({ id: router.id }))[0]?.id, port.id);
  });
  const body = { dstNetworkAddr: '10.0.0.0', dstNetworkLength: 24, nextHopPort: far.id, weight: 5 };
  const route = await client.routers.createRoute({ id: router.id, body });
  await step('routers.createRoute', () => Promise.resolve(assert.equal(route.type, 'Normal')));
  await step('routers.routes', async () => assert.equal((await client.routers.routes({ id: router.id })).length, 2));
  await step('routes.get', async () => assert.deepEqual(await client.routes.get({ id: route.id }), route));
  await step('routes.remove', () => client.routes.remove({ id: route.id }));
  await step('ports.list', async () => assert.equal((await client.ports.list()).length, 2));
  await step('ports.get', () => client.ports.get({ id: port.id }));
  await step('ports.update', () => client.ports.update({ id: port.id, body: { adminStateUp: true } }));
  await step('ports.unlink', () => client.ports.unlink({ id: port.id }));
  return { bridgeId: bridge.id, routerId: router.id, portId: port.id };
}

async function tableSteps({ client }: Harness, step: Step, { bridgeId: id, portId }: Made): Promise<void> {
  const row = '02-00-00-00-00-01_' + portId;
  const body = { macAddr: '02:00:00:00:00:01', portId };
  await step('macTable.create', () => client.macTable.create({ id, body }));
  await step('macTable.list', async () => assert.equal((await client.macTable.list({ id }))[0]?.learned, false));
  await step('macTable.get', () => client.macTable.get({ id, row }));
  await step('macTable.remove', () => client.macTable.remove({ id, row }));
  const vlan = '7';
  await step('vlanMacTable.create', async () => {
    assert.equal((await client.vlanMacTable.create({ id, vlan, body })).vlanId, 7);
  });
  await step('vlanMacTable.list', async () => assert.equal((await client.vlanMacTable.list({ id, vlan })).length, 1));
  await step('vlanMacTable.get', () => client.vlanMacTable.get({ id, vlan, row }));
  await step('vlanMacTable.remove', () => client.vlanMacTable.remove({ id, vlan, row }));
  for (const ip of ['10.0.0.9', '2001:db8::9']) {
    const arp = `${ip}_02-00-00-00-00-09`;
    await step('arpTable.create', () => client.arpTable.create({ id, body: { ip, mac: '02:00:00:00:00:09' } }));
    await step('arpTable.list', async () => assert.equal((await client.arpTable.list({ id })).length, 1));
    await step('arpTable.get', () => client.arpTable.get({ id, row: arp }));
    await step('arpTable.remove', () => client.arpTable.remove({ id, row: arp }));
  }
  const subnet = '10.0.0.0_24';
  const opt121Routes = [{ destinationPrefix: '10.9.0.0', destinationLength: 16, gatewayAddr: '10.0.0.1' }];
  await step('dhcpSubnets.create', () =>
    client.dhcpSubnets.create({
      id,
      body: {
        subnetPrefix: '10.0.0.0',
        subnetLength: 24,
        defaultGateway: '10.0.0.1',
        opt121Routes,
        interfaceMTU: 1400,
      },
    }),
  );
  await step('dhcpSubnets.list', async () => {
    assert.match((await client.dhcpSubnets.list({ id }))[0]?.uri ?? '', /\/dhcp\/10\.0\.0\.0_24$/);
  });
  await step('dhcpSubnets.get', async () => {
    assert.deepEqual((await client.dhcpSubnets.get({ id, subnet })).opt121Routes, opt121Routes);
  });
  await step('dhcpSubnets.update', async () => {
    const updated = await client.dhcpSubnets.update({ id, subnet, body: { dnsServerAddrs: ['10.0.0.53'] } });
    assert.deepEqual([updated.defaultGateway, updated.dnsServerAddrs], ['10.0.0.1', ['10.0.0.53']]);
  });
  const mac = '02-00-00-00-00-05';
  const host = {
    macAddr: '02:00:00:00:00:05',
    ipAddr: '10.0.0.5',
    name: 'vm',
    extraDhcpOpts: [{ optName: '26', optValue: '1300' }],
  };
  await step('dhcpHosts.create', () => client.dhcpHosts.create({ id, subnet, body: host }));
  await step('dhcpHosts.list', async () => assert.equal((await client.dhcpHosts.list({ id, subnet })).length, 1));
  await step('dhcpHosts.get', async () => {
    const { uri, ...rest } = await client.dhcpHosts.get({ id, subnet, mac });
    assert.deepEqual(rest, host);
    assert.ok(uri.endsWith(mac));
  });
  await step('dhcpHosts.update', () => client.dhcpHosts.update({ id, subnet, mac, body: { ipAddr: '10.0.0.6' } }));
  await step('dhcpHosts.remove', () => client.dhcpHosts.remove({ id, subnet, mac }));
  await step('dhcpSubnets.remove', () => client.dhcpSubnets.remove({ id, subnet }));
}

async function dhcp6Steps({ client }: Harness, step: Step, id: string): Promise<void> {
  const subnet = '2001:db8::_64';
  await step('dhcp6Subnets.create', () =>
    client.dhcp6Subnets.create({ id, body: { prefix: '2001:db8::1', prefixLength: 64 } }),
  );
  await step('dhcp6Subnets.list', async () => {
    assert.match((await client.dhcp6Subnets.list({ id }))[0]?.uri ?? '', /\/dhcpV6\/2001:db8::_64$/);
  });
  await step('dhcp6Subnets.update', async () => {
    const updated = await client.dhcp6Subnets.update({ id, subnet, body: { dnsServerAddrs: ['2001:db8::53'] } });
    assert.deepEqual([updated.prefix, updated.dnsServerAddrs], ['2001:db8::', ['2001:db8::53']]);
  });
  await step('dhcp6Subnets.get', () => client.dhcp6Subnets.get({ id, subnet }));
  const clientId = '00:03:00:01:02:00:00:00:00:05';
  const at = { id, subnet, client: clientId.replaceAll(':', '-') };
  const body = { clientId, fixedAddress: '2001:db8::5', name: 'vm' };
  await step('dhcp6Hosts.create', () => client.dhcp6Hosts.create({ id, subnet, body }));
  await step('dhcp6Hosts.list', async () => assert.equal((await client.dhcp6Hosts.list({ id, subnet })).length, 1));
  await step('dhcp6Hosts.get', async () => {
    const { uri, ...rest } = await client.dhcp6Hosts.get(at);
    assert.deepEqual(rest, { ...body, extraDhcpOpts: [] });
    assert.ok(uri.endsWith(at.client));
  });
  await step('dhcp6Hosts.update', async () => {
    const updated = await client.dhcp6Hosts.update({ ...at, body: { fixedAddress: '2001:db8::6' } });
    assert.deepEqual([updated.fixedAddress, updated.name], ['2001:db8::6', 'vm']);
  });
  await assert.rejects(
    client.dhcp6Hosts.update({ ...at, body: { fixedAddress: '2001:db9::6' } }),
    /fixedAddress.*must be in the subnet/,
  );
  await step('dhcp6Hosts.remove', () => client.dhcp6Hosts.remove(at));
  await step('dhcp6Subnets.remove', () => client.dhcp6Subnets.remove({ id, subnet }));
}

async function hostSteps({ client, store }: Harness, step: Step, { portId }: Made): Promise<void> {
  const { id } = await client.hosts.create({ body: { name: 'h' } });
  await step('hosts.create', () => Promise.resolve());
  await step('hosts.list', async () => assert.equal((await client.hosts.list()).length, 1));
  await step('hosts.get', async () => assert.equal((await client.hosts.get({ id })).alive, false));
  await step('hosts.update', async () => {
    assert.equal((await client.hosts.update({ id, body: { floodingProxyWeight: 5 } })).floodingProxyWeight, 5);
  });
  const lease = await store.grantLease(60_000);
  const eth0 = {
    name: 'eth0',
    mac: '02:00:00:00:00:aa',
    mtu: 1500,
    up: true,
    hasLink: true,
    type: 'physical',
    endpoint: 'physical',
    addresses: ['192.0.2.1'],
  };
  const value = JSON.stringify({ kind: 'hostAlive', hostId: id, interfaces: [eth0] });
  await store.commit({
    author: { user: 't' },
    conditions: [],
    writes: [{ kind: 'put', key: `hostAlive/${id}`, value, lease }],
  });
  await step('hostInterfaces.list', async () => assert.equal((await client.hostInterfaces.list({ id }))[0]?.status, 3));
  await step('hostInterfaces.get', () => client.hostInterfaces.get({ id, name: 'eth0' }));
  await step('hostPorts.create', () => client.hostPorts.create({ id, body: { portId, interfaceName: 'tap0' } }));
  await step('hostPorts.list', async () => assert.equal((await client.hostPorts.list({ id }))[0]?.portId, portId));
  await step('hostPorts.get', () => client.hostPorts.get({ id, portId }));
  await assert.rejects(client.hosts.remove({ id }), isStatus(403), 'alive');
  await store.revokeLease(lease);
  await assert.rejects(client.hosts.remove({ id }), isStatus(403), 'bound');
  await step('hostPorts.remove', () => client.hostPorts.remove({ id, portId }));
  const zone = await client.tunnelZones.create({ body: { name: 'z', type: 'gre' } });
  await step('tunnelZones.create', () => Promise.resolve(assert.equal(zone.type, 'gre')));
  await step('tunnelZones.list', async () => assert.equal((await client.tunnelZones.list()).length, 1));
  await step('tunnelZones.get', async () => assert.deepEqual(await client.tunnelZones.get({ id: zone.id }), zone));
  await step('tunnelZones.update', () => client.tunnelZones.update({ id: zone.id, body: { name: 'z2' } }));
  const member = { id: zone.id, hostId: id };
  await step('tunnelZoneHosts.create', () =>
    client.tunnelZoneHosts.create({ id: zone.id, body: { hostId: id, ipAddress: '192.0.2.1' } }),
  );
  await step('tunnelZoneHosts.list', async () => assert.equal((await client.tunnelZoneHosts.list(zone)).length, 1));
  await step('tunnelZoneHosts.get', () => client.tunnelZoneHosts.get(member));
  await step('tunnelZoneHosts.update', () =>
    client.tunnelZoneHosts.update({ ...member, body: { ipAddress: '192.0.2.9' } }),
  );
  await step('tunnelZoneHosts.remove', () => client.tunnelZoneHosts.remove(member));
  await step('tunnelZones.remove', () => client.tunnelZones.remove({ id: zone.id }));
  await step('hosts.remove', () => client.hosts.remove({ id }));
}

function isStatus(status: number): (error: unknown) => boolean {
  return (error) => error instanceof ApiError && error.status === status;
}
