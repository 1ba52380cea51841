import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { Reach } from '../lab/reach.ts';
import { Daemon, until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

/**
 * The topology changes under traffic:
 *
 *   web (hv1) ─ red 10.1.0.0/24 ─ r ─ blue 10.2.0.0/24 ─ db (hv3)
 *   app (hv2) ──┘
 */
describe('live changes', () => {
  let cloud: Cloud;
  let reach: Reach;
  const id: Record<string, string> = {};

  before(async () => {
    cloud = new Cloud('mnchg', 3);
    await cloud.start();
    reach = new Reach(cloud);
    const tenant = new Tenant(cloud, 'acme');
    const [red, blue, router] = [await tenant.bridge('red'), await tenant.bridge('blue'), await tenant.router('r')];
    const upper = await tenant.join(red, router, ['10.1.0.1/24']);
    const lower = await tenant.join(blue, router, ['10.2.0.1/24']);
    Object.assign(id, { red, blue, router, redUp: upper.up, blueUp: lower.up, blueDown: lower.down });
    for (const [vm, host, bridge, n, address] of [
      ['web', 'hv1', red, 1, 10],
      ['app', 'hv2', red, 1, 11],
      ['db', 'hv3', blue, 2, 10],
    ] as const) {
      const addresses = [`10.${n}.0.${address}/24`];
      id[vm] = await tenant.machine(vm, { host, bridge, addresses, gateways: [`10.${n}.0.1`] });
    }
    reach.yes('web', '10.2.0.10');
    reach.yes('app', '10.2.0.10');
    reach.yes('web', '10.1.0.11');
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  it('unlink and link', async () => {
    assert.equal((await cloud.request('DELETE', `/ports/${id['blueUp'] ?? ''}/link`)).status, 204);
    await reach.notSoon('web', '10.2.0.10');
    reach.yes('web', '10.1.0.11');
    await new Tenant(cloud, 'acme').link(id['blueUp'] ?? '', id['blueDown'] ?? '');
    await reach.soon('web', '10.2.0.10');
  });

  for (const [what, path, alone] of [
    ['a machine’s port', () => `/ports/${id['db'] ?? ''}`, true],
    ['an interior bridge port', () => `/ports/${id['blueUp'] ?? ''}`, true],
    ['a router port', () => `/ports/${id['blueDown'] ?? ''}`, true],
    ['a bridge', () => `/bridges/${id['blue'] ?? ''}`, true],
    ['a router', () => `/routers/${id['router'] ?? ''}`, true],
    ['the sender’s bridge', () => `/bridges/${id['red'] ?? ''}`, false],
  ] as const) {
    it(`${what} down and up`, async () => {
      await cloud.update(path(), { adminStateUp: false });
      await reach.notSoon('web', '10.2.0.10');
      if (alone) reach.yes('web', '10.1.0.11');
      else await reach.notSoon('web', '10.1.0.11');
      await cloud.update(path(), { adminStateUp: true });
      await reach.soon('web', '10.2.0.10');
      await reach.soon('web', '10.1.0.11');
    });
  }

  it('a port moves to another host while it is pinged', async (t) => {
    const ping = new Daemon('ping', [
      'ip',
      'netns',
      'exec',
      cloud.net.name('app'),
      'ping',
      '-nDi',
      '0.01',
      '10.1.0.10',
    ]);
    const replies = (): number => ping.output.split('icmp_seq=').length - 1;
    await until('the first replies', () => replies() > 20);
    const port = id['web'] ?? '';
    await cloud.unbind(port, 'hv1');
    await cloud.active(port, false);
    // The machine keeps its own end of the veth; the host end goes over, as with a live migration.
    cloud.net.ip('hv1', 'link', 'set', 'web', 'netns', cloud.net.name('hv2'));
    cloud.net.ip('hv2', 'link', 'set', 'web', 'up');
    await cloud.bind(port, 'hv2', 'web');
    await cloud.active(port);
    const atMove = replies();
    await until('replies from the new place', () => replies() > atMove + 100, { detail: () => reach.logs() });
    await ping.stop('SIGINT');
    const times = [...ping.output.matchAll(/^\[([\d.]+)\].*icmp_seq=/gm)].map(([, time]) => Number(time));
    const gap = Math.max(...times.slice(1).map((time, i) => time - (times[i] ?? time)));
    t.diagnostic(`the longest gap between replies was ${Math.round(gap * 1000)} ms`);
    assert.ok(gap < 3, `nothing came for ${gap} s`);
    reach.yes('db', '10.1.0.10');
  });

  it('a port bound before its interface exists runs as soon as it appears', async () => {
    const port = await new Tenant(cloud, 'acme').bridgePort(id['red'] ?? '');
    await cloud.bind(port, 'hv2', 'late');
    await until('the agent to say what is missing', () =>
      cloud.agentStatus('hv2').problems.includes('interface late does not exist on this host'),
    );
    cloud.net.add('late');
    cloud.net.veth('late', 'eth0', 'hv2', 'late', 1450);
    cloud.net.ip('late', 'addr', 'add', '10.1.0.12/24', 'dev', 'eth0');
    await cloud.active(port);
    reach.yes('late', '10.1.0.10');
    assert.deepEqual(cloud.agentStatus('hv2').problems, []);
  });
});
