import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emptyMask, type TunnelKey } from '@midonet/flow';
import { frameOf, KINDS, mac } from '../frames.ts';
import type { HarnessMaker } from '../harness.ts';
import { Rig } from '../rig.ts';

/** Packets that the agent sends: through the table, or with actions of their own. */
export function executeSuite(maker: HarnessMaker): void {
  describe('execute', () => {
    for (const kind of KINDS) {
      test(`${kind} out of a port with explicit actions`, () =>
        Rig.with(maker, { interfaces: 2 }, async (rig) => {
          const frame = frameOf(kind);
          const set = { kind: 'set', field: 'ethSrc', value: mac('02:00:00:00:ee:ee') } as const;
          const actions = [set, rig.output(1), rig.tunnel(0, 3)];
          rig.datapath.execute([{ frame, inPort: rig.port(0), gsoSize: 0, actions }]);
          const expected = frameOf(kind, { ethSrc: '02:00:00:00:ee:ee' });
          await rig.expectOut(1, [expected]);
          await rig.expectTunnelled(0, [{ tunnelKey: 3, frame: expected }]);
          assert.deepEqual(frame, frameOf(kind), 'the frame given stays as it was');
          assert.equal(rig.datapath.counters().misses, 0);
        }));
    }

    test('a batch keeps its order', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const frames = Array.from({ length: 80 }, (_, i) => frameOf('udp4', { srcPort: 100 + i }));
        const actions = [rig.output(1)];
        rig.datapath.execute(frames.map((frame) => ({ frame, inPort: rig.port(0), gsoSize: 0, actions })));
        await rig.expectOut(1, frames);
      }));

    test('lookup of a packet that came by tunnel finds the flow of its key', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const spec = rig.wide(rig.tunnelPort, [rig.output(1)]);
        spec.key[1] = 42;
        const mask = emptyMask();
        mask[0] = mask[1] = 0xffffffff;
        rig.put({ ...spec, mask });
        const frame = frameOf('udp4');
        const tunnelKey = 42 as TunnelKey;
        rig.datapath.execute([{ frame, inPort: rig.tunnelPort, tunnelKey, gsoSize: 0, actions: 'lookup' }]);
        await rig.expectOut(1, [frame]);
      }));

    test('lookup without a flow is a miss again', () =>
      Rig.with(maker, { interfaces: 1 }, async (rig) => {
        const frame = frameOf('udp4');
        rig.datapath.execute([{ frame, inPort: rig.port(0), gsoSize: 0, actions: 'lookup' }]);
        const upcall = await rig.oneUpcall();
        assert.equal(upcall.reason, 'miss');
      }));
  });
}
