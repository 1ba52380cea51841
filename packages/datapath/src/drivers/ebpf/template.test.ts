import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { emptyKey, emptyMask, extractKey, getField, KEY_LAYOUT, type FlowAction, type TunnelKey } from '@midonet/flow';
import { read16, read32, TCP_FLAG, write16, write32 } from '@midonet/packet';
import { frameOf, ip, type FrameFields } from '../../../testing/frames.ts';
import { kernelTestsImpossible } from '../../../testing/kernel-lab.ts';
import { PEER, ProgramRig, UDP_PORT, VERDICT, VM } from '../../../testing/program-rig.ts';
import type { FlowSpec, FlowTemplate, Opened } from '../../datapath.ts';
import { ChoiceTables } from './choice-tables.ts';
import { SourceTables } from './source-tables.ts';

const skip = kernelTestsImpossible() ?? false;
const [CLIENT, SERVER, TRANSLATED] = ['10.0.0.1', '10.0.0.2', '203.0.113.9'];
const KEY = 0x77 as TunnelKey;
/** Where the outer headers of IPv4 end, and VXLAN's begins: Ethernet, IP, UDP. */
const VXLAN_AT = 42;

let rig: ProgramRig;
let opened: Opened[] = [];
const toPeer: FlowAction = { kind: 'tunnel', peer: PEER, key: KEY };

before(() => {
  if (skip === false) rig = new ProgramRig({ onOpened: (batch) => opened.push(...batch) });
});

beforeEach(() => {
  opened = [];
});

after(() => {
  if (skip === false) rig.close();
});

function syn(port: number, fields: FrameFields = {}): Uint8Array {
  return frameOf('tcp4', { ipSrc: CLIENT, ipDst: SERVER, srcPort: port, dstPort: 80, ...fields });
}

/** All of the frame's key but the one port. */
function spec(
  frame: Uint8Array,
  without: 'l4Src' | 'l4Dst',
  template: FlowTemplate,
  ...actions: FlowAction[]
): FlowSpec {
  const [key, mask] = [emptyKey(), emptyMask()];
  extractKey(frame, frame.length, VM, 0, key);
  mask.fill(0xffff_ffff);
  const { word, shift } = KEY_LAYOUT[without];
  mask[word] = ~(0xffff << shift);
  mask[KEY_LAYOUT.icmpId.word] = 0;
  mask[mask.length - 1] = 0;
  return { key, mask, ttlAbove: 0, mtu: 0, idleMs: 0, hardMs: 0, cookie: 0, actions, template };
}

function opens(token: number, more: Partial<FlowTemplate & { readonly kind: 'opens' }> = {}): FlowTemplate {
  return { kind: 'opens', token, class: 0xabcd, tell: 'peer', idleMs: 60_000, ...more };
}

function drained(): Opened[] {
  opened = [];
  rig.flows.drainOpened();
  return opened;
}

test('each connection gets a flow of its own, and its first packet says that it begins', { skip }, () => {
  rig.put(spec(syn(1), 'l4Src', opens(1), toPeer));
  const before = rig.flows.size;
  for (const port of [1000, 40_001]) {
    const first = rig.run('port_ingress', syn(port));
    assert.equal(first.verdict, VERDICT.redirect);
    assert.equal(read32(first.frame, VXLAN_AT), 0x0900_0000 + 0xabcd00 + (port >> 8));
    assert.equal(read32(first.frame, VXLAN_AT + 4), KEY * 256 + (port & 0xff));
    const second = rig.run('port_ingress', syn(port));
    assert.equal(read32(second.frame, VXLAN_AT), 0x0800_0000, 'the second says nothing');
    assert.equal(read32(second.frame, VXLAN_AT + 4), KEY * 256);
  }
  const said = drained();
  assert.deepEqual(
    said.map(({ kind, token, class: number, port, chosen, tcpFlags }) => [kind, token, number, port, chosen, tcpFlags]),
    [1000, 40_001].map((port) => ['here', 1, 0xabcd, port, port, TCP_FLAG.syn]),
  );
  assert.equal(rig.flows.size, before + 2);
  for (const { flow } of said) assert.equal(rig.flows.usage(flow ?? assert.fail())?.packets, 2);
  assert.equal(rig.flows.dump().length, 2, 'a template is no flow of packets');
  assert.deepEqual(drained(), []);
});

test('what is no beginning is left to user space', { skip }, () => {
  rig.put(spec(syn(1), 'l4Src', opens(2), toPeer));
  for (const tcpFlags of [TCP_FLAG.ack, TCP_FLAG.syn | TCP_FLAG.ack, TCP_FLAG.rst, TCP_FLAG.fin]) {
    assert.equal(rig.run('port_ingress', syn(1010, { tcpFlags })).verdict, VERDICT.drop);
  }
  assert.deepEqual(drained(), []);
});

