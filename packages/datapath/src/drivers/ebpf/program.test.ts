import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { DpPort, FlowAction, TunnelKey } from '@midonet/flow';
import { checksum, read16, write16, write32 } from '@midonet/packet';
import { frameOf, ip, mac, type FrameFields } from '../../../testing/frames.ts';
import { kernelTestsImpossible, portFlow } from '../../../testing/kernel-lab.ts';
import { testRun } from '../../kernel/bpf.ts';
import { allocate } from '../../kernel/libc.ts';
import type { PortSpec } from '../../datapath.ts';
import { readArtefact } from './artefact.ts';
import { openBpffs, unmountBpffs, type Bpffs } from './bpffs.ts';
import { writeConfig } from './config.ts';
import { Counters } from './counters.ts';
import { FlowTable } from './flow-table.ts';
import { KernelObjects, type ProgramName } from './objects.ts';
import { settingsOf } from './options.ts';
import { PortTable } from './port-table.ts';

/** The programs by bpf(BPF_PROG_TEST_RUN): a frame in, a verdict and a frame out; nothing is sent. */
const skip = kernelTestsImpossible() ?? false;

const VERDICT = { pass: -1, drop: 2, redirect: 7 } as const;
/** The kernel runs tests on the loopback interface. */
const LOOPBACK = 1;
const VM = 1 as DpPort;
const TUNNEL = 2 as DpPort;
const LOCAL = ip('192.0.2.1');
const PEER = ip('192.0.2.2');
const KEY = 0x1234 as TunnelKey;
const UDP_PORT = 4789;

const stateDir = mkdtempSync(join(tmpdir(), 'midonet-programs-'));
let bpffs: Bpffs;
let objects: KernelObjects;
let flows: FlowTable;
const data = allocate(4096);
const out = allocate(8192);

before(() => {
  if (skip !== false) return;
  bpffs = openBpffs(stateDir);
  const settings = settingsOf({ stateDir });
  objects = new KernelObjects(readArtefact(), bpffs.path, settings);
  const ports = new PortTable(objects);
  const interfaceSpec: PortSpec = { kind: 'interface', name: 'lo' };
  const tunnelSpec = {
    kind: 'tunnel',
    encapsulation: 'vxlan',
    local: LOCAL,
    underlay: 'lo',
    udpPort: UDP_PORT,
  } as const;
  const link = { ifindex: LOOPBACK, up: true, usable: true, peer: false };
  ports.set({ ...link, port: VM, spec: interfaceSpec, vxlanIfindex: 0 });
  ports.set({ ...link, port: TUNNEL, spec: tunnelSpec, vxlanIfindex: LOOPBACK + 1 });
  writeConfig(objects, {
    limits: settings.upcallLimits,
    tunnels: ports.entries().filter(({ port }) => port === TUNNEL),
  });
  const nothing = (): void => undefined;
  const events = { onUpcalls: nothing, onFlowsGone: nothing, onFlowsClosing: nothing, onPortChange: nothing };
  flows = new FlowTable(objects, { hasPort: () => true, tunnelTo: () => TUNNEL }, events);
});

after(() => {
  if (skip === false) {
    objects.close();
    bpffs.close();
    unmountBpffs(stateDir);
  }
  rmSync(stateDir, { recursive: true });
});

function run(program: ProgramName, frame: Uint8Array): { verdict: number; frame: Uint8Array } {
  data.bytes.set(frame);
  const input = { ...data, bytes: data.bytes.subarray(0, frame.length) };
  const { result, length } = testRun({ program: objects.program(program), data: input, out });
  return { verdict: result, frame: out.bytes.slice(0, length) };
}

function put(inPort: DpPort, actions: readonly FlowAction[]): void {
  const [result] = flows.put([portFlow(inPort, actions)]);
  assert.notEqual(result?.kind, 'refused', JSON.stringify(result));
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
      assert.deepEqual(run('port_ingress', frameOf(kind)), {
        verdict: VERDICT.redirect,
        frame: frameOf(kind, expected),
      });
    });
  }
}

test('a flow without actions drops and is counted', { skip }, () => {
  put(VM, []);
  const before = new Counters(objects).read().drops.flowDrop;
  assert.equal(run('port_ingress', frameOf('udp4')).verdict, VERDICT.drop);
  assert.equal(new Counters(objects).read().drops.flowDrop, before + 1);
});

test('encapsulation writes the outer headers', { skip }, () => {
  put(VM, [{ kind: 'tunnel', peer: PEER, key: KEY }]);
  const inner = frameOf('tcp4');
  const { verdict, frame } = run('port_ingress', inner);
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
    assert.deepEqual(run('underlay_ingress', inVxlan(inner)), { verdict: VERDICT.redirect, frame: inner });
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
    assert.deepEqual(run('underlay_ingress', frame), { verdict: VERDICT.pass, frame }, what);
  }
});
