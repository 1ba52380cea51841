import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emptyMask, IP_DST_WORD, KEY_LAYOUT, type FlowMask } from '@midonet/flow';
import { frameOf } from '../frames.ts';
import type { HarnessMaker } from '../harness.ts';
import { keyOf, Rig } from '../rig.ts';

function maskOf(...words: readonly (readonly [number, number])[]): FlowMask {
  const mask = emptyMask();
  for (const [word, bits] of words) mask[word] = bits;
  return mask;
}

/** Which flow takes a packet. */
export function matchSuite(maker: HarnessMaker): void {
  describe('matching', () => {
    test('a prefix of the destination takes what is inside and nothing else', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const inside = frameOf('udp4', { ipDst: '10.1.2.3' });
        const mask = maskOf([0, 0xffffffff], [KEY_LAYOUT.ethType.word, 0xffff0000], [IP_DST_WORD, 0xffff0000]);
        rig.put({ ...rig.exact(inside, rig.port(0), [rig.output(1)]), mask });
        const also = frameOf('tcp4', { ipDst: '10.1.255.255', srcPort: 9 });
        const outside = frameOf('udp4', { ipDst: '10.2.0.0' });
        for (const frame of [inside, also, outside]) rig.send(0, frame);
        const upcall = await rig.oneUpcall();
        assert.deepEqual(upcall.frame, outside);
        await rig.expectOut(1, [inside, also]);
      }));

    test('key bits outside the mask mean nothing', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const spec = rig.wide(rig.port(0), [rig.output(1)]);
        spec.key.set(keyOf(frameOf('udp6'), rig.port(0)));
        rig.put(spec);
        const sent = frameOf('arp');
        rig.send(0, sent);
        await rig.expectOut(1, [sent]);
      }));

    test('every field of an exact flow tells packets apart', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        rig.put(rig.exact(frameOf('udp4'), rig.port(0), [rig.output(1)]));
        const others = [
          frameOf('udp4', { ethSrc: '02:00:00:00:00:77' }),
          frameOf('udp4', { ethDst: '06:00:00:00:00:02' }),
          frameOf('udp4', { vlans: [1] }),
          frameOf('udp4', { ipSrc: '10.0.0.9' }),
          frameOf('udp4', { ipDst: '10.0.1.2' }),
          frameOf('udp4', { tos: 4 }),
          frameOf('udp4', { srcPort: 4001 }),
          frameOf('udp4', { dstPort: 54 }),
          frameOf('tcp4'),
        ];
        for (const frame of others) rig.send(0, frame);
        const upcalls = await rig.expectUpcalls(others.length);
        assert.deepEqual(
          upcalls.map(({ frame }) => frame),
          others,
        );
        assert.deepEqual(rig.interface(1).take(), []);
      }));

    test('the same packet in by another port is another flow', () =>
      Rig.with(maker, { interfaces: 3 }, async (rig) => {
        const sent = frameOf('udp4');
        rig.put(rig.exact(sent, rig.port(0), [rig.output(2)]));
        rig.send(1, sent);
        const upcall = await rig.oneUpcall();
        assert.equal(upcall.inPort, rig.port(1));
      }));

    test('flows of many masks live side by side', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const prefixes = [8, 12, 16, 20, 24, 28, 32];
        const frames = prefixes.map((length) => frameOf('udp4', { ipDst: `${length}.2.3.4` }));
        for (const [index, length] of prefixes.entries()) {
          const bits = (0xffffffff << (32 - length)) >>> 0;
          const mask = maskOf([0, 0xffffffff], [KEY_LAYOUT.ethType.word, 0xffff0000], [IP_DST_WORD, bits]);
          rig.put({ ...rig.exact(frames[index] ?? frameOf('udp4'), rig.port(0), [rig.output(1)]), mask });
        }
        for (const frame of frames) rig.send(0, frame);
        await rig.expectOut(1, frames);
        assert.equal(rig.upcalls.length, 0);
      }));

    test('put on the same key and mask replaces the actions and keeps the id', () =>
      Rig.with(maker, { interfaces: 3 }, async (rig) => {
        const sent = frameOf('udp4');
        const id = rig.put(rig.exact(sent, rig.port(0), [rig.output(1)]));
        const [result] = rig.datapath.put([rig.exact(sent, rig.port(0), [rig.output(2)])]);
        assert.deepEqual(result, { kind: 'replaced', id });
        assert.equal(rig.datapath.counters().flows, 1);
        rig.send(0, sent);
        await rig.expectOut(2, [sent]);
        assert.deepEqual(rig.interface(1).take(), []);
      }));

    test('a deleted flow takes nothing; deleting it again is nothing', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const sent = frameOf('udp4');
        const id = rig.put(rig.exact(sent, rig.port(0), [rig.output(1)]));
        rig.datapath.delete([id]);
        rig.datapath.delete([id]);
        rig.send(0, sent);
        await rig.expectUpcalls(1);
        assert.equal(rig.datapath.counters().flows, 0);
        assert.deepEqual(rig.gone, [], 'what the agent deletes is not reported back');
      }));
  });
}
