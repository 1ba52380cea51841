import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { TCP_FLAG, tcp } from '@midonet/packet';
import { GUEST, GuestPeer } from '../../testing/guest-peer.ts';
import { ManualClock } from '../manual-clock.ts';
import { GuestConnection } from './guest-connection.ts';

const { ack, psh, rst } = TCP_FLAG;

let clock: ManualClock;
let peer: GuestPeer;
let connection: GuestConnection;
let loses: (index: number) => boolean;
let isClosed: boolean;

/** A connection between an instance and a service, open and read by nobody. */
beforeEach(() => {
  clock = new ManualClock();
  loses = () => false;
  isClosed = false;
  let sent = 0;
  peer = new GuestPeer((header, data) => {
    if (!isClosed) connection.receive(header, data);
  });
  const send = (frame: Uint8Array): void => peer.hear(frame, loses(sent++));
  connection = new GuestConnection(
    GUEST,
    tcp({ srcPort: 40_000, dstPort: 80, sequence: peer.sequence, flags: TCP_FLAG.syn, window: 60_000 }),
    { clock, random: () => 0.999_999_999, send },
  );
  peer.sequence = (peer.sequence + 1) >>> 0;
  connection.on('close', () => (isClosed = true));
  assert.equal(peer.last, 'syn ack');
  peer.acknowledge();
  assert.ok(connection.isOpen);
});

function read(): string {
  const read: unknown = connection.read();
  return Buffer.isBuffer(read) ? read.toString('latin1') : '';
}

test('bytes arrive in order, each once, whatever is repeated or comes too early', () => {
  peer.send('one ');
  peer.say(ack | psh, { sequence: (peer.sequence + 5) >>> 0 }, Buffer.from('late'));
  assert.equal(peer.heard.at(-1)?.header.acknowledgment, peer.sequence, 'asked for what is missing');
  peer.say(ack | psh, { sequence: (peer.sequence - 4) >>> 0 }, Buffer.from('one two'));
  peer.sequence = (peer.sequence + 3) >>> 0;
  assert.equal(read(), 'one two');
});

test('what is written arrives, also when every third segment is lost', async () => {
  const text = Array.from({ length: 40_000 }, (_, i) => String.fromCharCode(32 + (i % 90))).join('');
  loses = (index) => index % 3 === 0;
  connection.end(Buffer.from(text, 'latin1'));
  for (let i = 0; i < 2_000 && peer.received.length < text.length; i++) {
    peer.acknowledge();
    clock.advance(100);
    await turn();
  }
  assert.equal(peer.received.length, text.length);
  assert.equal(peer.received, text);
});

test('no more is sent than the instance has room for, and one byte asks whether it has any', () => {
  peer.window = 500;
  peer.acknowledge();
  connection.write('x'.repeat(2_000));
  assert.equal(peer.received.length, 500);
  peer.window = 0;
  peer.acknowledge();
  clock.advance(2_000);
  assert.equal(peer.received.length, 501);
  peer.window = 60_000;
  peer.acknowledge();
  peer.acknowledge();
  assert.equal(peer.received.length, 2_000);
});

test('an instance is told how much room there is, and when there is again', () => {
  for (let i = 0; i < 16; i++) peer.send('y'.repeat(1_024));
  assert.equal(peer.heard.at(-1)?.header.window, 0);
  const before = peer.sequence;
  peer.send('z');
  assert.equal(peer.heard.at(-1)?.header.acknowledgment, before, 'there is no room for more');
  assert.equal(read().length, 16 * 1_024);
  assert.equal(peer.heard.at(-1)?.header.window, 16 * 1_024);
});

test('both ends close without a reset', async () => {
  connection.end('bye');
  connection.resume();
  await turn();
  assert.equal(peer.received, 'bye');
  peer.acknowledge();
  assert.equal(peer.last, 'fin ack');
  peer.finish();
  await turn();
  assert.ok(isClosed);
  assert.ok(peer.heard.every(({ header }) => (header.flags & rst) === 0));
});

test('an instance that closes first gets the rest', async () => {
  connection.on('data', () => undefined);
  const ended = new Promise((resolve) => connection.once('end', resolve));
  peer.finish();
  await ended;
  connection.end('the rest');
  await turn();
  peer.acknowledge();
  peer.acknowledge();
  await turn();
  assert.equal(peer.received, 'the rest');
  assert.ok(isClosed);
});

test('a reset counts at the very next number alone', async () => {
  peer.say(rst, { sequence: (peer.sequence + 1) >>> 0 });
  await turn();
  assert.ok(!isClosed);
  peer.say(rst);
  await turn();
  assert.ok(isClosed);
});

test('acknowledgments of what was never sent are no part of it', () => {
  peer.expected = (peer.expected + 1_000) >>> 0;
  peer.send('forged');
  assert.equal(read(), '');
});

test('an idle instance loses its connection', async () => {
  clock.advance(31_000);
  await turn();
  assert.ok(isClosed);
  assert.equal(peer.last, 'rst ack');
});
