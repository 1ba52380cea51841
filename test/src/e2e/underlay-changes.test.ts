import assert from 'node:assert/strict';
import { after, before, describe, it, type TestContext } from 'node:test';
import { Capture } from '../lab/capture.ts';
import { Cloud } from '../lab/cloud.ts';
import { iperf3While } from '../lab/iperf3.ts';
import { Reach } from '../lab/reach.ts';
import { Daemon, until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

const HV2 = '10.255.0.2';
/** A router on the underlay, another way to hv2. */
const DETOUR = '10.255.0.100';
const PING_EVERY = 0.02;

/** What hypervisors reach each other by changes while their machines talk. */
describe('the underlay changes below tenant traffic', () => {
  let cloud: Cloud;
  let reach: Reach;

  before(async () => {
    cloud = new Cloud('mnund', 2);
    cloud.net.add('detour');
    attach('detour', 'underlay0', DETOUR);
    cloud.net.sysctl('detour', 'net.ipv4.ip_forward', '1');
    // A redirect would bring hv1 back to the direct way.
    for (const where of ['all', 'underlay0']) cloud.net.sysctl('detour', `net.ipv4.conf.${where}.send_redirects`, '0');
    cloud.net.sysctl('hv2', 'net.ipv4.conf.underlay0.arp_notify', '1');
    await cloud.start();
    reach = new Reach(cloud);
    const tenant = new Tenant(cloud, 'acme');
    const bridge = await tenant.bridge('net');
    await tenant.machine('vm1', { host: 'hv1', bridge, addresses: ['10.0.0.1/24'] });
    await tenant.machine('vm2', { host: 'hv2', bridge, addresses: ['10.0.0.2/24'] });
    reach.yes('vm1', '10.0.0.2');
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  function attach(host: string, device: string, address: string): void {
    const port = `${device.replace('underlay', 'u')}-${host}`;
    cloud.net.veth(host, device, 'sw', port);
    cloud.net.ip('sw', 'link', 'set', port, 'master', 'br0');
    cloud.net.ip(host, 'addr', 'add', `${address}/24`, 'dev', device);
  }

  function macOf(host: string, device = 'underlay0'): string {
    return /link\/ether (\S+)/.exec(cloud.net.ip(host, 'link', 'show', device))?.[1] ?? 'none';
  }

  /** Pings while `change` happens, until tunnel packets leave hv1 by `device` to the MAC; then all arrives. */
  async function changing(
    t: TestContext,
    change: () => void,
    way: { readonly to: () => string; readonly device?: string },
  ): Promise<void> {
    const inVm = ['ip', 'netns', 'exec', cloud.net.name('vm1')];
    const ping = new Daemon('ping', [...inVm, 'ping', '-n', '-O', '-i', String(PING_EVERY), '10.0.0.2']);
    const sequence = (): number => Number([...ping.output.matchAll(/bytes from .*icmp_seq=(\d+)/g)].at(-1)?.[1] ?? 0);
    try {
      await until('pings to be answered', () => sequence() > 10, { detail: () => reach.logs() });
      change();
      const at = sequence();
      {
        await using capture = await Capture.start(cloud.net, 'hv1', way.device ?? 'underlay0', 'udp port 6677');
        const sent = new RegExp(`> ${way.to()}, .*10\\.255\\.0\\.1\\.\\d+ > 10\\.255\\.0\\.2\\.6677`);
        await capture.sees(sent);
      }
      await until('pings to be answered again', () => sequence() > at + 50, { detail: () => reach.logs() });
    } finally {
      await ping.stop('SIGINT');
    }
    const [, sent, received] = /(\d+) packets transmitted, (\d+) received/.exec(ping.output) ?? [];
    t.diagnostic(`about ${((Number(sent) - Number(received)) * PING_EVERY).toFixed(2)} s without an answer`);
    reach.yes('vm1', '10.0.0.2');
  }

  it('follows a route over a router, and back', async (t) => {
    await changing(t, () => cloud.net.ip('hv1', 'route', 'add', HV2, 'via', DETOUR), { to: () => macOf('detour') });
    await changing(t, () => cloud.net.ip('hv1', 'route', 'del', HV2), { to: () => macOf('hv2') });
  });

  it('follows a router whose MAC changes', async (t) => {
    cloud.net.sysctl('detour', 'net.ipv4.conf.underlay0.arp_notify', '1');
    cloud.net.ip('hv1', 'route', 'add', HV2, 'via', DETOUR);
    const change = (): string => cloud.net.ip('detour', 'link', 'set', 'underlay0', 'address', '02:00:00:00:0d:02');
    await changing(t, change, { to: () => '02:00:00:00:0d:02' });
    cloud.net.ip('hv1', 'route', 'del', HV2);
  });

  it('follows a peer whose MAC changes', async (t) => {
    const change = (): string => cloud.net.ip('hv2', 'link', 'set', 'underlay0', 'address', '02:00:00:00:0b:02');
    await changing(t, change, { to: () => '02:00:00:00:0b:02' });
  });

  it('has the kernel ask anew for a MAC that it forgot', async (t) => {
    const change = (): string => cloud.net.ip('hv1', 'neigh', 'flush', 'dev', 'underlay0');
    await changing(t, change, { to: () => macOf('hv2') });
  });

  it('keeps a TCP stream while the route goes back and forth', async () => {
    const stream = { client: 'vm1', server: 'vm2', to: '10.0.0.2', flags: ['-t', '5'] };
    let rounds = 0;
    const { received } = await iperf3While(cloud.net, stream, async () => {
      for (const verb of ['add', 'del', 'add', 'del']) {
        const before = cloud.net.exec('detour', ['cat', '/sys/class/net/underlay0/statistics/rx_bytes']).stdout;
        cloud.net.ip('hv1', 'route', verb, HV2, 'via', DETOUR);
        if (verb === 'del') continue;
        await until('the stream to take the detour', () => {
          const now = cloud.net.exec('detour', ['cat', '/sys/class/net/underlay0/statistics/rx_bytes']).stdout;
          return Number(now) > Number(before) + 1_000_000;
        });
        rounds++;
      }
    });
    assert.equal(rounds, 2);
    assert.ok(received > 1_000_000, `${received} bytes`);
  });

  it('moves with its address to another interface', async (t) => {
    const change = (): void => {
      cloud.net.ip('hv1', 'addr', 'del', '10.255.0.1/24', 'dev', 'underlay0');
      // Else it would go on answering ARP for the address.
      cloud.net.ip('hv1', 'link', 'set', 'underlay0', 'down');
      attach('hv1', 'underlay1', '10.255.0.1');
    };
    await changing(t, change, { to: () => macOf('hv2'), device: 'underlay1' });
  });

  it('goes on over an interface that was replaced', async (t) => {
    const change = (): void => {
      cloud.net.ip('hv1', 'link', 'del', 'underlay1');
      attach('hv1', 'underlay1', '10.255.0.1');
    };
    await changing(t, change, { to: () => macOf('hv2'), device: 'underlay1' });
  });
});
