import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { DpPort, FlowAction, TunnelKey } from '@midonet/flow';
import { checksum, read16, write16, write32 } from '@midonet/packet';
import { frameOf, mac, ip, type FrameFields } from '../../../testing/frames.ts';
import { kernelTestsImpossible, portFlow } from '../../../testing/kernel-lab.ts';
import { PEER, ProgramRig, TUNNEL, UDP_PORT, VERDICT, VM } from '../../../testing/program-rig.ts';
import { Counters } from './counters.ts';

const skip = kernelTestsImpossible() ?? false;

const KEY = 0x1234 as TunnelKey;

let rig: ProgramRig;

before(() => {
  if (skip === false) rig = new ProgramRig();
});

after(() => {
  if (skip === false) rig.close();
});

function put(inPort: DpPort, actions: readonly FlowAction[]): void {
  rig.put(portFlow(inPort, actions));
}

/** The frame in VXLAN (RFC 7348), from the peer to this host. */
function inVxlan(inner: Uint8Array, fields: FrameFields = {}, flags = 0x0800_0000): Uint8Array {
  const at = 42;
  const route = { ipSrc: '192.0.2.2', ipDst: '192.0.2.1', srcPort: 50_000, dstPort: UDP_PORT };
  const frame = frameOf('udp4', { ...route, ...fields, payload: 8 + inner.length });
  write16(frame, at - 2, 0);
  write32(frame, at, flags);
  write32(frame, at + 4, KEY << 8);
  frame.set(inner, at + 8);
  return frame;
}

const REWRITES: readonly (readonly [string, FlowAction, FrameFields])[] = [
  [
    'destination MAC',
    { kind: 'set', field: 'ethDst', value: mac('02:00:00:00:00:99') },
    { ethDst: '02:00:00:00:00:99' },
  ],
  ['source address', { kind: 'set', field: 'ipSrc', value: ip('203.0.113.9') }, { ipSrc: '203.0.113.9' }],
  ['destination address', { kind: 'set', field: 'ipDst', value: ip('203.0.113.9') }, { ipDst: '203.0.113.9' }],
  ['source port', { kind: 'set', field: 'l4Src', value: 50_000 }, { srcPort: 50_000 }],
  ['destination port', { kind: 'set', field: 'l4Dst', value: 50_000 }, { dstPort: 50_000 }],
  ['TTL', { kind: 'decTtl', by: 1 }, { ttl: 63 }],
];

for (const kind of ['udp4', 'tcp4'] as const) {
  for (const [what, rewrite, expected] of REWRITES) {
    test(`${kind}: the ${what} is rewritten, checksums with it`, { skip }, () => {
      put(VM, [rewrite, { kind: 'output', port: VM }]);
      assert.deepEqual(rig.run('port_ingress', frameOf(kind)), {
        verdict: VERDICT.redirect,
        frame: frameOf(kind, expected),
      });
    });
  }
}

test('a flow without actions drops and is counted', { skip }, () => {
  put(VM, []);
  const before = new Counters(rig.objects).read().drops.flowDrop;
  assert.equal(rig.run('port_ingress', frameOf('udp4')).verdict, VERDICT.drop);
  assert.equal(new Counters(rig.objects).read().drops.flowDrop, before + 1);
});

test('encapsulation writes the outer headers', { skip }, () => {
  put(VM, [{ kind: 'tunnel', peer: PEER, key: KEY }]);
  const inner = frameOf('tcp4');
  const { verdict, frame } = rig.run('port_ingress', inner);
  assert.equal(verdict, VERDICT.redirect);
  assert.deepEqual(frame.slice(50), inner, 'the inner frame is whole');
  const ipHeader = frame.slice(14, 34);
  assert.deepEqual([...ipHeader.slice(0, 4)], [0x45, 0, 0, inner.length + 36]);
  assert.deepEqual([...ipHeader.slice(6, 10)], [0x40, 0, 64, 17], 'not to be fragmented, 64 hops, UDP');
  assert.deepEqual([...ipHeader.slice(12)], [192, 0, 2, 1, 192, 0, 2, 2]);
  assert.equal(checksum(ipHeader, 0, 20), 0, 'the IP checksum is right');
  assert.ok(read16(frame, 34) >= 0xc000, 'a source port of the dynamic range');
  assert.deepEqual(frame.slice(36, 50), inVxlan(inner).slice(36, 50));
});

test('decapsulation leaves the inner frame', { skip }, () => {
  put(TUNNEL, [{ kind: 'output', port: VM }]);
  for (const kind of ['udp4', 'tcp4', 'echo4'] as const) {
    const inner = frameOf(kind);
    assert.deepEqual(rig.run('underlay_ingress', inVxlan(inner)), { verdict: VERDICT.redirect, frame: inner });
  }
});

test('what is not our VXLAN passes untouched', { skip }, () => {
  const foreign = {
    'another port': frameOf('udp4', { ipDst: '192.0.2.1', dstPort: 53 }),
    'another address': inVxlan(frameOf('udp4'), { ipDst: '192.0.2.77' }),
    'no VNI': inVxlan(frameOf('udp4'), {}, 0),
    'a VNI only': inVxlan(new Uint8Array(0)),
    'inner ARP': inVxlan(frameOf('arp')),
  };
  for (const [what, frame] of Object.entries(foreign)) {
    assert.deepEqual(rig.run('underlay_ingress', frame), { verdict: VERDICT.pass, frame }, what);
  }
});
