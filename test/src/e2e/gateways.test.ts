import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud, type AgentStatus } from '../lab/cloud.ts';
import { Held, holdServer } from '../lab/held.ts';
import { iperf3While } from '../lab/iperf3.ts';
import { connects, whoServer } from '../lab/connects.ts';
import { allAnswered } from '../lab/pings.ts';
import { Reach } from '../lab/reach.ts';
import { Daemon, until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';
import { transfer } from '../lab/transfer.ts';
import { echoed } from '../lab/udp-echo.ts';

const WORLD = '198.51.100.1';
const WORLD6 = '2001:db8:99::1';
const NAT = '192.0.2.10';
const NAT6 = '2001:db8:2::10';
const CONNECTIONS = 2000;

type Phases = Readonly<Record<'closing' | 'unanswered' | 'answered', number>>;
type Tracked = { readonly connections: { readonly phases: Phases } };
const FAR = '198.18.0.2';
const FAR6 = '2001:db8:aa::2';
/** Less than the overlay has, and met only behind both gateways. */
const FAR_MTU = 1300;

/**
 * A tenant behind source NAT on one hypervisor, two gateways on two others. Packets leave through
 * both, answers come back through whichever the world chooses: mostly one that saw no question.
 *
 * ```
 *  web 10.1.0.10 ── red ── edge ─┬─ up1 (hv2) ── 172.16.1.2 ─┐
 *     hv1                        └─ up2 (hv3) ── 172.16.2.2 ─┴─ world 198.51.100.1 ── far 198.18.0.2
 * ```
 */
describe('source NAT and a firewall with two gateways and asymmetric return', () => {
  let cloud: Cloud;
  let reach: Reach;
  let server: Daemon | undefined;
  let webPort = '';

  before(async () => {
    cloud = new Cloud('mngwy', 4);
    await cloud.start();
    reach = new Reach(cloud);
    const { net } = cloud;
    const tenant = new Tenant(cloud, 'acme');
    const [red, edge] = [await tenant.bridge('red'), await tenant.router('edge')];
    await tenant.join(red, edge, ['10.1.0.1/24', 'fd00:1::1/64']);
    net.add('world');
    net.sysctl('world', 'net.ipv4.conf.all.rp_filter', '0');
    // It asks for gateways with the addresses of its links: a router does not believe others.
    net.sysctl('world', 'net.ipv4.conf.all.arp_announce', '2');
    net.ip('world', 'addr', 'add', `${WORLD}/32`, 'dev', 'lo');
    net.ip('world', 'addr', 'add', `${WORLD6}/128`, 'dev', 'lo', 'nodad');
    for (const family of ['ipv4.ip_forward', 'ipv6.conf.all.forwarding']) net.sysctl('world', `net.${family}`, '1');
    // One error a second is Linux's own measure, and mtr asks more often.
    for (const limit of ['ipv4.icmp_ratelimit', 'ipv6.icmp.ratelimit']) net.sysctl('world', `net.${limit}`, '0');
    net.add('far');
    net.veth('world', 'far', 'far', 'eth0');
    net.ip('world', 'link', 'set', 'far', 'mtu', String(FAR_MTU));
    for (const [end, device, n] of [
      ['world', 'far', 1],
      ['far', 'eth0', 2],
    ] as const) {
      net.ip(end, 'addr', 'add', `198.18.0.${n}/24`, 'dev', device);
      net.ip(end, 'addr', 'add', `2001:db8:aa::${n}/64`, 'dev', device, 'nodad');
    }
    net.ip('far', 'route', 'add', 'default', 'via', '198.18.0.1');
    net.ip('far', '-6', 'route', 'add', 'default', 'via', '2001:db8:aa::1');
    const ups: string[] = [];
    for (const n of [1, 2]) {
      const host = `hv${n + 1}`;
      const up = await tenant.routerPort(edge, [`172.16.${n}.1/24`, `fd00:16:${n}::1/64`]);
      net.veth('world', `eth${n}`, host, `gw${n}`, 1450);
      net.sysctl('world', `net.ipv4.conf.eth${n}.rp_filter`, '0');
      net.ip('world', 'addr', 'add', `172.16.${n}.2/24`, 'dev', `eth${n}`);
      net.ip('world', 'addr', 'add', `fd00:16:${n}::2/64`, 'dev', `eth${n}`, 'nodad');
      await cloud.bind(up, host, `gw${n}`);
      await tenant.route(edge, '0.0.0.0/0', { nextHopPort: up, nextHopGateway: `172.16.${n}.2` });
      await tenant.route(edge, '::/0', { nextHopPort: up, nextHopGateway: `fd00:16:${n}::2` });
      ups.push(up);
    }
    returnBy(2);
    const group = await cloud.create('/port_groups', { name: 'uplinks', tenantId: 'acme', stateful: true });
    for (const portId of ups) await cloud.create(`/port_groups/${group}/ports`, { portId });
    const [incoming, outgoing] = [await chain('edge-in'), await chain('edge-out')];
    const target = (address: string): object => ({
      natTargets: [{ addressFrom: address, addressTo: address, portFrom: 1024, portTo: 65_535 }],
    });
    await cloud.create(`/chains/${incoming}/rules`, { type: 'rev_snat', flowAction: 'accept' });
    for (const address of [NAT, NAT6]) {
      const rule = { type: 'snat', flowAction: 'accept', outPorts: ups, ...target(address) };
      await cloud.create(`/chains/${outgoing}/rules`, rule);
    }
    await cloud.update(`/routers/${edge}`, { inboundFilterId: incoming, outboundFilterId: outgoing });
    webPort = await tenant.machine('web', {
      host: 'hv1',
      bridge: red,
      addresses: ['10.1.0.10/24', 'fd00:1::10/64'],
      gateways: ['10.1.0.1', 'fd00:1::1'],
    });
    await tenant.machine('app', { host: 'hv2', bridge: red, addresses: ['10.1.0.11/24'], gateways: ['10.1.0.1'] });
    const toWeb = await chain('to-web');
    // Rules go to the top unless they say where.
    await cloud.create(`/chains/${toWeb}/rules`, { type: 'drop', dlType: 0x0800, position: 1 });
    await cloud.create(`/chains/${toWeb}/rules`, { type: 'accept', matchReturnFlow: true, position: 1 });
    await cloud.update(`/ports/${webPort}`, { outboundFilterId: toWeb });
    for (const up of ups) await cloud.active(up);
    server = await holdServer(net, 'world', WORLD);
  });

  after(async () => {
    await server?.stop('SIGKILL');
    await cloud[Symbol.asyncDispose]();
  });

  const chain = (name: string): Promise<string> => cloud.create('/chains', { name, tenantId: 'acme' });

  /** The world sends what is for the tenant back through one gateway. */
  function returnBy(n: number): void {
    cloud.net.ip('world', 'route', 'replace', '192.0.2.0/24', 'via', `172.16.${n}.1`);
    cloud.net.ip('world', '-6', 'route', 'replace', '2001:db8:2::/64', 'via', `fd00:16:${n}::1`);
  }

  const logs = (): string => reach.logs();
  const phases = (host: string): Phases => (cloud.agentStatus(host) as AgentStatus & Tracked).connections.phases;

  it('pings, whichever way the answer takes', async () => {
    await reach.soon('web', WORLD);
    returnBy(1);
    reach.yes('web', WORLD);
    returnBy(2);
    reach.yes('web', WORLD);
  });

  it('pings over IPv6', () => reach.soon('web', WORLD6));

  it('pings with packets that travel in pieces', () =>
    reach.soon('web', WORLD).then(() => reach.yes('web', WORLD, '-s', '4000')));

  it('lets nobody in who was not asked', () => {
    const ran = cloud.net.exec('app', ['ping', '-n', '-c', '2', '-i', '0.05', '-W', '0.5', '10.1.0.10']);
    assert.match(ran.stdout, / 100% packet loss/);
    reach.yes('web', '10.1.0.11');
  });

  it('shows the way by traceroute, its errors translated back', () => {
    const hops = cloud.net.exec('web', ['traceroute', '-n', '-q', '1', '-w', '2', '-m', '5', WORLD]).stdout;
    assert.match(hops, /^ 1 {2}10\.1\.0\.1 /m, hops);
    assert.match(hops, /^ 2 {2}198\.51\.100\.1 /m, `${hops}\n${logs()}`);
  });

  it('tells the MTU of a link far behind the gateways, its errors translated back', () => {
    const four = reach.ping('web', FAR, '-c', '1', '-M', 'do', '-s', String(FAR_MTU - 27)).stdout;
    assert.match(four, /From 172\.16\.2\.2 .*Frag needed and DF set \(mtu = 1300\)/);
    const six = reach.ping('web', FAR6, '-c', '1', '-M', 'do', '-s', String(FAR_MTU - 47)).stdout;
    assert.match(six, /From fd00:16:\d::2 .*Packet too big: mtu=1300/);
    cloud.net.ip('web', 'route', 'flush', 'cache');
    cloud.net.ip('web', '-6', 'route', 'flush', 'cache');
  });

  for (const address of [FAR, FAR6]) {
    it(`lets TCP to ${address} find the size that fits`, async () => {
      await transfer(cloud.net, { from: 'web', to: 'far', address, bytes: 4 << 20 });
      assert.match(cloud.net.ip('web', 'route', 'get', address), /mtu 1300/);
    });
  }

  const four = { router: '10.1.0.1', world: [WORLD, '172.16.1.2', '172.16.2.2'], far: FAR };
  const six = { router: 'fd00:1::1', world: [WORLD6, 'fd00:16:1::2', 'fd00:16:2::2'], far: FAR6 };
  for (const [how, { router, world, far }, ...flags] of [
    ['ICMP', four],
    ['ICMPv6', six],
    ['UDP', four, '--udp'],
    ['TCP', four, '--tcp', '--port', '9'],
  ] as const) {
    it(`shows every hop to mtr by ${how}, each with an answer`, () => {
      const command = ['mtr', '-n', '-r', '-c', '3', '-i', '0.3', '-Z', '3', '-G', '5', '-m', '6', ...flags, far];
      const report = cloud.net.mustExec('web', command, { timeoutMs: 60_000 });
      const hops = [...report.matchAll(/\|-- (\S+) +([\d.]+)%/g)].map(([, hop, loss]) => `${hop} ${loss}`);
      const second = hops[1]?.split(' ')[0] ?? '';
      assert.ok(world.includes(second), report);
      assert.deepEqual(hops, [`${router} 0.0`, `${second} 0.0`, `${far} 0.0`], report);
    });
  }

  it('carries TCP, UDP and ICMP side by side', async () => {
    const { net } = cloud;
    const load = { client: 'web', server: 'far', to: FAR, flags: ['-t', '3', '-P', '4'] };
    const tcp = await iperf3While(net, load, async () => {
      const ping = ['ping', '-n', '-i', '0.02', '-s', '2000', WORLD];
      const pings = new Daemon('ping', ['ip', 'netns', 'exec', net.name('web'), ...ping]);
      try {
        const udp = { from: 'web', to: 'world', address: WORLD, count: 500 };
        assert.deepEqual(await echoed(net, udp), { asked: 500, answered: 500 });
        await allAnswered(100, () => pings.output);
      } finally {
        await pings.stop('SIGINT');
      }
    });
    assert.ok(tcp.received > 1_000_000, `${tcp.received} bytes of TCP`);
  });

  it('tells on all hosts that connections are over, though none sees both directions', async () => {
    const asked = await whoServer(cloud.net, 'world', WORLD, 80);
    const closing = (): number[] => ['hv1', 'hv2', 'hv3'].map((host) => phases(host).closing);
    try {
      const before = closing();
      assert.deepEqual(connects(cloud.net, 'web', { to: WORLD, port: 80, count: 30 }), { [NAT]: 30, slow: 0 });
      // Two devices follow each.
      await until('every host to know', () => closing().every((now, i) => now - (before[i] ?? 0) >= 60), {
        detail: () => `${JSON.stringify(['hv1', 'hv2', 'hv3'].map(phases))}\n${logs()}`,
      });
    } finally {
      await asked.stop('SIGKILL');
    }
  });

  it('thousands of connections outlive the gateway of their answers, the death of every agent, and a move', async (context) => {
    const held = await Held.open(cloud.net, 'web', { to: WORLD, count: CONNECTIONS });
    try {
      await context.test('they all came from the one address', async () => {
        await until('the server to see it', () => server?.output.includes(`from ${NAT}\n`));
        assert.doesNotMatch(server?.output ?? '', /from 10\./);
      });
      await context.test('answers change to the other gateway', async () => {
        returnBy(1);
        assert.equal(await held.goesOn(logs), CONNECTIONS);
        returnBy(2);
        assert.equal(await held.goesOn(logs), CONNECTIONS);
      });
      for (const host of ['hv3', 'hv1', 'hv2']) {
        await context.test(`the agent of ${host} is killed and comes back`, async () => {
          await cloud.agent(host).stop('SIGKILL');
          await cloud.startAgent(host);
          assert.equal(await held.goesOn(logs), CONNECTIONS);
          returnBy(1);
          assert.equal(await held.goesOn(logs), CONNECTIONS);
          returnBy(2);
        });
      }
      await context.test('the machine moves to another hypervisor', async () => {
        await cloud.unbind(webPort, 'hv1');
        cloud.net.ip('hv1', 'link', 'set', 'web', 'netns', cloud.net.name('hv4'));
        cloud.net.ip('hv4', 'link', 'set', 'web', 'up');
        await cloud.bind(webPort, 'hv4', 'web');
        await cloud.active(webPort);
        assert.equal(await held.goesOn(logs), CONNECTIONS);
      });
    } finally {
      await held.stop();
    }
  });
});
