import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { Reach } from '../lab/reach.ts';
import { until } from '../lab/shell.ts';

/**
 * Two hypervisors, one tenant router, two switches:
 *
 *   web (hv1) ─┐                       ┌─ db (hv2)
 *              red 10.1.0.0/24 ─ r ─ blue 10.2.0.0/24
 *   app (hv2) ─┘  fd00:1::/64     fd00:2::/64
 */
describe('two hypervisors carry tenant traffic', () => {
  let cloud: Cloud;
  let reach: Reach;
  const port: Record<string, string> = {};

  before(async () => {
    cloud = new Cloud('mne2e', 2);
    await cloud.start();
    reach = new Reach(cloud);
    const red = await cloud.create('/bridges', { name: 'red', tenantId: 'acme' });
    const blue = await cloud.create('/bridges', { name: 'blue', tenantId: 'acme' });
    const router = await cloud.create('/routers', { name: 'r', tenantId: 'acme' });
    for (const [bridge, v4, v6] of [
      [red, '10.1.0', 'fd00:1::'],
      [blue, '10.2.0', 'fd00:2::'],
    ] as const) {
      const up = await cloud.create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
      const down = await cloud.create(`/routers/${router}/ports`, {
        type: 'Router',
        portSubnet: [`${v4}.1/24`, `${v6}1/64`],
      });
      await cloud.create(`/ports/${up}/link`, { peerId: down });
      for (const [network, length, bits] of [
        [`${v4}.0`, 24, '0.0.0.0'],
        [v6, 64, '::'],
      ] as const) {
        await cloud.create(`/routers/${router}/routes`, {
          type: 'Normal',
          srcNetworkAddr: bits,
          srcNetworkLength: 0,
          dstNetworkAddr: network,
          dstNetworkLength: length,
          nextHopPort: down,
          weight: 100,
        });
      }
    }
    for (const [vm, host, bridge, v4, v6] of [
      ['web', 'hv1', red, '10.1.0.10', 'fd00:1::10'],
      ['app', 'hv2', red, '10.1.0.11', 'fd00:1::11'],
      ['db', 'hv2', blue, '10.2.0.10', 'fd00:2::10'],
    ] as const) {
      port[vm] = await cloud.create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
      await cloud.plug(vm, { host, port: port[vm], addresses: [`${v4}/24`, `${v6}/64`] });
      cloud.net.ip(vm, 'route', 'add', 'default', 'via', `${v4.split('.').slice(0, 3).join('.')}.1`);
      cloud.net.ip(vm, '-6', 'route', 'replace', 'default', 'via', `${v6.slice(0, -2)}1`);
    }
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  const ping = (from: string, to: string, ...flags: string[]): void => reach.yes(from, to, ...flags);

  it('pings on one switch across hosts', () => ping('web', '10.1.0.11'));
  it('pings the router', () => ping('web', '10.1.0.1'));
  it('pings through the router to the other host', () => ping('web', '10.2.0.10'));
  it('pings through the router on one host', () => ping('app', '10.2.0.10'));
  it('pings IPv6 on one switch', () => ping('web', 'fd00:1::11'));
  it('pings IPv6 through the router', () => ping('web', 'fd00:2::10'));
  it('carries the largest packet the overlay allows', () => ping('web', '10.2.0.10', '-M', 'do', '-s', '1422'));

  it('answers TTL expiry and unreachable networks with ICMP', () => {
    const expired = cloud.net.exec('web', ['ping', '-n', '-c', '1', '-W', '3', '-t', '1', '10.2.0.10']);
    assert.match(expired.stdout, /From 10\.1\.0\.1 .*Time to live exceeded/);
    const nowhere = cloud.net.exec('web', ['ping', '-n', '-c', '1', '-W', '3', '10.99.0.1']);
    assert.match(nowhere.stdout, /From 10\.1\.0\.1 .*Destination Net Unreachable/);
  });

  it('carries TCP both ways with its data intact', async () => {
    const server = cloud.net.exec('db', ['sh', '-c', 'iperf3 -s -D -I /dev/null']);
    assert.equal(server.code, 0, server.stderr);
    const ran = await until('iperf3 to finish', () => {
      const result = cloud.net.exec('web', ['iperf3', '-c', '10.2.0.10', '-t', '1', '-J'], { timeoutMs: 20_000 });
      return result.code === 0 ? result : undefined;
    });
    const report = JSON.parse(ran.stdout) as { end: { sum_received: { bits_per_second: number } } };
    assert.ok(report.end.sum_received.bits_per_second > 1e8, `only ${report.end.sum_received.bits_per_second} bit/s`);
  });

  it('follows a MAC to another port', async () => {
    const red = ((await cloud.request('GET', `/ports/${port['web'] ?? ''}`)).body as { bridgeId: string }).bridgeId;
    const other = await cloud.create(`/bridges/${red}/ports`, { type: 'Bridge' });
    await cloud.plug('web2', { host: 'hv2', port: other });
    const mac = /link\/ether (\S+)/.exec(cloud.net.ip('web', 'link', 'show', 'eth0'))?.[1] ?? '';
    cloud.net.ip('web', 'link', 'set', 'eth0', 'down');
    cloud.net.ip('web2', 'link', 'set', 'eth0', 'address', mac);
    cloud.net.ip('web2', 'addr', 'add', '10.1.0.10/24', 'dev', 'eth0');
    ping('web2', '10.1.0.11');
    await until('app to reach the moved address', () =>
      cloud.net.exec('app', ['ping', '-n', '-c', '1', '-W', '1', '10.1.0.10']).code === 0 ? true : undefined,
    );
  });
});
