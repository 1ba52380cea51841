import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { connects, whoServer } from '../lab/connects.ts';
import { Held, holdServer } from '../lab/held.ts';
import { NeutronProject, type Subnet } from '../lab/neutron-project.ts';
import { servePages } from '../lab/pages.ts';
import { Reach } from '../lab/reach.ts';
import { until, type Daemon } from '../lab/shell.ts';

const WORLD = '198.51.100.1';
const GATEWAY = '203.0.113.10';
const [WEB_FLOATING, DB_FLOATING] = ['203.0.113.20', '203.0.113.21'];
/** Behind an instance. */
const OFFICE = '192.168.50.1';
const [ECHO, WHO, PAGES, CONNECTIONS] = [7, 80, 8080, 50];

type Leg = {
  readonly project: NeutronProject;
  readonly router: string;
  readonly subnet: Subnet;
  readonly port: string;
};

/**
 * A project's networks behind its router, which is in the external network; the provider's edge router is between that
 * and an uplink. Made by what neutron-server sends, and nothing else.
 *
 * ```
 *  web 10.1.0.10 hv1 ┐
 *  app 10.1.0.11 hv2 ┴ red ─ r ─ .10 ┐ external               up0, hv3
 *  db  10.2.0.10 hv2 ─ blue ─┘  .50 ─┴ 203.0.113.0/24 ─ .1 edge 172.16.0.1 ─ 172.16.0.2 world 198.51.100.1
 *                               ext
 * ```
 */
