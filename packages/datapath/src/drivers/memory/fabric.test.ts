import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FlowAction, FlowKey, TunnelKey } from '@midonet/flow';
import { frameOf, ip } from '../../../testing/frames.ts';
import { exactMask, keyOf } from '../../../testing/rig.ts';
import type { Datapath, DatapathEvents, FlowSpec, Upcall } from '../../datapath.ts';
import { MemoryFabric, openMemory } from './open.ts';

const silent: DatapathEvents = {
  onUpcalls: () => undefined,
  onFlowsGone: () => undefined,
  onFlowsClosing: () => undefined,
  onPortChange: () => undefined,
};
const clock = (): number => 0;

function exact(key: FlowKey, actions: readonly FlowAction[]): FlowSpec {
  return { key, mask: exactMask(), ttlAbove: 0, mtu: 0, actions, idleMs: 0, hardMs: 0, cookie: 0 };
}

function withTunnel(fabric: MemoryFabric, name: string, local: string, events: DatapathEvents = silent): Datapath {
  const datapath = openMemory({ clock, host: fabric.host(name) }, events);
  datapath.addPort({ kind: 'tunnel', encapsulation: 'vxlan', local: ip(local), underlay: 'eth0', udpPort: 4789 });
  return datapath;
}

test('a packet goes from a VM through two hosts to a VM', () => {
  const fabric = new MemoryFabric({ schedule: 'manual' });
  const hosts = [withTunnel(fabric, 'hv1', '192.0.2.1'), withTunnel(fabric, 'hv2', '192.0.2.2')] as const;
  const [vm1, vm2] = [fabric.host('hv1').interface('vm1'), fabric.host('hv2').interface('vm2')];
  const in1 = hosts[0].addPort({ kind: 'interface', name: 'vm1' }).port;
  const out2 = hosts[1].addPort({ kind: 'interface', name: 'vm2' }).port;
  const frame = frameOf('udp4');
  hosts[0].put([exact(keyOf(frame, in1), [{ kind: 'tunnel', peer: ip('192.0.2.2'), key: 7 as TunnelKey }])]);
  const [tunnel] = hosts[1].ports();
  assert.ok(tunnel !== undefined);
  hosts[1].put([
    exact(keyOf(frame, tunnel.port, 7), [
      { kind: 'decTtl', by: 1 },
      { kind: 'output', port: out2 },
    ]),
  ]);
  vm1.send(frame);
  assert.deepEqual(vm2.take(), [], 'nothing happens inside send()');
  fabric.run();
  assert.deepEqual(vm2.take(), [frameOf('udp4', { ttl: 63 })]);
});

test('a tunnelled flood shares its bytes with no receiver: one that rewrites changes only its own', () => {
  const fabric = new MemoryFabric({ schedule: 'manual' });
  const sender = withTunnel(fabric, 'hv1', '192.0.2.1');
  const rewriting = withTunnel(fabric, 'hv2', '192.0.2.2');
  const seen: Uint8Array[] = [];
  fabric.receiver(ip('192.0.2.3'), ({ frame }) => seen.push(frame));
  fabric.host('hv1').interface('vm');
  fabric.host('hv2').interface('vm');
  const inPort = sender.addPort({ kind: 'interface', name: 'vm' }).port;
  const out = rewriting.addPort({ kind: 'interface', name: 'vm' }).port;
  const frame = frameOf('udp4');
  const key = 3 as TunnelKey;
  const flood: FlowAction[] = ['192.0.2.2', '192.0.2.3'].map((peer) => ({ kind: 'tunnel', peer: ip(peer), key }));
  sender.put([exact(keyOf(frame, inPort), flood)]);
  const tunnel = rewriting.ports()[0]?.port ?? out;
  rewriting.put([
    exact(keyOf(frame, tunnel, 3), [
      { kind: 'decTtl', by: 1 },
      { kind: 'output', port: out },
    ]),
  ]);
  fabric.host('hv1').interface('vm').send(frame);
  fabric.run();
  assert.deepEqual(seen, [frame]);
  assert.equal(fabric.host('hv2').interface('vm').take().length, 1);
});

test('two hosts that answer each other for ever take bounded steps and no stack', () => {
  const fabric = new MemoryFabric({ schedule: 'manual' });
  const frame = frameOf('udp4');
  const key = 1 as TunnelKey;
  for (const [name, local, peer] of [
    ['hv1', '192.0.2.1', '192.0.2.2'],
    ['hv2', '192.0.2.2', '192.0.2.1'],
  ] as const) {
    const datapath = withTunnel(fabric, name, local);
    const tunnel = datapath.ports()[0];
    assert.ok(tunnel !== undefined);
    datapath.put([exact(keyOf(frame, tunnel.port, 1), [{ kind: 'tunnel', peer: ip(peer), key }])]);
  }
  fabric.tunnel(ip('192.0.2.9'), ip('192.0.2.1'), key, frame);
  assert.equal(fabric.run(100_000), 100_000);
  assert.equal(fabric.counters().queued, 1);
});

