import { LinkMonitor, NetworkNamespace, setGsoMaxSize } from '@midonet/datapath/kernel';
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Capture } from '../lab/capture.ts';
import { Cloud } from '../lab/cloud.ts';
import { iperf3While } from '../lab/iperf3.ts';
import { nearAndFar } from '../lab/near-and-far.ts';
import type { Reach } from '../lab/reach.ts';
import { until } from '../lab/shell.ts';
import { transfer } from '../lab/transfer.ts';

const BIG = 196_608;
const USUAL = 65_536;

/** TCP trains of more than 64 KiB cross hosts as one packet, where the underlay takes them. */
describe('BIG TCP', () => {
  let cloud: Cloud;
  let reach: Reach;
  let router = '';

  before(async () => {
    cloud = new Cloud('mnbig', 2);
    await cloud.start('--big-tcp', 'on');
    ({ router, reach } = await nearAndFar(cloud));
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  /** Of the interfaces in a namespace, by name. */
  function sizes(name: string): Map<string, number> {
    return new Map(linksOf(name).map((link) => [link.name, link.gsoMaxSize]));
  }

  function linksOf(name: string) {
    const namespace = new NetworkNamespace(`/run/netns/${cloud.net.name(name)}`);
    try {
      const monitor = new LinkMonitor({ namespace, onChange: () => undefined, failed: () => undefined });
      monitor.close();
      return monitor.links();
    } finally {
      namespace.close();
    }
  }

  function raiseSwitch(): void {
    const namespace = new NetworkNamespace(`/run/netns/${cloud.net.name('sw')}`);
    const ports = linksOf('sw').filter(({ name }) => name.startsWith('to-hv'));
    namespace.run(() => ports.forEach(({ ifindex }) => setGsoMaxSize(ifindex, BIG)));
    namespace.close();
  }

  async function machinesTake(bytes: number): Promise<void> {
    for (const [name, device] of [
      ['hv1', 'underlay0'],
      ['hv2', 'underlay0'],
      ['web', 'eth0'],
      ['near', 'eth0'],
      ['db', 'eth0'],
    ] as const) {
      await until(`${device} of ${name} to take ${bytes} bytes`, () => sizes(name).get(device) === bytes, {
        detail: () => reach.logs(),
      });
    }
  }

  async function allTransfers(): Promise<void> {
    for (const [from, to, address] of [
      ['web', 'db', '10.2.0.10'],
      ['db', 'web', '10.1.0.10'],
      ['web', 'db', 'fd00:2::10'],
      ['db', 'web', 'fd00:1::10'],
      ['web', 'near', '10.2.0.11'],
      ['near', 'web', 'fd00:1::10'],
    ] as const) {
      await transfer(cloud.net, { from, to, address, bytes: 32 << 20 });
    }
  }

  it('raises the interfaces of the underlay and of machines', async () => {
    await machinesTake(BIG);
    assert.equal(sizes('hv1').get('web'), BIG);
    assert.equal(sizes('sw').get('to-hv1'), USUAL, 'what is not ours stays');
  });

  it('arrives whole through a network that cuts trains into segments', async () => {
    await allTransfers();
  });

  for (const to of ['10.2.0.10', 'fd00:2::10']) {
    it(`crosses the tunnel as packets of more than 64 KiB (${to})`, async (t) => {
      raiseSwitch();
      await using underlay = await Capture.start(
        cloud.net,
        'hv2',
        'underlay0',
        'udp port 6677 and greater 70000 -c 50',
      );
      const options = { client: 'web', server: 'db', to, flags: ['-t', '2'] };
      const { bitsPerSecond } = await iperf3While(cloud.net, options, async () => {
        await underlay.sees(/50 packets captured/);
      });
      t.diagnostic(`${(bitsPerSecond / 1e9).toFixed(1)} Gbit/s`);
    });
  }

  it('arrives whole while all flows are made anew again and again', async () => {
    raiseSwitch();
    let running = true;
    const disturb = async (): Promise<void> => {
      for (let up = false; running; up = !up) await cloud.update(`/routers/${router}`, { name: up ? 'r' : 'q' });
    };
    const disturbing = disturb();
    try {
      await allTransfers();
    } finally {
      running = false;
      await disturbing;
    }
  });

  it('is undone by an agent that is not to use it', async () => {
    for (const host of cloud.hosts) {
      await cloud.agent(host).stop();
      await cloud.startAgent(host);
    }
    await machinesTake(USUAL);
    await allTransfers();
  });
});
