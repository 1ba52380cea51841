import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { Held, holdServer } from '../lab/held.ts';
import { servePages } from '../lab/pages.ts';
import { Reach } from '../lab/reach.ts';
import { type Daemon, until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

const VIP = '10.9.0.1';
const VIP6 = 'fd00:9::1';
const CONNECTIONS = 200;

/** A client on one hypervisor, a VIP on the router between, members on two others. */
describe('a load balancer over three hypervisors', () => {
  let cloud: Cloud;
  let reach: Reach;
  const servers: Daemon[] = [];
  const members: string[] = [];
  let pool = '';

  before(async () => {
    cloud = new Cloud('mnvip', 3);
    await cloud.start();
    reach = new Reach(cloud);
    const tenant = new Tenant(cloud, 'acme');
    const [red, blue] = [await tenant.bridge('red'), await tenant.bridge('blue')];
    const edge = await tenant.router('edge');
    await tenant.join(red, edge, ['10.1.0.1/24', 'fd00:1::1/64']);
    await tenant.join(blue, edge, ['10.2.0.1/24', 'fd00:2::1/64']);
    await tenant.machine('web', {
      host: 'hv1',
      bridge: red,
      addresses: ['10.1.0.10/24', 'fd00:1::10/64'],
      gateways: ['10.1.0.1', 'fd00:1::1'],
    });
    const balancer = await cloud.create('/load_balancers', {});
    await cloud.update(`/routers/${edge}`, { loadBalancerId: balancer });
    pool = await cloud.create('/pools', { loadBalancerId: balancer, protocol: 'TCP', lbMethod: 'ROUND_ROBIN' });
    const pool6 = await cloud.create('/pools', { loadBalancerId: balancer, protocol: 'TCP', lbMethod: 'ROUND_ROBIN' });
    const pages = await cloud.create('/pools', { loadBalancerId: balancer, protocol: 'TCP', lbMethod: 'ROUND_ROBIN' });
    for (const n of [1, 2]) {
      const addresses = [`10.2.0.1${n}/24`, `fd00:2::1${n}/64`];
      const gateways = ['10.2.0.1', 'fd00:2::1'];
      await tenant.machine(`app${n}`, { host: `hv${n + 1}`, bridge: blue, addresses, gateways });
      servers.push(await holdServer(cloud.net, `app${n}`, `10.2.0.1${n}`, 8080));
      members.push(await cloud.create('/pool_members', { poolId: pool, address: `10.2.0.1${n}`, protocolPort: 8080 }));
      servers.push(servePages(cloud.net, `app${n}`, { address: `10.2.0.1${n}`, port: 8081 }));
      await cloud.create('/pool_members', { poolId: pages, address: `10.2.0.1${n}`, protocolPort: 8081 });
      await cloud.create('/pool_members', { poolId: pool6, address: `fd00:2::1${n}`, protocolPort: 8080 });
    }
    await cloud.create('/vips', { poolId: pool, address: VIP, protocolPort: 80 });
    await cloud.create('/vips', { poolId: pages, address: VIP, protocolPort: 81 });
    await cloud.create('/vips', { poolId: pool6, address: VIP6, protocolPort: 80 });
    await reach.soon('web', '10.2.0.11');
    await reach.soon('web', '10.2.0.12');
  });

  after(async () => {
    for (const server of servers) await server.stop('SIGKILL');
    await cloud[Symbol.asyncDispose]();
  });

  /** Answers every request with the name of its machine. */
  /** Connections that a member has now. */
  const held = (n: number): number => {
    const list = cloud.net.mustExec(`app${n}`, ['ss', '-Htn', 'state', 'established', '( sport = :8080 )']);
    return list.split('\n').filter((line) => line !== '').length;
  };

  it('fetches pages by curl, from either member, as if the VIP were a machine', () => {
    const answers = new Map<string, number>();
    for (let i = 0; i < 30; i++) {
      const ran = cloud.net.exec('web', ['curl', '-sS', '-m', '5', `http://${VIP}:81/`]);
      assert.equal(ran.code, 0, `${ran.stderr}\n${reach.logs()}`);
      answers.set(ran.stdout, (answers.get(ran.stdout) ?? 0) + 1);
    }
    assert.deepEqual([...answers.keys()].sort(), ['app1', 'app2']);
  });

  it('spreads connections over both members and holds them while agents die', async (context) => {
    const all = await Held.open(cloud.net, 'web', { to: VIP, port: 80, count: CONNECTIONS });
    try {
      const [first, second] = [held(1), held(2)];
      await context.test('in halves, about', () => {
        assert.equal(first + second, CONNECTIONS);
        assert.ok(first > CONNECTIONS / 4 && second > CONNECTIONS / 4, `${first} and ${second}`);
      });
      await context.test('the members see the client itself', async () => {
        for (const server of servers.filter(({ name }) => name.startsWith('hold')))
          await until(`${server.name} to say so`, () => /from 10\.1\.0\.10\n/.test(server.output));
      });
      for (const host of ['hv1', 'hv2']) {
        await context.test(`the agent of ${host} is killed and comes back`, async () => {
          await cloud.agent(host).stop('SIGKILL');
          await cloud.startAgent(host);
          assert.equal(await all.goesOn(() => reach.logs()), CONNECTIONS);
        });
      }
      await context.test('a member that is drained keeps what it has and gets nothing new', async () => {
        await cloud.update(`/pool_members/${members[0] ?? ''}`, { adminStateUp: false });
        await until('new connections to go to the other', async () => {
          const probe = await Held.open(cloud.net, 'web', { to: VIP, port: 80, count: 8 });
          const there = held(1);
          await probe.stop();
          return there === first;
        });
        assert.equal(await all.goesOn(() => reach.logs()), CONNECTIONS);
        assert.equal(held(1), first);
      });
      await context.test('a member that is deleted loses its connections, the other none', async () => {
        await cloud.request('DELETE', `/pool_members/${members[0] ?? ''}`);
        await until('the connections of the deleted member to end', () => all.rounds.live <= second, {
          timeoutMs: 30_000,
          detail: () => JSON.stringify(all.rounds),
        });
        assert.equal(await all.goesOn(() => reach.logs()), second);
      });
    } finally {
      await all.stop();
    }
  });

  it('the same over IPv6', async () => {
    const server = await holdServer(cloud.net, 'app1', 'fd00:2::11', 8080);
    const other = await holdServer(cloud.net, 'app2', 'fd00:2::12', 8080);
    const all = await Held.open(cloud.net, 'web', { to: VIP6, port: 80, count: 40 });
    try {
      assert.equal(await all.goesOn(() => reach.logs()), 40);
    } finally {
      await all.stop();
      await server.stop('SIGKILL');
      await other.stop('SIGKILL');
    }
  });

  it('without any member the packet is dropped and counted as such', async () => {
    await cloud.update(`/pool_members/${members[1] ?? ''}`, { adminStateUp: false });
    await until('connections to be refused by silence', () => {
      const ran = cloud.net.exec('web', ['curl', '-sS', '-m', '1', `http://${VIP}/`]);
      return ran.code === 28;
    });
    const drops = cloud.net.mustExec(
      'hv1',
      cloud.midonet('hv1', 'agent', 'drops', '--state', `${cloud.state}/hv1`).slice(4),
    );
    assert.match(drops, /noMember/);
  });
});