test('a removed template opens nothing; what it opened stays', { skip }, () => {
  rig.put(spec(syn(1), 'l4Src', opens(3), toPeer));
  rig.run('port_ingress', syn(1020));
  const [one] = drained();
  const [result] = rig.flows.put([spec(syn(1), 'l4Src', opens(4), toPeer)]);
  assert.ok(result?.kind === 'stored', 'it takes the place of the one before');
  rig.flows.delete([result.id]);
  assert.equal(rig.run('port_ingress', syn(1021)).verdict, VERDICT.drop);
  assert.equal(rig.run('port_ingress', syn(1020)).verdict, VERDICT.redirect);
  assert.equal(rig.flows.usage(one?.flow ?? assert.fail())?.packets, 2);
});

/** A first packet as a peer's template sends it. */
function telling(inner: Uint8Array, number: number, port: number): Uint8Array {
  const route = { ipSrc: '192.0.2.2', ipDst: '192.0.2.1', srcPort: 50_000, dstPort: UDP_PORT };
  const frame = frameOf('udp4', { ...route, payload: 8 + inner.length });
  write16(frame, VXLAN_AT - 2, 0);
  write32(frame, VXLAN_AT, 0x0900_0000 + number * 256 + (port >> 8));
  write32(frame, VXLAN_AT + 4, KEY * 256 + (port & 0xff));
  frame.set(inner, VXLAN_AT + 8);
  return frame;
}

test('where it is answered, the flow of its answers is there before them', { skip }, () => {
  const from = { ipSrc: TRANSLATED };
  const answer = (port: number): Uint8Array =>
    frameOf('tcp4', { ipSrc: SERVER, ipDst: TRANSLATED, srcPort: 80, dstPort: port });
  const template: FlowTemplate = { kind: 'answers', token: 9, class: 5, peer: PEER, idleMs: 60_000 };
  const back: FlowAction[] = [
    { kind: 'set', field: 'ipDst', value: ip(CLIENT) },
    { kind: 'set', field: 'l4Dst', value: 1 },
    { kind: 'output', port: VM },
  ];
  rig.run('underlay_ingress', telling(syn(7000, from), 5, 1234));
  assert.deepEqual(
    drained().map(({ kind, token, peer, class: number, port, chosen }) => [kind, token, peer, number, port, chosen]),
    [['there', 0, PEER, 5, 1234, 7000]],
    'told, though there is nothing to make a flow from',
  );
  rig.put(spec(answer(1), 'l4Dst', template, ...back));
  rig.run('underlay_ingress', telling(syn(7001, from), 5, 4321));
  rig.run('underlay_ingress', telling(syn(7002, from), 6, 4321));
  const [known, other] = drained();
  assert.deepEqual([known?.token, known?.port, known?.chosen], [9, 4321, 7001]);
  assert.deepEqual([other?.token, other?.flow], [0, undefined], 'of another class');
  const { verdict, frame } = rig.run('port_ingress', answer(7001));
  assert.equal(verdict, VERDICT.redirect);
  const key = emptyKey();
  assert.equal(extractKey(frame, frame.length, VM, 0, key), 'ok');
  assert.equal(getField(key, 'l4Dst'), 4321);
  assert.equal(rig.run('port_ingress', answer(7003)).verdict, VERDICT.drop);
});

test('a source is translated to one of the ports given, the same whatever the destination', { skip }, () => {
  const table = new SourceTables(rig.objects).open() ?? assert.fail();
  for (const port of [30_001, 30_002]) assert.ok(table.give(port));
  table.map(1032, 'ask');
  table.map(1033, 29_000);
  const source: FlowAction[] = [
    { kind: 'set', field: 'ipSrc', value: ip(TRANSLATED) },
    { kind: 'set', field: 'l4Src', value: 1 },
    { kind: 'output', port: VM },
  ];
  for (const [token, dstPort] of [
    [11, 8080],
    [12, 8081],
  ] as const) {
    rig.put(spec(syn(1, { dstPort }), 'l4Src', opens(token, { source: table }), ...source));
  }
  const leaves = (port: number, dstPort: number): number => {
    const { verdict, frame } = rig.run('port_ingress', syn(port, { dstPort }));
    return verdict === VERDICT.redirect ? read16(frame, 34) : 0;
  };
  assert.equal(leaves(1030, 8080), 30_001);
  assert.equal(leaves(1030, 8081), 30_001);
  assert.equal(leaves(1031, 8080), 30_002);
  assert.equal(leaves(1032, 8080), 0, 'user space must say');
  assert.equal(leaves(1033, 8080), 29_000);
  assert.equal(leaves(1034, 8080), 0, 'none are left');
  assert.deepEqual(
    drained().map(({ kind, token, port, chosen }) => [kind, token, port, chosen]),
    [
      ['here', 11, 1030, 30_001],
      ['here', 12, 1030, 30_001],
      ['here', 11, 1031, 30_002],
      ['here', 11, 1033, 29_000],
    ],
  );
});

