import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { emptyMask, type FlowAction, type TunnelKey } from '@midonet/flow';
import type { IpAddress } from '@midonet/packet';
import { DatapathError } from '../../src/index.ts';
import { frameOf, KINDS, mac } from '../frames.ts';
import type { HarnessMaker } from '../harness.ts';
import { keyOf, Rig } from '../rig.ts';

const KEY = 0xabcdef as TunnelKey;

/** Out to peers and in from them: the tunnel key names the port, whatever is inside. */
export function tunnelSuite(maker: HarnessMaker): void {
  describe('tunnels', () => {
    for (const kind of KINDS) {
      test(`${kind} goes out to the peer under its key`, () =>
        Rig.with(maker, { interfaces: 1 }, async (rig) => {
          const sent = frameOf(kind);
          rig.put(rig.exact(sent, rig.port(0), [rig.tunnel(0, KEY)]));
          rig.send(0, sent);
          await rig.expectTunnelled(0, [{ tunnelKey: KEY, frame: sent }]);
          assert.deepEqual(rig.peer(1).take(), []);
        }));

      test(`${kind} comes in by its key`, () =>
        Rig.with(maker, { interfaces: 2 }, async (rig) => {
          for (const [index, key] of [KEY, 5 as TunnelKey].entries()) {
            const spec = rig.wide(rig.tunnelPort, [rig.output(index)]);
            spec.key[1] = key;
            const mask = emptyMask();
            mask[0] = mask[1] = 0xffffffff;
            rig.put({ ...spec, mask });
          }
          const sent = frameOf(kind);
          rig.peer(0).send(KEY, sent);
          await rig.expectOut(0, [sent]);
          rig.peer(1).send(5 as TunnelKey, sent);
          await rig.expectOut(1, [sent]);
          assert.equal(rig.upcalls.length, 0);
        }));
    }

    test('an unknown key comes up with the tunnel port and the key', () =>
      Rig.with(maker, { interfaces: 1 }, async (rig) => {
        const sent = frameOf('udp4');
        rig.peer(0).send(77 as TunnelKey, sent);
        const upcall = await rig.oneUpcall();
        assert.equal(upcall.inPort, rig.tunnelPort);
        assert.deepEqual(upcall.key, keyOf(sent, rig.tunnelPort, 77));
        assert.deepEqual(upcall.frame, sent);
      }));

    for (const kind of KINDS) {
      test(`${kind} comes in from known peers alone`, () =>
        Rig.with(maker, { interfaces: 1 }, async (rig) => {
          rig.put(rig.wide(rig.tunnelPort, [rig.output(0)]));
          const [known, stranger] = [rig.peer(0), rig.peer(1)];
          rig.datapath.setPeers([known.address]);
          const [refused, taken] = [frameOf(kind, { ethSrc: '02:00:00:00:bb:bb' }), frameOf(kind)];
          stranger.send(KEY, refused);
          known.send(KEY, taken);
          await rig.expectOut(0, [taken]);
          await rig.until('the drop to be counted', () => rig.datapath.counters().drops.unknownTunnel === 1);
          rig.datapath.setPeers([stranger.address]);
          known.send(KEY, refused);
          stranger.send(KEY, taken);
          await rig.expectOut(0, [taken]);
        }));
    }

    test('too many peers are refused, and the known ones stay', () =>
      Rig.with(maker, { interfaces: 1 }, async (rig) => {
        rig.put(rig.wide(rig.tunnelPort, [rig.output(0)]));
        rig.datapath.setPeers([rig.peer(0).address]);
        const many = Array.from({ length: 65_537 }, (_, i) => (0x0a000000 + i) as IpAddress);
        assert.throws(
          () => rig.datapath.setPeers(many),
          (error) => error instanceof DatapathError && error.code === 'full',
        );
        const sent = frameOf('udp4');
        rig.peer(0).send(KEY, sent);
        await rig.expectOut(0, [sent]);
      }));

    test('a flood to peers and local ports, each with its own key and rewrite', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const sent = frameOf('arp', { ethDst: 'ff:ff:ff:ff:ff:ff' });
        const actions: FlowAction[] = [
          rig.tunnel(0, 11),
          rig.tunnel(1, 12),
          rig.tunnel(1, 13),
          rig.output(1),
          { kind: 'set', field: 'ethSrc', value: mac('02:00:00:00:cc:cc') },
          rig.tunnel(0, 14),
        ];
        rig.put(rig.exact(sent, rig.port(0), actions));
        rig.send(0, sent);
        const rewritten = frameOf('arp', { ethDst: 'ff:ff:ff:ff:ff:ff', ethSrc: '02:00:00:00:cc:cc' });
        await rig.expectOut(1, [sent]);
        await rig.expectTunnelled(0, [
          { tunnelKey: 11, frame: sent },
          { tunnelKey: 14, frame: rewritten },
        ]);
        await rig.expectTunnelled(1, [
          { tunnelKey: 12, frame: sent },
          { tunnelKey: 13, frame: sent },
        ]);
      }));

    test('a flood of IP packets reaches peers and local ports too', () =>
      Rig.with(maker, { interfaces: 3 }, async (rig) => {
        for (const kind of ['udp4', 'udp6'] as const) {
          const sent = frameOf(kind, { ethDst: '33:33:00:00:00:01' });
          const actions = [rig.tunnel(0, 21), rig.output(1), rig.tunnel(1, 22), rig.output(2)];
          rig.put(rig.exact(sent, rig.port(0), actions));
          rig.send(0, sent);
          await rig.expectOut(1, [sent]);
          await rig.expectOut(2, [sent]);
          await rig.expectTunnelled(0, [{ tunnelKey: 21, frame: sent }]);
          await rig.expectTunnelled(1, [{ tunnelKey: 22, frame: sent }]);
        }
      }));

    test('rewrites and tags go through the tunnel', () =>
      Rig.with(maker, { interfaces: 1 }, async (rig) => {
        for (const kind of ['tcp4', 'tcp6', 'arp'] as const) {
          const sent = frameOf(kind);
          rig.put(rig.exact(sent, rig.port(0), [{ kind: 'pushVlan', tci: 30 }, rig.tunnel(0, 9)]));
          rig.send(0, sent);
          await rig.expectTunnelled(0, [{ tunnelKey: 9, frame: frameOf(kind, { vlans: [30] }) }]);
        }
      }));

    test('without a tunnel port the packet is dropped and counted', () =>
      Rig.with(maker, { interfaces: 1 }, async (rig) => {
        const sent = frameOf('udp4');
        const action = rig.tunnel(0, 9);
        rig.datapath.removePort(rig.tunnelPort);
        rig.datapath.execute([{ frame: sent, inPort: rig.port(0), gsoSize: 0, actions: [action] }]);
        await rig.until('the drop to be counted', () => rig.datapath.counters().drops.encapFailed === 1);
      }));
  });
}
