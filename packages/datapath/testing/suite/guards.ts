import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emptyMask } from '@midonet/flow';
import { TCP_FLAG } from '@midonet/packet';
import { frameOf, type FrameKind } from '../frames.ts';
import type { HarnessMaker } from '../harness.ts';
import { Rig } from '../rig.ts';

const IP_KINDS: readonly FrameKind[] = ['udp4', 'tcp4', 'echo4', 'udp6', 'tcp6', 'echo6'];

/** TTL and MTU: a flow that matches and still lets the agent decide. */
export function guardSuite(maker: HarnessMaker): void {
  describe('guards', () => {
    test('ttlAbove: greater goes, equal and less come up', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const wide = rig.wide(rig.port(0), [{ kind: 'decTtl', by: 1 }, rig.output(1)], { ttlAbove: 1 });
        rig.put(wide);
        for (const kind of IP_KINDS) {
          rig.send(0, frameOf(kind, { ttl: 2 }));
          await rig.expectOut(1, [frameOf(kind, { ttl: 1 })]);
        }
        for (const kind of IP_KINDS) {
          rig.send(0, frameOf(kind, { ttl: 1 }));
          rig.send(0, frameOf(kind, { ttl: 0 }));
        }
        const upcalls = await rig.expectUpcalls(2 * IP_KINDS.length);
        assert.ok(upcalls.every(({ reason }) => reason === 'ttl'));
        assert.deepEqual(rig.interface(1).take(), []);
      }));

    test('ttlAbove leaves ARP and other protocols alone', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        rig.put(rig.wide(rig.port(0), [rig.output(1)], { ttlAbove: 64 }));
        const sent = [frameOf('arp'), frameOf('other')];
        for (const frame of sent) rig.send(0, frame);
        await rig.expectOut(1, sent);
      }));

    test('mtu: so many bytes of IP go, one more comes up', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        rig.put(rig.wide(rig.port(0), [rig.output(1)], { mtu: 576 }));
        const fits4 = frameOf('udp4', { payload: 576 - 28 });
        const fits6 = frameOf('udp6', { payload: 576 - 48 });
        const tagged = frameOf('udp4', { payload: 576 - 28, vlans: [5] });
        for (const frame of [fits4, fits6, tagged]) rig.send(0, frame);
        await rig.expectOut(1, [fits4, fits6, tagged]);
        const long = [frameOf('udp4', { payload: 577 - 28 }), frameOf('udp6', { payload: 577 - 48 })];
        for (const frame of long) rig.send(0, frame);
        const upcalls = await rig.expectUpcalls(2);
        assert.deepEqual(
          upcalls.map(({ reason, frame }) => ({ reason, frame })),
          long.map((frame) => ({ reason: 'mtu', frame })),
        );
      }));

    test('mtu: a SYN is told which segments fit, whatever stands before the option; nothing else is touched', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        rig.put(rig.wide(rig.port(0), [{ kind: 'set', field: 'l4Dst', value: 81 }, rig.output(1)], { mtu: 1400 }));
        const nop = { kind: 'nop' } as const;
        for (const [kind, fits] of [
          ['tcp4', 1360],
          ['tcp6', 1340],
        ] as const) {
          for (const before of [[], [nop], [nop, nop, { kind: 'sackPermitted' } as const]]) {
            const syn = (mss: number, dstPort: number, tcpFlags: number = TCP_FLAG.syn): Uint8Array =>
              frameOf(kind, { dstPort, tcpFlags, tcpOptions: [...before, { kind: 'mss', mss }] });
            rig.send(0, syn(8960, 80));
            await rig.expectOut(1, [syn(fits, 81)]);
            rig.send(0, syn(1460, 80, TCP_FLAG.syn | TCP_FLAG.ack));
            await rig.expectOut(1, [syn(fits, 81, TCP_FLAG.syn | TCP_FLAG.ack)]);
            rig.send(0, syn(fits, 80));
            rig.send(0, syn(8960, 80, TCP_FLAG.ack));
            await rig.expectOut(1, [syn(fits, 81), syn(8960, 81, TCP_FLAG.ack)]);
          }
        }
      }));

    test('a guarded packet takes no part in the counters of the flow', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const spec = { ...rig.wide(rig.port(0), [rig.output(1)], { ttlAbove: 10 }), mask: emptyMask() };
        rig.put(spec);
        rig.send(0, frameOf('udp4', { ttl: 10 }));
        await rig.expectUpcalls(1);
        assert.equal(rig.datapath.dump()[0]?.packets, 0);
      }));
  });
}
