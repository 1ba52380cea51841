import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sampleFrames } from '@midonet/packet/testing';
import { Cloud } from '../lab/cloud.ts';
import { hostileFrames } from '../lab/hostile-frames.ts';
import { inject, injectDatagrams } from '../lab/inject.ts';
import { Reach } from '../lab/reach.ts';
import { run, until } from '../lab/shell.ts';
import { Tenant } from '../lab/tenant.ts';

const SEED = Number(process.env['SEED'] ?? 20261129);
const FRAMES = 3000;
const TUNNELS = 6677;
const STATE_EXCHANGE = 6678;

type Counts = {
  readonly datapath: {
    readonly hits: number;
    readonly upcalls: number;
    readonly drops: Readonly<Record<string, number>>;
  };
  readonly connections: { readonly exchange: Readonly<Record<string, number>> };
};

/**
 * Frames of every protocol the product reads, damaged, into a port of each kind and into what hosts
 * tell each other. Each frame ends in a counter, and nobody else notices.
 */
describe(`malformed packets into every kind of port (SEED=${SEED})`, () => {
  let cloud: Cloud;
  let reach: Reach;
  const routerMac: Record<string, string> = {};

  before(async () => {
    cloud = new Cloud('mnmal', 2);
    await cloud.start();
    reach = new Reach(cloud);
    const tenant = new Tenant(cloud, 'acme');
    const [bridge, router] = [await tenant.bridge('net'), await tenant.router('r')];
    const { down } = await tenant.join(bridge, router, ['10.1.0.1/24', 'fd00:1::1/64']);
    await cloud.create(`/bridges/${bridge}/dhcp`, { subnetPrefix: '10.1.0.0', subnetLength: 24 });
    await cloud.create(`/bridges/${bridge}/dhcpV6`, { prefix: 'fd00:1::', prefixLength: 64 });
    for (const [vm, host, last] of [
      ['good1', 'hv1', 11],
      ['good2', 'hv2', 12],
      ['evil', 'hv1', 66],
    ] as const) {
      const addresses = [`10.1.0.${last}/24`, `fd00:1::${last}/64`];
      await tenant.machine(vm, { host, bridge, addresses, gateways: ['10.1.0.1', 'fd00:1::1'] });
    }
    const edge = await tenant.routerPort(router, ['10.9.0.1/24']);
    await cloud.plug('outer', { host: 'hv1', port: edge, addresses: ['10.9.0.2/24'] });
    for (const [vm, port] of [
      ['evil', down],
      ['outer', edge],
    ] as const) {
      routerMac[vm] = ((await cloud.request('GET', `/ports/${port}`)).body as { portMac: string }).portMac;
    }
    stillGood();
  });

  after(async () => {
    await cloud[Symbol.asyncDispose]();
  });

  const counts = (host: string): Counts => cloud.agentStatus(host) as unknown as Counts;
  const stillGood = (): void => {
    for (const to of ['10.1.0.12', 'fd00:1::12', '10.1.0.1', '10.9.0.1']) reach.yes('good1', to);
    for (const host of cloud.hosts) assert.ok(cloud.agent(host).running, reach.logs());
  };
  const hostile = (to: string, from: string): Uint8Array[] => {
    const macs = Buffer.from(`${to}${from}`.replaceAll(':', ''), 'hex');
    const sound = sampleFrames(SEED, 300).map((frame) => Uint8Array.of(...macs, ...frame.subarray(12, 1400)));
    return [...sound, ...hostileFrames(sound, FRAMES - sound.length, SEED)];
  };
  /** A tag with nothing behind it: Linux drops these while it takes the tag out, before any program sees them. */
  const cutTag = (frame: Uint8Array): boolean => [0x8100, 0x88a8].includes(type(frame)) && frame.length < 20;

  for (const [what, vm] of [
    ["a bridge's port", 'evil'],
    ["a router's port", 'outer'],
  ] as const) {
    it(`${what}: each frame is forwarded, goes up or is dropped with a reason`, async (t) => {
      const ended = ({ datapath: { hits, upcalls, drops } }: Counts): number =>
        ['malformed', 'meter', 'unknownPort', 'upcallQueueFull', 'upcallRateLimited'].reduce(
          (sum, reason) => sum + (drops[reason] ?? 0),
          hits + upcalls,
        );
      const was = counts('hv1');
      const frames = hostile(
        routerMac[vm] ?? '',
        cloud.net.mustExec(vm, ['cat', '/sys/class/net/eth0/address']).trim(),
      );
      const sent = inject(cloud.net, vm, 'eth0', frames);
      const seen = sent - frames.filter(cutTag).length;
      assert.ok(seen > FRAMES / 2, `the guest's kernel took only ${sent} of ${frames.length}`);
      let now = was;
      await until(`${seen} frames to be counted`, () => ended((now = counts('hv1'))) - ended(was) >= seen, {
        everyMs: 500,
        timeoutMs: 60_000,
        detail: () => JSON.stringify([was.datapath, now.datapath]),
      });
      const malformed = (now.datapath.drops['malformed'] ?? 0) - (was.datapath.drops['malformed'] ?? 0);
      t.diagnostic(`${sent} sent, ${malformed} malformed`);
      assert.ok(malformed > sent / 20, `${malformed} of ${sent}`);
      stillGood();
    });
  }

  it('the drops of the agent have their reasons, ports and devices', async () => {
    const shown = async (): Promise<readonly { reason: string; count?: number }[]> => {
      const ran = run(cloud.midonet('hv1', 'drops', '--json', '--url', cloud.controllerUrl, '--token', cloud.token));
      return ran.code === 0 ? (JSON.parse(ran.stdout) as { reason: string }[]) : [];
    };
    await until(
      'several reasons to be shown',
      async () => new Set((await shown()).map(({ reason }) => reason)).size > 2,
    );
  });

  it('a tunnel from a peer: inner frames and headers', async () => {
    const [was, inner] = [counts('hv1'), hostile('02:00:00:00:00:01', '02:00:00:00:00:02')];
    const header = (i: number): Uint8Array => Uint8Array.of(i % 5 === 4 ? i & 0xff : 8, 0, 0, 0, 0, 0, i % 12, 0);
    const payloads = inner.map((frame, i) =>
      i % 7 === 6 ? header(i).slice(0, i % 8) : Uint8Array.of(...header(i), ...frame),
    );
    injectDatagrams(cloud.net, 'hv2', { address: '10.255.0.1', port: TUNNELS }, payloads);
    const more = (reason: string): number =>
      (counts('hv1').datapath.drops[reason] ?? 0) - (was.datapath.drops[reason] ?? 0);
    await until('malformed ones to be counted', () => more('malformed') > payloads.length / 100, { everyMs: 500 });
    stillGood();
  });

  it('what hosts tell each other of connections', async () => {
    const was = counts('hv1').connections.exchange;
    const noise = hostile('ff:ff:ff:ff:ff:ff', '02:00:00:00:00:02').slice(0, 500);
    injectDatagrams(cloud.net, 'hv2', { address: '10.255.0.1', port: STATE_EXCHANGE }, noise);
    await until('them to be counted', () => {
      const now = counts('hv1').connections.exchange;
      return ['malformed', 'wrongKey', 'otherVersion'].some((name) => (now[name] ?? 0) > (was[name] ?? 0));
    });
    stillGood();
  });
});

function type(frame: Uint8Array): number {
  return ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
}
