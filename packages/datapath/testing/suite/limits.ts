import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { frameOf } from '../frames.ts';
import type { HarnessMaker } from '../harness.ts';
import { Rig } from '../rig.ts';

/** 68 bytes. */
const SENT = frameOf('udp4');
/** Two packets: the second overdraws it. At a byte a second nothing worth mentioning comes back. */
const TWO = { bitsPerSecond: 8, burstBytes: SENT.length + 10 };

/** Rate limits of ports. */
export function limitSuite(maker: HarnessMaker): void {
  describe('limits', () => {
    const meter = (rig: Rig): number => rig.datapath.counters().drops.meter;
    const send = (rig: Rig, index: number, count: number): void => {
      for (let i = 0; i < count; i++) rig.send(index, SENT);
    };
    const wire = (rig: Rig): void => {
      rig.put(rig.wide(rig.port(0), [rig.output(1)]));
      rig.put(rig.wide(rig.port(1), [rig.output(0)]));
    };

    test('rx: what comes in over the limit is dropped and counted; the other direction is free', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        wire(rig);
        rig.datapath.setPortLimits(rig.port(0), { rx: TWO });
        send(rig, 0, 5);
        await rig.until('three drops', () => meter(rig) === 3);
        await rig.expectOut(1, [SENT, SENT]);
        send(rig, 1, 5);
        await rig.expectOut(0, [SENT, SENT, SENT, SENT, SENT]);
        assert.equal(meter(rig), 3);
        assert.equal(rig.datapath.portCounters(rig.port(0))?.rxPackets, 5, 'what came is counted, limited or not');
        assert.equal(rig.datapath.portCounters(rig.port(1))?.txPackets, 2);
      }));

    test('tx: what goes out over the limit is dropped and counted; the other direction is free', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        wire(rig);
        rig.datapath.setPortLimits(rig.port(1), { tx: TWO });
        send(rig, 0, 5);
        await rig.until('three drops', () => meter(rig) === 3);
        await rig.expectOut(1, [SENT, SENT]);
        send(rig, 1, 5);
        await rig.expectOut(0, [SENT, SENT, SENT, SENT, SENT]);
        assert.equal(rig.datapath.portCounters(rig.port(1))?.txPackets, 2);
      }));

    test('rx comes before the flow table: a packet that is dropped makes no upcall', () =>
      Rig.with(maker, { interfaces: 1 }, async (rig) => {
        rig.datapath.setPortLimits(rig.port(0), { rx: TWO });
        send(rig, 0, 5);
        await rig.until('three drops', () => meter(rig) === 3);
        await rig.expectUpcalls(2);
      }));

    test('tx: of a flood, the copies to others go on', () =>
      Rig.with(maker, { interfaces: 3 }, async (rig) => {
        rig.put(rig.wide(rig.port(0), [rig.output(1), rig.output(2)]));
        rig.datapath.setPortLimits(rig.port(1), { tx: TWO });
        send(rig, 0, 4);
        await rig.expectOut(2, [SENT, SENT, SENT, SENT]);
        await rig.expectOut(1, [SENT, SENT]);
        assert.equal(meter(rig), 2);
      }));

    test('tx holds for packets from a tunnel and from user space', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        rig.put(rig.wide(rig.tunnelPort, [rig.output(1)]));
        rig.datapath.setPortLimits(rig.port(1), { tx: TWO });
        rig.peer(0).send(7 as never, SENT);
        await rig.expectOut(1, [SENT]);
        const out = { frame: SENT, inPort: rig.port(0), gsoSize: 0, actions: [rig.output(1)] };
        rig.datapath.execute([out, out]);
        await rig.expectOut(1, [SENT]);
        await rig.until('a drop', () => meter(rig) === 1);
      }));

    test('the same limits change nothing, others start full, none lets all pass', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        wire(rig);
        rig.datapath.setPortLimits(rig.port(0), { rx: TWO });
        send(rig, 0, 2);
        await rig.expectOut(1, [SENT, SENT]);
        rig.datapath.setPortLimits(rig.port(0), { rx: { ...TWO } });
        send(rig, 0, 1);
        await rig.until('a drop', () => meter(rig) === 1);
        rig.datapath.setPortLimits(rig.port(0), { rx: { ...TWO, burstBytes: 1 } });
        send(rig, 0, 2);
        await rig.until('another drop', () => meter(rig) === 2);
        await rig.expectOut(1, [SENT]);
        rig.datapath.setPortLimits(rig.port(0), {});
        send(rig, 0, 9);
        await rig.expectOut(1, new Array(9).fill(SENT));
        assert.equal(meter(rig), 2);
      }));

    test('an empty bucket fills again with time', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        wire(rig);
        rig.datapath.setPortLimits(rig.port(0), { rx: { bitsPerSecond: SENT.length * 8 * 10, burstBytes: 1 } });
        send(rig, 0, 1);
        await rig.expectOut(1, [SENT]);
        // A packet is worth 100 ms.
        await rig.harness.advance(150);
        send(rig, 0, 1);
        await rig.expectOut(1, [SENT]);
      }));

    test('limits go with their port; one that is not there is ignored', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        rig.datapath.setPortLimits(rig.port(0), { rx: TWO, tx: TWO });
        rig.datapath.removePort(rig.port(0));
        rig.datapath.setPortLimits(rig.port(0), { rx: TWO });
        let port = rig.port(0);
        // The kernel lets go of a removed port's program a moment later.
        await rig.until('the interface to be free', () => {
          try {
            port = rig.datapath.addPort({ kind: 'interface', name: rig.interface(0).name }).port;
            return true;
          } catch {
            return false;
          }
        });
        rig.put(rig.wide(port, [rig.output(1)]));
        send(rig, 0, 5);
        await rig.expectOut(1, [SENT, SENT, SENT, SENT, SENT]);
        assert.equal(meter(rig), 0);
      }));
  });
}