test('the queue of packets under way is bounded and counts what it loses', () => {
  const fabric = new MemoryFabric({ schedule: 'manual', capacity: 10 });
  const datapath = withTunnel(fabric, 'hv1', '192.0.2.1');
  const vm = fabric.host('hv1').interface('vm');
  datapath.addPort({ kind: 'interface', name: 'vm' });
  for (let i = 0; i < 25; i++) vm.send(frameOf('udp4'));
  assert.deepEqual(fabric.counters(), { lost: 0, overflow: 15, queued: 10 });
});

test('upcalls that nobody takes fill a bounded queue', () => {
  const fabric = new MemoryFabric({ schedule: 'manual' });
  const taken: Upcall[] = [];
  const events = { ...silent, onUpcalls: (batch: readonly Upcall[]) => taken.push(...batch) };
  const datapath = openMemory({ clock, host: fabric.host('hv'), upcallQueue: 8 }, events);
  const vm = fabric.host('hv').interface('vm');
  datapath.addPort({ kind: 'interface', name: 'vm' });
  for (let i = 0; i < 20; i++) vm.send(frameOf('udp4', { srcPort: 1 + i }));
  fabric.run(20);
  assert.equal(datapath.counters().drops.upcallQueueFull, 12);
  fabric.run();
  assert.equal(taken.length, 8);
});

test("close('keep'): packets go on, and the next open finds ports, flows and counters", async () => {
  const fabric = new MemoryFabric({ schedule: 'manual' });
  const host = fabric.host('hv');
  const [a, b] = [host.interface('a'), host.interface('b')];
  const first = openMemory({ clock, host }, silent);
  const inPort = first.addPort({ kind: 'interface', name: 'a' }).port;
  const out = first.addPort({ kind: 'interface', name: 'b' }).port;
  const frame = frameOf('tcp4');
  first.put([{ ...exact(keyOf(frame, inPort), [{ kind: 'output', port: out }]), cookie: 99 }]);
  assert.throws(() => openMemory({ clock, host }, silent), /is open/);
  await first.close('keep');
  a.send(frame);
  fabric.run();
  assert.deepEqual(b.take(), [frame]);
  const second = openMemory({ clock, host }, silent);
  assert.equal(second.ports().length, 2);
  const [flow] = second.dump();
  assert.deepEqual({ cookie: flow?.cookie, packets: flow?.packets }, { cookie: 99, packets: 1 });
  await second.close('remove');
  a.send(frame);
  fabric.run();
  assert.deepEqual(b.take(), []);
  assert.equal(openMemory({ clock, host }, silent).ports().length, 0);
});

test('eviction takes the least recently used flow', () => {
  const fabric = new MemoryFabric({ schedule: 'manual' });
  const host = fabric.host('hv');
  const gone: number[] = [];
  const events: DatapathEvents = { ...silent, onFlowsGone: (flows) => gone.push(...flows.map(({ id }) => id)) };
  const datapath = openMemory({ clock, host, capacity: 3 }, events);
  const vm = host.interface('vm');
  const { port } = datapath.addPort({ kind: 'interface', name: 'vm' });
  const frames = [1, 2, 3, 4, 5].map((srcPort) => frameOf('udp4', { srcPort }));
  const put = (frame: Uint8Array | undefined): number => {
    assert.ok(frame !== undefined);
    const [result] = datapath.put([exact(keyOf(frame, port), [])]);
    assert.equal(result?.kind, 'stored');
    return result.id;
  };
  const ids = frames.slice(0, 3).map(put);
  vm.send(frames[0] ?? new Uint8Array());
  fabric.run();
  put(frames[3]);
  put(frames[4]);
  assert.deepEqual(gone, [ids[1], ids[2]]);
});

test('by itself the fabric runs soon after a send', async () => {
  const fabric = new MemoryFabric();
  const datapath = openMemory({ clock, host: fabric.host('hv') }, silent);
  const vm = fabric.host('hv').interface('vm');
  const { port } = datapath.addPort({ kind: 'interface', name: 'vm' });
  const frame = frameOf('udp4');
  datapath.put([exact(keyOf(frame, port), [{ kind: 'output', port }])]);
  const back = new Promise<Uint8Array>((resolve) => {
    vm.listen(resolve);
  });
  vm.send(frame);
  assert.deepEqual(await back, frame);
});
