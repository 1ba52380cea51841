import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { frameOf, KINDS } from '../frames.ts';
import type { HarnessMaker } from '../harness.ts';
import { keyOf, Rig } from '../rig.ts';

/** What comes up, how much of it, and the first packet's way back down. */
export function upcallSuite(maker: HarnessMaker): void {
  describe('upcalls', () => {
    for (const kind of KINDS) {
      test(`a miss of ${kind} comes up with its key and bytes`, () =>
        Rig.with(maker, { interfaces: 2 }, async (rig) => {
          for (const vlans of [[], [100]]) {
            const sent = frameOf(kind, { vlans });
            rig.upcalls.length = 0;
            rig.send(1, sent);
            const upcall = await rig.oneUpcall();
            assert.equal(upcall.reason, 'miss');
            assert.equal(upcall.inPort, rig.port(1));
            assert.deepEqual(upcall.key, keyOf(sent, rig.port(1)));
            assert.deepEqual(upcall.frame, sent);
            assert.equal(upcall.fullLength, sent.length);
            assert.equal(upcall.gsoSize, 0);
          }
        }));
    }

    test('QinQ and a full-size packet come up whole', () =>
      Rig.with(maker, { interfaces: 1 }, async (rig) => {
        const frames = [frameOf('udp4', { vlans: [10, 20] }), frameOf('udp4', { payload: 1472 })];
        for (const frame of frames) rig.send(0, frame);
        const upcalls = await rig.expectUpcalls(2);
        for (const [index, frame] of frames.entries()) {
          const upcall = upcalls[index];
          assert.ok(upcall !== undefined);
          assert.deepEqual(upcall.frame, frame);
          assert.deepEqual(upcall.key, keyOf(frame, rig.port(0)));
        }
      }));

    test('the first packet: flow first, then lookup; the second never comes up', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        rig.onUpcall(({ frame, inPort, gsoSize }) => {
          rig.put(rig.exact(frame, inPort, [{ kind: 'decTtl', by: 1 }, rig.output(1)]));
          rig.datapath.execute([{ frame, inPort, gsoSize, actions: 'lookup' }]);
        });
        const sent = frameOf('tcp4');
        rig.send(0, sent);
        await rig.expectOut(1, [frameOf('tcp4', { ttl: 63 })]);
        rig.send(0, sent);
        await rig.expectOut(1, [frameOf('tcp4', { ttl: 63 })]);
        await rig.expectUpcalls(1);
        assert.equal(rig.datapath.dump()[0]?.packets, 2);
      }));

    test('many misses come in batches, none lost below the limits', () =>
      Rig.with(
        maker,
        { interfaces: 2, upcallQueue: 2048, upcallLimits: { perPortRate: 1e6, perPortBurst: 4096 } },
        async (rig) => {
          const count = 1000;
          for (let i = 0; i < count; i++) rig.send(0, frameOf('udp4', { srcPort: 1 + i }));
          const upcalls = await rig.expectUpcalls(count);
          assert.deepEqual(new Set(upcalls.map(({ key }) => key[7])).size, count);
          const { misses, drops } = rig.datapath.counters();
          assert.equal(misses, count);
          assert.equal(drops.upcallRateLimited + drops.upcallQueueFull, 0);
        },
      ));

    test('the rate limit of one port: the rest is dropped and counted, the other port is not touched', () =>
      Rig.with(maker, { interfaces: 2, upcallLimits: { perPortRate: 10, perPortBurst: 20 } }, async (rig) => {
        const sent = 200;
        for (let i = 0; i < sent; i++) rig.send(0, frameOf('udp4', { srcPort: 1 + i }));
        const dropped = (): number => rig.datapath.counters().drops.upcallRateLimited;
        await rig.until('every packet to be counted', () => rig.upcalls.length + dropped() === sent);
        // The burst, and what a slow machine's clock adds while it sends.
        assert.ok(rig.upcalls.length >= 20 && rig.upcalls.length <= 40, `${rig.upcalls.length} came up`);
        const before = rig.upcalls.length;
        rig.send(1, frameOf('udp4'));
        await rig.expectUpcalls(before + 1);
        await rig.harness.advance(1000);
        for (let i = 0; i < 5; i++) rig.send(0, frameOf('udp4', { srcPort: 500 + i }));
        await rig.expectUpcalls(before + 6);
      }));
  });
}
