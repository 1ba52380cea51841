import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { Reach } from '../lab/reach.ts';
import { until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';
import { transfer } from '../lab/transfer.ts';

const MAC = '02:00:00:00:01:01';

/**
 * Machines on two hypervisors, and on a third a firewall: a Linux bridge with one port that sends every
 * frame back where it came from. While its hairpin mode is off it lets nothing pass.
 */
describe('an L2 insertion takes frames through a service on a third hypervisor', () => {
  let cloud: Cloud;
  let reach: Reach;
  let service = '';
  let insertion = '';

  before(async () => {
    cloud = new Cloud('mnl2i', 3);
    await cloud.start();
    reach = new Reach(cloud);
    const tenant = new Tenant(cloud, 'acme');
    const [red, services] = [await tenant.bridge('red'), await tenant.bridge('services')];
    // Tags at the service port make frames 4 bytes longer in the tunnel.
    const [one, two] = [
      ['10.1.0.1/24', 'fd00:1::1/64'],
      ['10.1.0.2/24', 'fd00:1::2/64'],
    ];
    const port = await tenant.machine('vm1', { host: 'hv1', bridge: red, mac: MAC, mtu: 1446, addresses: one });
    await tenant.machine('vm2', { host: 'hv2', bridge: red, mtu: 1446, addresses: two });
    service = await tenant.bridgePort(services);
    await cloud.plug('fw', { host: 'hv3', port: service, mtu: 1500 });
    const { net } = cloud;
    net.ip('fw', 'link', 'add', 'br0', 'type', 'bridge');
    for (const family of ['iptables', 'ip6tables']) net.sysctl('fw', `net.bridge.bridge-nf-call-${family}`, '0');
    net.ip('fw', 'link', 'set', 'eth0', 'master', 'br0');
    net.ip('fw', 'link', 'set', 'eth0', 'type', 'bridge_slave', 'hairpin', 'on', 'learning', 'off');
    net.ip('fw', 'link', 'set', 'br0', 'up');
    await reach.soon('vm1', '10.1.0.2');
    await reach.soon('vm2', 'fd00:1::1');
    insertion = await cloud.create('/l2insertions', { portId: port, srvPortId: service, mac: MAC, vlan: 10 });
  });

  after(() => cloud[Symbol.asyncDispose]());

  /** Frames that the firewall has got. */
  const seen = (): number =>
    Number(cloud.net.mustExec('fw', ['cat', '/sys/class/net/eth0/statistics/rx_packets']).trim());

  const passes = (from: string, to: string): boolean => reach.ping(from, to, '-c', '1', '-W', '1').code === 0;

  for (const [family, to, back] of [
    ['IPv4', '10.1.0.2', '10.1.0.1'],
    ['IPv6', 'fd00:1::2', 'fd00:1::1'],
  ] as const) {
    it(`both directions of ${family} go through it`, async () => {
      await until('frames to go by the firewall', () => {
        const before = seen();
        return passes('vm1', to) && seen() - before >= 2;
      });
      for (const [from, dst] of [
        ['vm1', to],
        ['vm2', back],
      ] as const) {
        const before = seen();
        reach.yes(from, dst);
        assert.ok(seen() - before >= 6, `${seen() - before} frames for 3 questions and 3 answers`);
      }
    });
  }

  it('TCP in long segments goes through it, bit by bit', async () => {
    const before = seen();
    await transfer(cloud.net, { from: 'vm1', to: 'vm2', address: '10.1.0.2', bytes: 1_000_000 });
    assert.ok(seen() - before > 10);
  });

  it('what the firewall blocks ends there', async () => {
    cloud.net.ip('fw', 'link', 'set', 'eth0', 'type', 'bridge_slave', 'hairpin', 'off');
    await reach.notSoon('vm1', '10.1.0.2');
    await reach.notSoon('vm2', 'fd00:1::1');
    cloud.net.ip('fw', 'link', 'set', 'eth0', 'type', 'bridge_slave', 'hairpin', 'on');
    reach.yes('vm1', '10.1.0.2');
  });

  it('while the service port is down the insertion drops by name, or fails open', async () => {
    await cloud.unbind(service, 'hv3');
    await reach.notSoon('vm1', '10.1.0.2');
    await until('hv1 to count what it drops', async () => {
      passes('vm1', '10.1.0.2');
      const { body } = await cloud.request('GET', '/drops?reason=serviceDown');
      return (body as { byId: string }[]).some(({ byId }) => byId === insertion);
    });
    await cloud.update(`/l2insertions/${insertion}`, { failOpen: true });
    await reach.soon('vm1', '10.1.0.2');
    await reach.soon('vm2', 'fd00:1::1');
    // A machine's own multicast and what was on its way may still have come to the firewall until here.
    await until('frames to go straight', () => {
      const count = seen();
      return passes('vm1', '10.1.0.2') && passes('vm2', '10.1.0.1') && seen() === count;
    });
    await cloud.bind(service, 'hv3', 'fw');
    await until('frames to go by the firewall again', () => {
      const count = seen();
      return passes('vm1', '10.1.0.2') && seen() - count >= 2;
    });
  });

  it('without the insertion frames go straight', async () => {
    await cloud.request('DELETE', `/l2insertions/${insertion}`);
    await until('frames to go straight', () => {
      const count = seen();
      return passes('vm1', '10.1.0.2') && seen() === count;
    });
  });
});
