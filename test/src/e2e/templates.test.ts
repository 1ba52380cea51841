import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { connects, whoServer } from '../lab/connects.ts';
import { Reach } from '../lab/reach.ts';
import { until, type Daemon } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

const COUNT = 200;
const WORLD = '198.51.100.1';
const NAT = '192.0.2.10';
const VIP = '10.9.0.1';

type Status = {
  readonly connections: { readonly templates: Templates; readonly nat: { readonly reused: number } };
  readonly datapath: { readonly upcalls: number };
};
type Templates = { readonly opened: number; readonly heard: number; readonly unknown: number };

/** Connections whose class is known begin in the datapath, on the client's host and on the server's. */
describe('connections begin in the kernel', () => {
  let cloud: Cloud;
  let toOne = '';
  const servers: Daemon[] = [];
  const status = (host: string): Status => cloud.agentStatus(host) as unknown as Status;
  const templates = (host: string): Templates => status(host).connections.templates;
  const upcalls = (host: string): number => status(host).datapath.upcalls;

  const chain = (name: string): Promise<string> => cloud.create('/chains', { name, tenantId: 'acme' });

  before(async () => {
    cloud = new Cloud('mntpl', 2);
    await cloud.start();
    const reach = new Reach(cloud);
    const tenant = new Tenant(cloud, 'acme');
    const red = await tenant.bridge('red');
    toOne = await cloud.create('/chains', { name: 'to-one', tenantId: 'acme' });
    await cloud.create(`/chains/${toOne}/rules`, { type: 'drop', dlType: 0x0800, position: 1 });
    await cloud.create(`/chains/${toOne}/rules`, {
      type: 'drop',
      dlType: 0x86dd,
      dlSrc: '02:00:00:00:00:99',
      position: 1,
    });
    await cloud.create(`/chains/${toOne}/rules`, { type: 'accept', matchReturnFlow: true, position: 1 });
    const one = await tenant.machine('one', { host: 'hv1', bridge: red, addresses: ['10.1.0.1/24', 'fd00:1::1/64'] });
    await tenant.machine('two', { host: 'hv2', bridge: red, addresses: ['10.1.0.2/24', 'fd00:1::2/64'] });
    await tenant.machine('near', { host: 'hv1', bridge: red, addresses: ['10.1.0.3/24'] });
    await cloud.update(`/ports/${one}`, { outboundFilterId: toOne });
    const edge = await tenant.router('edge');
    await tenant.join(red, edge, ['10.1.0.254/24']);
    const up = await tenant.routerPort(edge, ['172.16.1.1/24']);
    const { net } = cloud;
    net.add('world');
    net.veth('world', 'eth1', 'hv2', 'gw1', 1450);
    net.ip('world', 'addr', 'add', '172.16.1.2/24', 'dev', 'eth1');
    net.ip('world', 'addr', 'add', `${WORLD}/32`, 'dev', 'lo');
    net.ip('world', 'route', 'add', `${NAT}/32`, 'via', '172.16.1.1');
    net.ip('one', 'route', 'add', 'default', 'via', '10.1.0.254');
    await cloud.bind(up, 'hv2', 'gw1');
    await tenant.route(edge, '0.0.0.0/0', { nextHopPort: up, nextHopGateway: '172.16.1.2' });
    const [incoming, outgoing] = [await chain('edge-in'), await chain('edge-out')];
    await cloud.create(`/chains/${incoming}/rules`, { type: 'rev_snat', flowAction: 'accept' });
    await cloud.create(`/chains/${outgoing}/rules`, {
      ...{ type: 'snat', flowAction: 'accept', outPorts: [up] },
      natTargets: [{ addressFrom: NAT, addressTo: NAT, portFrom: 1024, portTo: 65_535 }],
    });
    await cloud.update(`/routers/${edge}`, { inboundFilterId: incoming, outboundFilterId: outgoing });
    await cloud.active(up);
    const blue = await tenant.bridge('blue');
    await tenant.join(blue, edge, ['10.2.0.254/24']);
    const balancer = await cloud.create('/load_balancers', {});
    await cloud.update(`/routers/${edge}`, { loadBalancerId: balancer });
    const pool = await cloud.create('/pools', { loadBalancerId: balancer, protocol: 'TCP', lbMethod: 'ROUND_ROBIN' });
    for (const n of [1, 2]) {
      const [address, name] = [`10.2.0.${n}`, `app${n}`];
      await tenant.machine(name, {
        ...{ host: `hv${n}`, bridge: blue },
        ...{ addresses: [`${address}/24`], gateways: ['10.2.0.254'] },
      });
      await cloud.create('/pool_members', { poolId: pool, address, protocolPort: 8080 });
      servers.push(await whoServer(net, name, address, 8080));
    }
    await cloud.create('/vips', { poolId: pool, address: VIP, protocolPort: 80 });
    await reach.soon('one', '10.2.0.1');
    await reach.soon('one', '10.2.0.2');
    await reach.soon('one', '10.1.0.2');
    await reach.soon('one', '10.1.0.3');
    await reach.soon('one', WORLD);
    servers.push(await whoServer(net, 'world', WORLD, 80, 81, 82));
    servers.push(await whoServer(cloud.net, 'two', '10.1.0.2', 80, 81));
    servers.push(await whoServer(cloud.net, 'two', 'fd00:1::2', 80));
    servers.push(await whoServer(cloud.net, 'near', '10.1.0.3', 80));
  });

  after(async () => {
    for (const server of servers) await server.stop('SIGKILL');
    await cloud[Symbol.asyncDispose]();
  });

  for (const [to, from] of [
    ['10.1.0.2', '10.1.0.1'],
    ['fd00:1::2', 'fd00:1::1'],
  ] as const) {
    it(`through a firewall to another host: ${to}`, async () => {
      const before = { one: templates('hv1').opened, two: templates('hv2').heard };
      assert.deepEqual(connects(cloud.net, 'one', { to, port: 80, count: COUNT }), { [from]: COUNT, slow: 0 });
      await until(
        'both agents to hear of it',
        () => {
          const [opened, heard] = [templates('hv1').opened - before.one, templates('hv2').heard - before.two];
          return opened >= COUNT - 10 && heard >= COUNT - 10;
        },
        { detail: () => JSON.stringify([templates('hv1'), templates('hv2')]) },
      );
    });
  }

  it('and costs the agents no upcall each', () => {
    const before = upcalls('hv1') + upcalls('hv2');
    connects(cloud.net, 'one', { to: '10.1.0.2', port: 80, count: COUNT });
    assert.ok(upcalls('hv1') + upcalls('hv2') - before < COUNT / 4, `${upcalls('hv1') + upcalls('hv2') - before}`);
  });

  it('with their sources translated, each to a port of its own', async () => {
    const before = { one: templates('hv1').opened, two: templates('hv2').heard };
    assert.deepEqual(connects(cloud.net, 'one', { to: WORLD, port: 80, count: COUNT }), { [NAT]: COUNT, slow: 0 });
    await until(
      'both agents to hear of it',
      () => templates('hv1').opened - before.one >= COUNT - 10 && templates('hv2').heard - before.two >= COUNT - 10,
      { detail: () => JSON.stringify([templates('hv1'), templates('hv2')]) },
    );
  });

  it('a port has one translation, whatever the destination', async () => {
    const ports = { bind: 20_000, count: 50 };
    for (const port of [80, 81, 82]) {
      assert.deepEqual(connects(cloud.net, 'one', { to: WORLD, port, ...ports }), { [NAT]: 50, slow: 0 });
    }
    await until('the agent to hear of it', () => status('hv1').connections.nat.reused >= 90, {
      detail: () => JSON.stringify(status('hv1').connections),
    });
  });

  it('to a member of a load balancer, here or there', async () => {
    connects(cloud.net, 'one', { to: VIP, port: 80, count: 20 });
    const before = { one: templates('hv1').opened, two: templates('hv2').heard };
    const calls = upcalls('hv1') + upcalls('hv2');
    const asked = connects(cloud.net, 'one', { to: VIP, port: 80, count: COUNT });
    assert.deepEqual(asked, { '10.1.0.1': COUNT, slow: 0 });
    const more = upcalls('hv1') + upcalls('hv2') - calls;
    assert.ok(more < COUNT / 4, `${more} upcalls for ${COUNT} connections`);
    await until(
      'the agents to hear of it',
      () => templates('hv1').opened - before.one >= COUNT - 12 && templates('hv2').heard - before.two >= COUNT / 4,
      { detail: () => JSON.stringify([templates('hv1'), templates('hv2')]) },
    );
  });

  it('and to a machine on the same host', async () => {
    const before = templates('hv1').opened;
    assert.deepEqual(connects(cloud.net, 'one', { to: '10.1.0.3', port: 80, count: COUNT }), {
      '10.1.0.1': COUNT,
      slow: 0,
    });
    await until('the agent to hear of it', () => templates('hv1').opened - before >= COUNT - 10, {
      detail: () => JSON.stringify(templates('hv1')),
    });
  });
});