describe('routers and floating IPs of OpenStack', () => {
  let cloud: Cloud;
  let reach: Reach;
  let acme: NeutronProject;
  let provider: NeutronProject;
  let group = '';
  let router = '';
  let edge = '';
  let gateway = '';
  const subnets = new Map<string, Subnet>();
  const ports = new Map<string, string>();
  const legs: Leg[] = [];
  const floating = new Map<string, { readonly id: string; readonly port: string }>();
  const servers: Daemon[] = [];

  before(async () => {
    cloud = new Cloud('mnneur', 3);
    await cloud.start();
    reach = new Reach(cloud);
    acme = new NeutronProject(cloud, 'acme');
    provider = new NeutronProject(cloud, 'admin');
    await makeEdge();
    await makeProject();
    const { net } = cloud;
    for (const vm of ['web', 'app', 'db', 'world']) {
      servers.push(await whoServer(net, vm, '0.0.0.0', WHO));
      servers.push(servePages(net, vm, { address: '0.0.0.0', port: PAGES }));
    }
    servers.push(await holdServer(net, 'web', '0.0.0.0', ECHO));
  });

  after(async () => {
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    await cloud[Symbol.asyncDispose]();
  });

  const logs = (): string => reach.logs();
  const known = <T>(map: ReadonlyMap<string, T>, name: string): T => {
    const found = map.get(name);
    if (found === undefined) throw new Error(`no ${name}`);
    return found;
  };

  async function makeEdge(): Promise<void> {
    const { net } = cloud;
    net.add('world');
    net.ip('world', 'addr', 'add', `${WORLD}/32`, 'dev', 'lo');
    net.veth('world', 'eth0', 'hv3', 'up0', 1450);
    net.ip('world', 'addr', 'add', '172.16.0.2/30', 'dev', 'eth0');
    net.ip('world', 'route', 'add', '203.0.113.0/24', 'via', '172.16.0.1', 'src', WORLD);
    const outside = await provider.network('external', { 'router:external': true });
    const external = await provider.subnet(outside, '203.0.113.0/24', {
      gateway_ip: '203.0.113.1',
      enable_dhcp: false,
    });
    const link = await provider.network('uplink', { 'provider:network_type': 'uplink' });
    const uplink = await provider.subnet(link, '172.16.0.0/30', { gateway_ip: null, enable_dhcp: false });
    subnets.set('external', external).set('uplink', uplink);
    edge = await provider.router('edge');
    await join(provider, edge, external, '203.0.113.1');
    const bound = { 'binding:host_id': 'hv3', 'binding:profile': { interface_name: 'up0' } };
    await join(provider, edge, uplink, '172.16.0.1', bound);
    const routes = [{ destination: '0.0.0.0/0', nexthop: '172.16.0.2' }];
    await provider.api.neutronRouters.update({ id: edge, body: { routes } });
    const address = '203.0.113.50';
    cloud.wire('ext', { host: 'hv2', mac: 'fa:16:3e:00:09:50', addresses: [`${address}/24`] });
    const at = [{ subnet: external, address }];
    const fields = { port_security_enabled: false };
    ports.set('ext', await provider.instance('ext', { host: 'hv2', mac: 'fa:16:3e:00:09:50', at, groups: [], fields }));
  }

  async function makeProject(): Promise<void> {
    group = await acme.defaultGroup();
    await acme.rule(group, { protocol: 'tcp' });
    await acme.rule(group, { protocol: 'icmp' });
    router = await acme.router('r');
    for (const [name, n] of [
      ['red', 1],
      ['blue', 2],
    ] as const) {
      const network = await acme.network(name);
      const subnet = await acme.subnet(network, `10.${n}.0.0/24`, { gateway_ip: `10.${n}.0.1` });
      subnets.set(name, subnet);
      await join(acme, router, subnet, `10.${n}.0.1`);
    }
    gateway = await acme.setGateway(router, known(subnets, 'external'), GATEWAY);
    for (const [vm, host, name, n, last] of [
      ['web', 'hv1', 'red', 1, 10],
      ['app', 'hv2', 'red', 1, 11],
      ['db', 'hv2', 'blue', 2, 10],
    ] as const) {
      const [address, mac] = [`10.${n}.0.${last}`, `fa:16:3e:00:0${n}:${last}`];
      cloud.wire(vm, { host, mac, addresses: [`${address}/24`] });
      cloud.net.ip(vm, 'route', 'add', 'default', 'via', `10.${n}.0.1`);
      const at = [{ subnet: known(subnets, name), address }];
      ports.set(vm, await acme.instance(vm, { host, mac, at, groups: [group] }));
    }
    for (const address of [WEB_FLOATING, DB_FLOATING]) {
      floating.set(address, await acme.floatingIp(known(subnets, 'external'), address));
    }
  }

  async function join(
    project: NeutronProject,
    id: string,
    subnet: Subnet,
    address: string,
    fields = {},
  ): Promise<void> {
    legs.push({ project, router: id, subnet, port: await project.join(id, subnet, address, fields) });
  }

  /** As whom a server sees the machine. */
  const seen = (vm: string, to: string): Record<string, number> => connects(cloud.net, vm, { to, port: WHO, count: 5 });
  const page = (vm: string, to: string): string =>
    cloud.net.exec(vm, ['curl', '-s', '-m', '1', `http://${to}:${PAGES}/`]).stdout;
  const as = (address: string): Record<string, number> => ({ [address]: 5, slow: 0 });

  it('routers join networks', () => {
    reach.yes('web', '10.2.0.10');
    reach.yes('db', '10.1.0.11');
  });

  it('instances are seen in the world by the address of their gateway', async () => {
    await reach.soon('app', WORLD);
    assert.deepEqual(seen('app', WORLD), as(GATEWAY));
    assert.deepEqual(seen('db', WORLD), as(GATEWAY));
    reach.yes('app', WORLD, '-s', '4000');
  });

  it('the gateway answers echoes, and nobody else is there', () => {
    for (const vm of ['world', 'ext']) {
      reach.yes(vm, GATEWAY);
      const { code } = cloud.net.exec(vm, ['curl', '-s', '-m', '1', `http://${GATEWAY}:${PAGES}/`]);
      assert.equal(code, 28, 'no answer, not even a refusal');
    }
  });

  it('a floating IP is the address of its instance, both ways', async () => {
    await acme.associate(known(floating, WEB_FLOATING).id, router, known(ports, 'web'), '10.1.0.10');
    await acme.associate(known(floating, DB_FLOATING).id, router, known(ports, 'db'), '10.2.0.10');
    await reach.soon('world', WEB_FLOATING);
    assert.equal(page('world', WEB_FLOATING), 'web');
    assert.equal(page('world', DB_FLOATING), 'db');
    assert.deepEqual(seen('world', WEB_FLOATING), as(WORLD));
    assert.deepEqual(seen('web', WORLD), as(WEB_FLOATING));
    assert.deepEqual(seen('app', WORLD), as(GATEWAY));
    reach.yes('ext', DB_FLOATING);
    reach.yes('world', WEB_FLOATING, '-s', '4000');
  });

  it('instances reach floating IPs of their own router, and are seen as from outside', () => {
    assert.deepEqual(seen('web', DB_FLOATING), as(WEB_FLOATING));
    assert.deepEqual(seen('app', DB_FLOATING), as(GATEWAY));
    assert.deepEqual(seen('app', WEB_FLOATING), as(GATEWAY), 'in its own network');
    assert.deepEqual(seen('web', WEB_FLOATING), as(WEB_FLOATING), 'its own');
    for (const [vm, address] of [
      ['web', DB_FLOATING],
      ['app', WEB_FLOATING],
      ['web', WEB_FLOATING],
    ] as const) {
      reach.yes(vm, address);
    }
    assert.deepEqual(seen('web', '10.2.0.10'), as('10.1.0.10'), 'by its fixed address as it is');
  });

  it('connections go on when an instance is moved to another host', async () => {
    const held = await Held.open(cloud.net, 'world', { to: WEB_FLOATING, port: ECHO, count: CONNECTIONS });
    const inside = await Held.open(cloud.net, 'db', { to: '10.1.0.10', port: ECHO, count: CONNECTIONS });
    try {
      cloud.net.ip('hv1', 'link', 'set', 'web', 'netns', cloud.net.name('hv2'));
      cloud.net.ip('hv2', 'link', 'set', 'web', 'up');
      await acme.bind(known(ports, 'web'), 'hv2', 'web');
      await cloud.active(known(ports, 'web'));
      assert.equal(await held.goesOn(logs), CONNECTIONS);
      assert.equal(await inside.goesOn(logs), CONNECTIONS);
      assert.equal(page('world', WEB_FLOATING), 'web');
    } finally {
      await held.stop();
      await inside.stop();
    }
  });

  it('routers have routes of their own, by an instance', async () => {
    const { api } = acme;
    cloud.net.ip('app', 'addr', 'add', `${OFFICE}/32`, 'dev', 'lo');
    const pairs = { allowed_address_pairs: [{ ip_address: '192.168.50.0/24' }] };
    await api.neutronPorts.update({ id: known(ports, 'app'), body: pairs });
    const routes = [{ destination: '192.168.50.0/24', nexthop: '10.1.0.11' }];
    await api.neutronRouters.update({ id: router, body: { routes } });
    await reach.soon('db', OFFICE);
    assert.equal(page('db', OFFICE), 'app');
    assert.equal(page('web', OFFICE), 'app', 'in the network of the next hop');
    await api.neutronRouters.update({ id: router, body: { routes: [] } });
    await reach.notSoon('db', OFFICE);
  });

  it('a floating IP goes to another instance, and from it', async () => {
    const { id } = known(floating, WEB_FLOATING);
    await acme.associate(id, router, known(ports, 'app'), '10.1.0.11');
    await until('the other to answer', () => page('world', WEB_FLOATING) === 'app', { detail: logs });
    assert.deepEqual(seen('app', WORLD), as(WEB_FLOATING));
    assert.deepEqual(seen('web', WORLD), as(GATEWAY));
    await acme.disassociate(id);
    await reach.notSoon('world', WEB_FLOATING);
    assert.deepEqual(seen('app', WORLD), as(GATEWAY));
  });

  it('leave nothing behind when Neutron has deleted everything', async () => {
    const { api } = acme;
    for (const { id, port } of floating.values()) {
      await api.neutronFloatingIps.remove({ id });
      await api.neutronPorts.remove({ id: port });
    }
    for (const id of ports.values()) await api.neutronPorts.remove({ id });
    await acme.clearGateway(router, gateway);
    await api.neutronRouters.update({ id: edge, body: { routes: [] } });
    for (const { project, router: id, subnet, port } of legs) await project.leave(id, subnet, port);
    for (const id of [router, edge]) await api.neutronRouters.remove({ id });
    for (const { id } of subnets.values()) await api.neutronSubnets.remove({ id });
    for (const { network } of subnets.values()) await api.neutronNetworks.remove({ id: network });
    await api.neutronSecurityGroups.remove({ id: group });
    assert.deepEqual(await acme.leftovers(), []);
  });
});
