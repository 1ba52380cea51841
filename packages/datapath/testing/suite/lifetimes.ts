import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { frameOf } from '../frames.ts';
import type { HarnessMaker } from '../harness.ts';
import { Rig } from '../rig.ts';

/** Expiry, eviction, dump and counters. */
export function lifetimeSuite(maker: HarnessMaker): void {
  describe('lifetimes', () => {
    test('idle: an unused flow goes, a used one stays', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const [used, unused] = [frameOf('udp4'), frameOf('tcp4')];
        const kept = rig.put(rig.exact(used, rig.port(0), [rig.output(1)], { idleMs: 400 }));
        const lost = rig.put(rig.exact(unused, rig.port(0), [rig.output(1)], { idleMs: 400 }));
        await rig.harness.advance(250);
        rig.send(0, used);
        await rig.expectOut(1, [used]);
        await rig.harness.advance(250);
        rig.datapath.sweep();
        assert.deepEqual(rig.gone, [{ id: lost, why: 'idle' }]);
        assert.deepEqual(
          rig.datapath.dump().map(({ id }) => id),
          [kept],
        );
        assert.equal(rig.datapath.counters().expired, 1);
      }));

    test('hard: the flow goes though it is used', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const sent = frameOf('udp4');
        const id = rig.put(rig.exact(sent, rig.port(0), [rig.output(1)], { hardMs: 200 }));
        await rig.harness.advance(150);
        rig.send(0, sent);
        await rig.expectOut(1, [sent]);
        rig.datapath.sweep();
        assert.deepEqual(rig.gone, []);
        await rig.harness.advance(100);
        rig.datapath.sweep();
        assert.deepEqual(rig.gone, [{ id, why: 'hard' }]);
        rig.send(0, sent);
        await rig.expectUpcalls(1);
      }));

    for (const kind of ['tcp4', 'tcp6'] as const) {
      test(`${kind}: a flow tells once that its connection closes`, () =>
        Rig.with(maker, { interfaces: 2 }, async (rig) => {
          const [data, fin] = [frameOf(kind, { tcpFlags: 0x18 }), frameOf(kind, { tcpFlags: 0x11 })];
          const id = rig.put(rig.exact(data, rig.port(0), [rig.output(1)]));
          rig.send(0, data);
          await rig.expectOut(1, [data]);
          rig.datapath.sweep();
          assert.deepEqual(rig.closing, []);
          rig.send(0, fin);
          await rig.expectOut(1, [fin]);
          rig.datapath.sweep();
          rig.datapath.sweep();
          assert.deepEqual(rig.closing, [{ id, tcpFlags: 0x19 }]);
          const usage = rig.datapath.usage(id);
          assert.equal(usage?.tcpFlags, 0x19);
          rig.datapath.delete([id]);
          assert.equal(rig.datapath.usage(id), undefined);
        }));
    }

    test('a flow with neither stays', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        rig.put(rig.exact(frameOf('udp4'), rig.port(0), [rig.output(1)]));
        await rig.harness.advance(500);
        rig.datapath.sweep();
        assert.equal(rig.datapath.counters().flows, 1);
      }));

    test('at capacity: bounded, nothing silent, and new flows work', () =>
      Rig.with(maker, { interfaces: 2, capacity: 64 }, async (rig) => {
        const capacity = rig.datapath.capabilities.maxFlows;
        const extra = 16;
        const frames = Array.from({ length: capacity + extra }, (_, i) => frameOf('udp4', { srcPort: 1 + i }));
        let refused = 0;
        for (const frame of frames) {
          const [result] = rig.datapath.put([rig.exact(frame, rig.port(0), [rig.output(1)])]);
          if (result?.kind === 'refused') {
            assert.equal(result.reason, 'full');
            refused++;
          }
        }
        const { flows, evicted } = rig.datapath.counters();
        assert.ok(flows <= capacity, `${flows} flows`);
        assert.equal(flows + refused + evicted, frames.length);
        assert.equal(rig.gone.filter(({ why }) => why === 'evicted').length, evicted);
        const last = frames.at(-1) ?? frameOf('udp4');
        if (refused > 0) return;
        rig.send(0, last);
        await rig.expectOut(1, [last]);
      }));

    test('dump gives back what was put, with packets and bytes', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const sent = frameOf('udp4');
        const spec = rig.exact(sent, rig.port(0), [{ kind: 'decTtl', by: 1 }, rig.output(1)], {
          ttlAbove: 1,
          mtu: 1400,
          idleMs: 60_000,
          hardMs: 120_000,
          cookie: 0xc0ffee,
        });
        const id = rig.put(spec);
        for (let i = 0; i < 3; i++) rig.send(0, sent);
        await rig.until('three packets', () => rig.datapath.dump()[0]?.packets === 3);
        const [dumped, ...more] = rig.datapath.dump();
        assert.equal(more.length, 0);
        assert.ok(dumped !== undefined);
        const { packets, bytes, idleForMs, ...rest } = dumped;
        assert.equal(packets, 3);
        assert.equal(bytes, 3 * sent.length);
        assert.ok(idleForMs >= 0 && idleForMs < 60_000);
        assert.deepEqual(rest, { ...spec, id });
      }));

    test('counters of the datapath and of ports', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const sent = frameOf('udp4');
        rig.put(rig.exact(sent, rig.port(0), [rig.output(1)]));
        for (let i = 0; i < 5; i++) rig.send(0, sent);
        rig.send(1, frameOf('tcp4'));
        await rig.expectUpcalls(1);
        await rig.expectOut(
          1,
          Array.from({ length: 5 }, () => sent),
        );
        const { hits, misses, upcalls, flows } = rig.datapath.counters();
        assert.deepEqual({ hits, misses, upcalls, flows }, { hits: 5, misses: 1, upcalls: 1, flows: 1 });
        const inCounters = rig.datapath.portCounters(rig.port(0));
        assert.deepEqual([inCounters?.rxPackets, inCounters?.rxBytes], [5, 5 * sent.length]);
        assert.equal(rig.datapath.portCounters(rig.port(1))?.txPackets, 5);
        assert.equal(rig.datapath.portCounters(9999 as never), undefined);
      }));
  });
}
