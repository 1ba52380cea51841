import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, it } from 'node:test';
import { Cloud } from '../lab/cloud.ts';
import { iperf3While } from '../lab/iperf3.ts';
import { allAnswered, answered } from '../lab/pings.ts';
import { Daemon, until } from '../lab/shell.ts';

const INTERVAL = 0.25;

/** What must survive the death of an agent, of all agents, and of the controller. */
describe('forwarding survives restarts', () => {
  let cloud: Cloud;
  const ports: string[] = [];

  before(async () => {
    cloud = new Cloud('mnrst', 2);
    await cloud.start();
    const bridge = await cloud.create('/bridges', { name: 'net', tenantId: 'acme' });
    for (const [vm, host, address] of [
      ['vm1', 'hv1', '10.0.0.1/24'],
      ['vm2', 'hv2', '10.0.0.2/24'],
      ['vm3', 'hv2', '10.0.0.3/24'],
    ] as const) {
      const port = await cloud.create(`/bridges/${bridge}/ports`, { type: 'Bridge' });
      await cloud.plug(vm, { host, port, addresses: [address] });
      ports.push(port);
    }
    warmUp('10.0.0.2');
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  // A machine that is slow may have let a lease end in the test before.
  beforeEach(async () => {
    const alive = async (): Promise<boolean> => {
      const ids = await Promise.all(cloud.hosts.map((host) => cloud.hostId(host)));
      return ids.every((id) => id !== undefined);
    };
    await until('all hosts to be alive', alive, { timeoutMs: 60_000, everyMs: 100 });
    for (const port of ports) await cloud.active(port);
  });

  const warmUp = (to: string): void => {
    const ran = cloud.net.exec('vm1', ['ping', '-n', '-c', '5', '-i', '0.2', '-W', '2', to]);
    assert.equal(ran.code, 0, `${ran.stdout}\n${cloud.agent('hv1').output.slice(-3000)}`);
  };

  /** Pings every 10 ms while `meanwhile` runs; gives the number of the last answer, when all up to it have come. */
  const pingWhile = async (meanwhile: (replies: () => number) => Promise<void>): Promise<number> => {
    const ping = new Daemon('ping', [
      'ip',
      'netns',
      'exec',
      cloud.net.name('vm1'),
      'ping',
      '-n',
      '-i',
      '0.01',
      '10.0.0.2',
    ]);
    const replies = (): ReadonlySet<number> => answered(ping.output);
    try {
      await until('the first reply', () => replies().size > 0);
      await meanwhile(() => replies().size);
      const last = Math.max(...replies());
      await allAnswered(last, () => `${ping.output}\n${cloud.agent('hv1').output.slice(-3000)}`);
      return last;
    } finally {
      await ping.stop('SIGINT');
    }
  };

  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    it(`loses no packet of an established flow when an agent ends by ${signal} and comes back`, async () => {
      const sent = await pingWhile(async (pings) => {
        const before = pings();
        await cloud.agent('hv1').stop(signal);
        await cloud.startAgent('hv1');
        // The API still shows the old process's lease as alive, so the new one's own word counts.
        await until('the new agent to run its port', () => cloud.agent('hv1').output.includes('port is active'), {
          timeoutMs: 30_000,
        });
        await until('a hundred more pings', () => pings() > before + 100);
      });
      assert.ok(sent > 100, `sent ${sent}`);
    });
  }

  it('keeps a TCP stream running while agents are killed and come back', async (t) => {
    const test = { client: 'vm1', server: 'vm2', to: '10.0.0.2', flags: ['-t', '6', '-i', String(INTERVAL)] };
    const { intervals, bitsPerSecond } = await iperf3While(cloud.net, test, async () => {
      for (const host of cloud.hosts) {
        await cloud.agent(host).stop('SIGKILL');
        await cloud.startAgent(host);
        await until('the new agent to run its port', () => cloud.agent(host).output.includes('port is active'), {
          timeoutMs: 30_000,
        });
      }
    });
    const still = longestRun(intervals, (bytes) => bytes === 0) * INTERVAL;
    t.diagnostic(`${(bitsPerSecond / 1e9).toFixed(1)} Gbit/s over both restarts; still for ${still} s at most`);
    assert.ok(intervals.length >= 6 / INTERVAL - 1, `${intervals.length} intervals`);
    assert.ok(still < 1, `nothing was sent for ${still} s`);
  });

  it('handles new flows while no controller answers, and resumes when it is back', async () => {
    await cloud.controller().stop('SIGKILL');
    warmUp('10.0.0.3');
    cloud.net.ip('vm1', 'neigh', 'flush', 'all');
    warmUp('10.0.0.2');
    await cloud.startController();
    const bridge = await cloud.create('/bridges', { name: 'after', tenantId: 'acme' });
    assert.ok(bridge);
    await until(
      'both hosts alive again',
      async () => (await cloud.hostId('hv1')) !== undefined && (await cloud.hostId('hv2')) !== undefined,
      {
        timeoutMs: 30_000,
        everyMs: 100,
      },
    );
    warmUp('10.0.0.3');
  });

  it('shows a host dead soon after its agent was killed, alive again after its start', async () => {
    await cloud.agent('hv2').stop('SIGKILL');
    await until('hv2 to be shown dead', async () => (await cloud.hostId('hv2')) === undefined, {
      timeoutMs: 30_000,
      everyMs: 200,
    });
    await cloud.startAgent('hv2');
    warmUp('10.0.0.2');
  });
});

function longestRun<T>(values: readonly T[], matches: (value: T) => boolean): number {
  let [longest, run] = [0, 0];
  for (const value of values) {
    run = matches(value) ? run + 1 : 0;
    longest = Math.max(longest, run);
  }
  return longest;
}
