import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FlowAction } from '@midonet/flow';
import { frameOf, mac } from '../frames.ts';
import type { HarnessMaker } from '../harness.ts';
import { Rig } from '../rig.ts';

/** Where packets go: many ports, each with its own version of the packet. */
export function outputSuite(maker: HarnessMaker): void {
  describe('outputs', () => {
    test('a flood reaches every port and not the one it came from', () =>
      Rig.with(maker, { interfaces: 8 }, async (rig) => {
        const sent = frameOf('arp', { ethDst: 'ff:ff:ff:ff:ff:ff' });
        const outputs = rig.ports.slice(1).map((port): FlowAction => ({ kind: 'output', port }));
        rig.put(rig.exact(sent, rig.port(0), outputs));
        rig.send(0, sent);
        for (let index = 1; index < 8; index++) await rig.expectOut(index, [sent]);
        assert.deepEqual(rig.interface(0).take(), []);
      }));

    test('rewrites between outputs: each port gets the packet as it was at that point', () =>
      Rig.with(maker, { interfaces: 4 }, async (rig) => {
        const sent = frameOf('udp4');
        const actions: FlowAction[] = [
          rig.output(1),
          { kind: 'set', field: 'ethDst', value: mac('02:00:00:00:0a:0a') },
          { kind: 'decTtl', by: 1 },
          rig.output(2),
          { kind: 'set', field: 'ethSrc', value: mac('02:00:00:00:0b:0b') },
          { kind: 'pushVlan', tci: 7 },
          rig.output(3),
        ];
        rig.put(rig.exact(sent, rig.port(0), actions));
        rig.send(0, sent);
        await rig.expectOut(1, [sent]);
        await rig.expectOut(2, [frameOf('udp4', { ethDst: '02:00:00:00:0a:0a', ttl: 63 })]);
        await rig.expectOut(3, [
          frameOf('udp4', { ethDst: '02:00:00:00:0a:0a', ethSrc: '02:00:00:00:0b:0b', ttl: 63, vlans: [7] }),
        ]);
      }));

    test('a clone is changed alone; the packet goes on as it was', () =>
      Rig.with(maker, { interfaces: 3 }, async (rig) => {
        const sent = frameOf('tcp4');
        const changed: FlowAction[] = [{ kind: 'decTtl', by: 1 }, { kind: 'pushVlan', tci: 9 }, rig.output(1)];
        rig.put(rig.exact(sent, rig.port(0), [{ kind: 'clone', actions: changed }, rig.output(2)]));
        rig.send(0, sent);
        await rig.expectOut(1, [frameOf('tcp4', { ttl: 63, vlans: [9] })]);
        await rig.expectOut(2, [sent]);
      }));

    test('back out of the port it came from, when the flow says so', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const sent = frameOf('echo4');
        rig.put(rig.exact(sent, rig.port(0), [rig.output(0)]));
        rig.send(0, sent);
        await rig.expectOut(0, [sent]);
      }));

    test('no action drops and counts', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const sent = frameOf('udp4');
        rig.put(rig.exact(sent, rig.port(0), []));
        rig.send(0, sent);
        await rig.until('the drop to be counted', () => rig.datapath.counters().drops.flowDrop === 1);
        assert.deepEqual(rig.interface(1).take(), []);
        assert.equal(rig.upcalls.length, 0);
      }));

    test('packets keep their order', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        rig.put(rig.wide(rig.port(0), [rig.output(1)]));
        const sent = Array.from({ length: 100 }, (_, i) => frameOf('udp4', { srcPort: 1000 + i }));
        for (const frame of sent) rig.send(0, frame);
        await rig.expectOut(1, sent);
      }));

    test('the userspace action gives the packet to the agent and the rest of the actions still run', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const sent = frameOf('udp4');
        rig.put(rig.exact(sent, rig.port(0), [{ kind: 'userspace', reason: 1 }, rig.output(1)]));
        rig.send(0, sent);
        const upcall = await rig.oneUpcall();
        assert.equal(upcall.reason, 'action');
        assert.deepEqual(upcall.frame, sent);
        await rig.expectOut(1, [sent]);
      }));

    test('actions and ports the driver does not have are refused by name', () =>
      Rig.with(maker, { interfaces: 2 }, async (rig) => {
        const sent = frameOf('udp4');
        const missing = { kind: 'output', port: 9999 as never } as const;
        const [badPort] = rig.datapath.put([rig.exact(sent, rig.port(0), [missing])]);
        assert.ok(badPort?.kind === 'refused' && badPort.reason === 'badPort' && badPort.detail.includes('9999'));
        const meter = { kind: 'meter', meter: 1 } as const;
        if (rig.datapath.capabilities.actions.has('meter')) return;
        const [unsupported] = rig.datapath.put([rig.exact(sent, rig.port(0), [meter])]);
        assert.ok(unsupported?.kind === 'refused' && unsupported.reason === 'unsupported');
        assert.match(unsupported.detail, /meter/);
        assert.equal(rig.datapath.counters().flows, 0);
      }));
  });
}
