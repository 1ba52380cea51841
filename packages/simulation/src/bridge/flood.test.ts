import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runStep, stepLines, udpFrame, VirtualNetwork } from '@midonet/simulation/testing';
import type { BridgeId, PortId } from '@midonet/topology';

const station = { mac: '02:00:00:00:00:09', ip: '10.1.0.9', ip6: 'fd00:1::9' };
const broadcast = udpFrame(station, 'ff:ff:ff:ff:ff:ff', '255.255.255.255');

function plain(ports: number): { readonly net: VirtualNetwork; readonly bridge: BridgeId } {
  const net = new VirtualNetwork();
  const bridge = net.bridge('bridge');
  for (let i = 0; i < ports; i++) net.vm(bridge, `vm${i}`);
  return { net, bridge };
}

test('a flood to a thousand ports is one verdict with few tags', () => {
  const { net } = plain(1000);
  const { verdict, tags } = runStep(net, { port: 'vm0', frame: broadcast });
  assert.ok(verdict.kind === 'forward');
  assert.equal(verdict.actions.length, 999);
  assert.ok(tags.length <= 4, tags.join(' '));
});

test('ports that are down or inactive are left out, and come back by the tag of the flood', () => {
  const { net } = plain(4);
  net.admin(net.idOf('vm1') as PortId, false);
  net.active(net.idOf('vm2') as PortId, false);
  assert.equal(stepLines(net, { port: 'vm0', frame: broadcast })[0], 'forward: emit vm3');
  const { tags } = runStep(net, { port: 'vm0', frame: broadcast });
  assert.ok(tags.some((tag) => tag === `flood:${net.idOf('bridge')}`));
});

test('bridges linked in a ring end the flood, each port once', () => {
  const net = new VirtualNetwork();
  const a = net.bridge('a');
  const b = net.bridge('b');
  net.vm(a, 'vm-a');
  net.vm(a, 'vm-a2');
  net.vm(b, 'vm-b');
  net.linkBridges(a, b, 'one');
  net.linkBridges(a, b, 'two');
  const { verdict } = runStep(net, { port: 'vm-a', frame: broadcast });
  assert.ok(verdict.kind === 'forward');
  const emitted = verdict.actions.map((action) => (action.kind === 'emit' ? net.nameOf(action.portId) : action.kind));
  assert.deepEqual(emitted.sort(), ['vm-a', 'vm-a2', 'vm-b']);
});

test('a missing device behind a flood blocks all of it', () => {
  const net = new VirtualNetwork();
  const a = net.bridge('a');
  net.vm(a, 'vm-a');
  net.vm(a, 'vm-a2');
  const b = net.bridge('b');
  net.vm(b, 'vm-b');
  net.linkBridges(a, b, 'link');
  const topology = net.topology;
  const hidden = { ...topology, bridge: (id: BridgeId) => (id === b ? undefined : topology.bridge(id)) };
  assert.equal(topology.bridge(b)?.bridge.name, 'b');
  Object.defineProperty(net, 'topology', { value: hidden });
  assert.equal(stepLines(net, { port: 'vm-a', frame: broadcast })[0], 'blocked on bridge b');
});

test('a flood through port filters that translate in different ways begins one connection, and does again what it did', () => {
  for (const [first, second] of [
    ['vm1', 'vm2'],
    ['vm2', 'vm1'],
  ] as const) {
    const { net } = plain(3);
    const translating = net.chain('to another', { do: 'dnat', to: ['192.0.2.1:1000-2000'], nwProto: 17 });
    const asking = net.chain('asks', { do: 'accept', connection: 'forward' });
    net.filter(net.idOf(first) as PortId, { outboundFilterId: translating }); // brands: of ports
    net.filter(net.idOf(second) as PortId, { outboundFilterId: asking });
    const unknown = udpFrame(station, '02:00:00:00:00:77', '10.1.0.8');
    const once = runStep(net, { port: 'vm0', frame: unknown });
    assert.ok(once.verdict.kind === 'forward');
    assert.equal(once.opened.length, 1);
    net.connections.take(once);
    const again = runStep(net, { port: 'vm0', frame: unknown });
    assert.deepEqual([again.verdict, again.opened], [once.verdict, []]);
  }
});
