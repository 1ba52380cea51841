import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { Reach } from '../lab/reach.ts';
import { until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';
import { transfer } from '../lab/transfer.ts';

/**
 * A path over two routers, between machines that believe in 1,500 bytes while the overlay has 1,450:
 *
 *   left (hv1) ─ red 10.1.0.0/24 ─ r1 ── 10.3.0.0/30 ── r2 ─ blue 10.2.0.0/24 ─ right (hv2)
 *                    fd00:1::/64        fd00:3::/64           fd00:2::/64
 */
describe('a path over two routers', () => {
  let cloud: Cloud;
  let reach: Reach;
  let tenant: Tenant;
  let red = '';

  before(async () => {
    cloud = new Cloud('mnpath', 2);
    await cloud.start();
    reach = new Reach(cloud);
    tenant = new Tenant(cloud, 'acme');
    red = await tenant.bridge('red');
    const blue = await tenant.bridge('blue');
    const [r1, r2] = [await tenant.router('r1'), await tenant.router('r2')];
    await tenant.join(red, r1, ['10.1.0.1/24', 'fd00:1::1/64']);
    await tenant.join(blue, r2, ['10.2.0.1/24', 'fd00:2::1/64']);
    const east = await tenant.routerPort(r1, ['10.3.0.1/30', 'fd00:3::1/64']);
    const west = await tenant.routerPort(r2, ['10.3.0.2/30', 'fd00:3::2/64']);
    await tenant.link(east, west);
    await tenant.route(r1, '10.2.0.0/24', { nextHopPort: east, nextHopGateway: '10.3.0.2' });
    await tenant.route(r1, 'fd00:2::/64', { nextHopPort: east, nextHopGateway: 'fd00:3::2' });
    await tenant.route(r2, '10.1.0.0/24', { nextHopPort: west, nextHopGateway: '10.3.0.1' });
    await tenant.route(r2, 'fd00:1::/64', { nextHopPort: west, nextHopGateway: 'fd00:3::1' });
    await tenant.route(r1, '10.66.0.0/16', { type: 'Reject' });
    await tenant.route(r1, '10.77.0.0/16', { type: 'BlackHole' });
    await tenant.route(r1, 'fd00:66::/64', { type: 'Reject' });
    await tenant.route(r1, 'fd00:77::/64', { type: 'BlackHole' });
    for (const [vm, host, bridge, n] of [
      ['left', 'hv1', red, 1],
      ['right', 'hv2', blue, 2],
    ] as const) {
      const addresses = [`10.${n}.0.10/24`, `fd00:${n}::10/64`];
      await tenant.machine(vm, { host, bridge, addresses, mtu: 1500, gateways: [`10.${n}.0.1`, `fd00:${n}::1`] });
    }
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  const forgetPaths = (): void => {
    for (const vm of ['left', 'right']) {
      cloud.net.ip(vm, 'route', 'flush', 'cache');
      cloud.net.ip(vm, '-6', 'route', 'flush', 'cache');
    }
  };

  it('carries both families', () => {
    reach.yes('left', '10.2.0.10');
    reach.yes('left', 'fd00:2::10');
  });

  it('says fragmentation needed, with the MTU that fits', () => {
    const { stdout } = reach.ping('left', '10.2.0.10', '-c', '1', '-M', 'do', '-s', '1472');
    assert.match(stdout, /From 10\.1\.0\.1 icmp_seq=1 Frag needed and DF set \(mtu = 1450\)/);
    reach.yes('left', '10.2.0.10', '-M', 'do', '-s', '1422');
  });

  it('says packet too big over IPv6, with the MTU that fits', () => {
    // An advertisement may have told the machine, which would not try then.
    cloud.net.sysctl('left', 'net.ipv6.conf.eth0.accept_ra_mtu', '0');
    cloud.net.sysctl('left', 'net.ipv6.conf.eth0.mtu', '1500');
    const { stdout } = reach.ping('left', 'fd00:2::10', '-c', '1', '-M', 'do', '-s', '1452');
    assert.match(stdout, /From fd00:1::1 icmp_seq=1 Packet too big: mtu=1450/);
    reach.yes('left', 'fd00:2::10', '-M', 'do', '-s', '1402');
  });

  for (const [from, to, address] of [
    ['left', 'right', '10.2.0.10'],
    ['right', 'left', '10.1.0.10'],
    ['left', 'right', 'fd00:2::10'],
    ['right', 'left', 'fd00:1::10'],
  ] as const) {
    it(`tells both ends of TCP to ${address} which segments fit, so that none is too long`, async () => {
      forgetPaths();
      await transfer(cloud.net, { from, to, address, bytes: 8 << 20 });
      assert.doesNotMatch(cloud.net.ip(from, 'route', 'get', address), /mtu/, 'nobody had to be told');
    });
  }

  it('carries TCP between machines that never hear of the MTU, as their SYNs are told what fits', async () => {
    const deaf = `table inet deaf {
      chain input {
        type filter hook input priority 0
        icmp type destination-unreachable drop
        icmpv6 type packet-too-big drop
      }
    }`;
    for (const vm of ['left', 'right']) cloud.net.mustExec(vm, ['nft', '-f', '-'], { input: deaf });
    try {
      for (const address of ['10.2.0.10', 'fd00:2::10']) {
        forgetPaths();
        await transfer(cloud.net, { from: 'left', to: 'right', address, bytes: 300_000 });
      }
    } finally {
      for (const vm of ['left', 'right']) cloud.net.mustExec(vm, ['nft', 'delete', 'table', 'inet', 'deaf']);
    }
  });

  it('fragments what is too long and may be fragmented', () => {
    forgetPaths();
    reach.yes('left', '10.2.0.10', '-M', 'dont', '-s', '1472');
    reach.yes('right', '10.1.0.10', '-M', 'dont', '-s', '4000');
  });

  it('carries fragments over hosts and routers in both families', () => {
    // Known paths: the machines cut at 1,450 bytes. A first packet cut too large is what PMTU discovery costs.
    reach.ping('left', 'fd00:2::10', '-c', '1', '-M', 'do', '-s', '1452');
    reach.ping('right', 'fd00:1::10', '-c', '1', '-M', 'do', '-s', '1452');
    for (const vm of ['left', 'right']) cloud.net.ip(vm, 'link', 'set', 'eth0', 'mtu', '1450');
    reach.yes('left', '10.2.0.10', '-s', '4000');
    reach.yes('left', 'fd00:2::10', '-s', '4000');
    reach.yes('right', '10.1.0.10', '-s', '20000');
  });

  describe('a machine that takes less than the overlay', () => {
    const LESS = 1300;

    before(async () => {
      const addresses = ['10.1.0.20/24', 'fd00:1::20/64'];
      const gateways = ['10.1.0.1', 'fd00:1::1'];
      for (const vm of ['left', 'right']) cloud.net.ip(vm, 'link', 'set', 'eth0', 'mtu', '1450');
      await tenant.machine('small', { host: 'hv2', bridge: red, addresses, gateways });
      reach.yes('left', '10.1.0.20', '-M', 'do', '-s', '1422');
      // At the machine's own end: its host must ask for it.
      cloud.net.ip('small', 'link', 'set', 'eth0', 'mtu', String(LESS));
    });

    it('is sent no more over bridges, and what is lost is counted by name', async () => {
      const long = ['-c', '1', '-W', '0.3', '-M', 'do', '-s', String(LESS - 27)];
      await until('the other host to hear of it', () => reach.ping('left', '10.1.0.20', ...long).code !== 0);
      await until('the drop to be counted', async () => {
        reach.ping('left', 'fd00:1::20', '-c', '1', '-W', '0.3', '-M', 'do', '-s', String(LESS - 47));
        const { body } = await cloud.request('GET', '/drops?reason=tooLongForPort');
        return JSON.stringify(body).includes('tooLongForPort');
      });
      reach.yes('left', '10.1.0.20', '-M', 'do', '-s', String(LESS - 28));
      reach.yes('left', 'fd00:1::20', '-M', 'do', '-s', String(LESS - 48));
    });

    it('routers say what it takes', () => {
      const four = reach.ping('right', '10.1.0.20', '-c', '1', '-M', 'do', '-s', String(LESS - 27));
      assert.match(four.stdout, new RegExp(`From 10\\.2\\.0\\.1 .*Frag needed and DF set \\(mtu = ${LESS}\\)`));
      const six = reach.ping('right', 'fd00:1::20', '-c', '1', '-M', 'do', '-s', String(LESS - 47));
      assert.match(six.stdout, new RegExp(`From fd00:2::1 .*Packet too big: mtu=${LESS}`));
      reach.yes('right', '10.1.0.20', '-M', 'do', '-s', String(LESS - 28));
      reach.yes('right', '10.1.0.20', '-M', 'dont', '-s', '1400');
    });

    it('TCP goes both ways, in trains', async () => {
      for (const from of ['left', 'right']) {
        await transfer(cloud.net, { from, to: 'small', address: '10.1.0.20', bytes: 8 << 20 });
      }
      await transfer(cloud.net, { from: 'small', to: 'right', address: 'fd00:2::10', bytes: 8 << 20 });
    });

    it('gets more again when it takes more', async () => {
      cloud.net.ip('small', 'link', 'set', 'eth0', 'mtu', '1450');
      const long = ['-c', '1', '-W', '0.3', '-M', 'do', '-s', '1422'];
      await until('the other host to hear of it', () => reach.ping('left', '10.1.0.20', ...long).code === 0);
    });
  });

  for (const [how, ...flags] of [['UDP'], ['ICMP', '-I']] as const) {
    it(`shows each router to traceroute by ${how}`, () => {
      const four = traceroute('10.2.0.10', ...flags);
      assert.deepEqual(four, ['10.1.0.1', '10.3.0.2', '10.2.0.10']);
      const six = traceroute('fd00:2::10', '-6', ...flags);
      assert.deepEqual(six, ['fd00:1::1', 'fd00:3::2', 'fd00:2::10']);
    });
  }

  it('refuses by a reject route, and says so', () => {
    assert.match(reach.ping('left', '10.66.0.1', '-c', '1').stdout, /From 10\.1\.0\.1 .*Packet filtered/);
    assert.match(
      reach.ping('left', 'fd00:66::1', '-c', '1').stdout,
      /From fd00:1::1 .*Destination unreachable: Administratively prohibited/,
    );
  });

  it('swallows by a blackhole route, in silence', () => {
    for (const to of ['10.77.0.1', 'fd00:77::1']) {
      const { stdout } = reach.ping('left', to, '-c', '2', '-W', '0.5');
      assert.match(stdout, / 100% packet loss/);
      assert.doesNotMatch(stdout, /From /);
    }
  });

  it('says that there is no route', () => {
    assert.match(reach.ping('left', '10.88.0.1', '-c', '1').stdout, /From 10\.1\.0\.1 .*Destination Net Unreachable/);
    assert.match(reach.ping('left', 'fd00:88::1', '-c', '1').stdout, /From fd00:1::1 .*unreachable: No route/);
  });

  /** The address of each hop. */
  function traceroute(to: string, ...flags: string[]): string[] {
    const { stdout } = cloud.net.exec('left', ['traceroute', '-n', '-q', '1', '-w', '3', '-m', '5', ...flags, to]);
    return stdout
      .split('\n')
      .slice(1)
      .flatMap((line) => line.trim().split(/\s+/)[1] ?? []);
  }
});