/** Hashes of connections from a port. */
const HASHES = [
  [1, 0x77783275],
  [1024, 0x3f5e21af],
  [2048, 0x5326e170],
  [32768, 0x7355e32d],
  [40000, 0x3bc8d2e2],
  [50001, 0x72751b21],
  [60123, 0xfb162989],
  [65535, 0xc690cfe3],
] as const;

test('a member is chosen by the hash of the connection, as the simulation does', { skip }, () => {
  const choices = new ChoiceTables(rig.objects).open() ?? assert.fail();
  const places = Uint8Array.from({ length: 16_381 }, (_, place) => (place % 2) + 1);
  choices.set(places);
  // As tupleHash() of 6 10.0.0.1:PORT > 10.0.0.2:443, see flow-hash.test.ts.
  const hash = 0x0e28_1f89;
  const vip = { dstPort: 443 };
  const chooses: FlowTemplate = { kind: 'chooses', token: 20, choices, hash, dstPort: 443 };
  const [chooser] = rig.flows.put([spec(syn(1, vip), 'l4Src', chooses, toPeer)]);
  assert.ok(chooser?.kind === 'stored');
  const usedAt = (): number => Number(process.hrtime.bigint()) / 1e6 - (rig.flows.usage(chooser.id)?.idleForMs ?? 0);
  const putAt = usedAt();
  for (const member of [1, 2]) rig.put(spec(syn(1, vip), 'l4Src', opens(20 + member, { member }), toPeer));
  for (const [port] of HASHES) rig.run('port_ingress', syn(port, vip));
  assert.deepEqual(
    drained().map(({ token, port }) => [port, token - 21]),
    HASHES.map(([port, full]) => [port, (full % 16_381) % 2]),
  );
  // The kernel's coarse clock may be some ticks behind the one that it was put by.
  for (let port = 2; usedAt() <= putAt + 1 && port < 1000; port++) rig.run('port_ingress', syn(port, vip));
  assert.ok(usedAt() > putAt + 1, 'the flow that chooses is in use');
});

test('a template has one in-port and one output', { skip }, () => {
  const two = rig.flows.put([spec(syn(1), 'l4Src', opens(30), { kind: 'clone', actions: [toPeer] }, toPeer)]);
  assert.equal(two[0]?.kind === 'refused' && two[0].reason, 'unsupported');
  const any = spec(syn(1), 'l4Src', opens(31), toPeer);
  any.mask[0] = 0;
  const [anywhere] = rig.flows.put([any]);
  assert.equal(anywhere?.kind === 'refused' && anywhere.reason, 'unsupported');
});

test('what began under earlier programs is told after an upgrade', { skip }, () => {
  const own = new ProgramRig({ onOpened: (batch) => opened.push(...batch) });
  try {
    own.put(spec(syn(1), 'l4Src', opens(1), toPeer));
    own.run('port_ingress', syn(2000));
    const before = own.objects;
    own.upgrade();
    assert.equal(own.objects.origin, 'upgraded');
    own.put(spec(syn(1), 'l4Src', opens(2), toPeer));
    // The interface is switched over after the maps were copied.
    own.run('port_ingress', syn(2001), before);
    own.run('port_ingress', syn(2002));
    own.flows.drainOpened();
    assert.deepEqual(
      opened.map(({ kind, token, port }) => [kind, token, port]),
      [
        ['here', 1, 2000],
        ['here', 1, 2001],
        ['here', 2, 2002],
      ],
    );
    const [copied, late, here] = opened.map(({ flow }) => flow);
    assert.equal(late, undefined, 'its flow went with the earlier table');
    own.run('port_ingress', syn(2000));
    assert.equal(own.flows.usage(copied ?? assert.fail())?.packets, 2);
    assert.equal(own.flows.usage(here ?? assert.fail())?.packets, 1);
    opened = [];
    own.flows.drainOpened();
    assert.deepEqual(opened, []);
  } finally {
    own.close();
  }
});
