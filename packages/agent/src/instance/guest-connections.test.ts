import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { TCP_FLAG } from '@midonet/packet';
import type { PortId } from '@midonet/topology';
import { GUEST, GuestPeer } from '../../testing/guest-peer.ts';
import { ManualClock } from '../manual-clock.ts';
import type { GuestConnection } from './guest-connection.ts';
import { GuestConnections } from './guest-connections.ts';

function rig() {
  const opened: { readonly connection: GuestConnection; readonly port: number }[] = [];
  const peers: GuestPeer[] = [];
  const connections = new GuestConnections({
    clock: new ManualClock(),
    random: () => 0.5,
    send: (portId, frame) =>
      peers.find((peer) => peer.port === portOf(frame) && ports.get(peer) === portId)?.hear(frame),
    onOpened: (connection, port) => opened.push({ connection, port }),
  });
  const ports = new Map<GuestPeer, PortId>();
  const peer = (port: number, portId = GUEST.portId): GuestPeer => {
    const made = new GuestPeer((header, data) => connections.receive({ ...GUEST, portId }, header, data), port);
    peers.push(made);
    ports.set(made, portId);
    return made;
  };
  return { connections, opened, peer };
}

/** The destination port of a TCP segment in IPv4 without options. */
function portOf(frame: Uint8Array): number {
  return (frame[36] ?? 0) * 256 + (frame[37] ?? 0);
}

test('a connection is handed on once it is open, with what came along', async () => {
  const { opened, peer } = rig();
  const one = peer(1_000);
  one.syn();
  assert.equal(opened.length, 0);
  one.send('hello');
  assert.equal(opened.length, 1);
  assert.equal(opened[0]?.port, 80);
  await turn();
  assert.equal(String(opened[0].connection.read()), 'hello');
});

test('the same addresses and ports at two ports are two connections', () => {
  const { connections, opened, peer } = rig();
  for (const portId of ['first', 'second'] as PortId[]) {
    const one = peer(1_000, portId);
    one.syn();
    one.acknowledge();
  }
  assert.equal(connections.size, 2);
  assert.deepEqual(
    opened.map(({ connection }) => connection.guest.portId),
    ['first', 'second'],
  );
});

test('what belongs to no connection is reset', () => {
  const { peer } = rig();
  const one = peer(1_000);
  one.expected = 77;
  one.send('who are you?');
  assert.equal(one.last, 'rst');
  assert.equal(one.heard[0]?.header.sequence, 77);
  one.say(TCP_FLAG.rst);
  assert.equal(one.heard.length, 1, 'a reset is not answered');
});

test('a port has so many connections, and half-open ones give way', async () => {
  const { connections, opened, peer } = rig();
  for (let i = 0; i < 40; i++) peer(2_000 + i).syn();
  await turn();
  assert.equal(connections.size, 32);
  const honest = Array.from({ length: 40 }, (_, i) => peer(3_000 + i));
  for (const one of honest) {
    one.syn();
    if (one.last === 'syn ack') one.acknowledge();
  }
  await turn();
  assert.equal(opened.length, 32);
  assert.equal(connections.size, 32);
  assert.equal(honest.at(-1)?.last, 'rst ack', 'all are open: the next is refused');
  const elsewhere = peer(4_000, 'another' as PortId);
  elsewhere.syn();
  assert.equal(elsewhere.last, 'syn ack');
});
