import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Capture } from '../lab/capture.ts';
import { Cloud } from '../lab/cloud.ts';
import { iperf3 } from '../lab/iperf3.ts';
import { nearAndFar } from '../lab/near-and-far.ts';
import { transfer } from '../lab/transfer.ts';

/** Segmentation stays where it is cheap, and checksums are right whoever fills them in. */
describe('offloads', () => {
  let cloud: Cloud;
  const MACHINES = ['web', 'db', 'near'] as const;

  before(async () => {
    cloud = new Cloud('mnoff', 2);
    await cloud.start();
    await nearAndFar(cloud);
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  for (const to of ['10.2.0.10', 'fd00:2::10']) {
    it(`cross the tunnel as trains of segments (${to})`, async (t) => {
      await using underlay = await Capture.start(cloud.net, 'hv1', 'underlay0', 'udp port 6677 -c 500');
      const { bitsPerSecond } = iperf3(cloud.net, { client: 'web', server: 'db', to, flags: ['-t', '1'] });
      await underlay.sees(/500 packets captured/);
      const lengths = [...underlay.text.matchAll(/ length (\d+): 10\.255\.0\.1\.\d+ > 10\.255\.0\.2\./g)];
      const long = lengths.filter(([, length]) => Number(length) > 1514).length;
      t.diagnostic(`${(bitsPerSecond / 1e9).toFixed(1)} Gbit/s; ${long} of ${lengths.length} outer packets are trains`);
      assert.ok(long > lengths.length / 4, `${long} of ${lengths.length} outer packets are longer than the MTU`);
    });
  }

  for (const [sender, receiver] of [
    ['on', 'on'],
    ['off', 'on'],
    ['on', 'off'],
    ['off', 'off'],
  ] as const) {
    it(`checksums are right with offloads ${sender} at one end and ${receiver} at the other`, async () => {
      for (const vm of MACHINES) offload(vm, vm === 'web' ? sender : receiver);
      const bad = MACHINES.map((vm) => checksumErrors(vm));
      for (const [from, to, address] of [
        ['web', 'db', '10.2.0.10'],
        ['db', 'web', '10.1.0.10'],
        ['web', 'db', 'fd00:2::10'],
        ['db', 'web', 'fd00:1::10'],
        ['web', 'near', '10.2.0.11'],
        ['near', 'web', '10.1.0.10'],
      ] as const) {
        await transfer(cloud.net, { from, to, address, bytes: 2 << 20 });
      }
      assert.deepEqual(
        MACHINES.map((vm) => checksumErrors(vm)),
        bad,
        'segments with a wrong checksum arrived',
      );
    });
  }

  function offload(vm: string, how: 'on' | 'off'): void {
    cloud.net.mustExec(vm, ['ethtool', '-K', 'eth0', 'tx', how, 'rx', how, 'tso', how, 'gso', how, 'gro', how]);
  }

  /** What the machine's own kernel counted: TCP segments, IPv4 headers, UDP datagrams. */
  function checksumErrors(vm: string): string[] {
    const said = cloud.net.mustExec(vm, ['nstat', '-asz', 'TcpInCsumErrors', 'IpExtInCsumErrors', 'UdpInCsumErrors']);
    return [...said.matchAll(/CsumErrors\s+(\d+)/g)].map(([, count]) => count ?? '');
  }
});
