import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClientMessage } from '@midonet/contract';
import type { HostId, PortId, SharedRow } from '@midonet/topology';
import { ManualClock } from '../manual-clock.ts';
import { RowWriter } from './row-writer.ts';

type Rows = Extract<ClientMessage, { op: 'rows' }>;
const row = (port: string, tunnelKey: number): SharedRow => ({
  kind: 'portActive',
  portId: port as PortId,
  hostId: 'h' as HostId,
  tunnelKey,
});

function rig() {
  const clock = new ManualClock();
  const sent: Rows[] = [];
  const refused: string[] = [];
  const state = { connected: true };
  const send = (message: ClientMessage): boolean => {
    if (state.connected && message.op === 'rows') sent.push(message);
    return state.connected;
  };
  return { clock, sent, refused, state, rows: new RowWriter(send, clock, (message) => refused.push(message)) };
}

test('writes of one moment go as one batch, the last value of a key only', () => {
  const { clock, sent, rows } = rig();
  rows.put(row('a', 1));
  rows.put(row('a', 2));
  rows.put(row('b', 3));
  clock.advance(10);
  assert.equal(sent.length, 1);
  assert.deepEqual(sent[0]?.puts.length, 2);
});

test('only rows of this host are deleted', () => {
  const { clock, sent, rows } = rig();
  rows.delete('portActive/a');
  clock.advance(10);
  assert.equal(sent.length, 0);
  rows.put(row('a', 1));
  clock.advance(10);
  rows.delete('portActive/a');
  clock.advance(10);
  assert.deepEqual(sent[1]?.deletes, ['portActive/a']);
});

test('what a controller is too busy for, or has no room for, is asked again a while later', () => {
  const { clock, sent, refused, rows } = rig();
  rows.put(row('a', 1));
  clock.advance(10);
  rows.receive({ op: 'refused', id: 1, code: 'busy', message: 'the store is full' });
  clock.advance(100);
  assert.equal(sent.length, 1);
  clock.advance(1000);
  assert.deepEqual(sent[1]?.puts, sent[0]?.puts);
  assert.deepEqual(refused, []);
});

test('what was written while nobody was there goes up later; with a new lease all of it', () => {
  const { clock, sent, state, rows } = rig();
  rows.put(row('a', 1));
  clock.advance(10);
  rows.receive({ op: 'ack', id: 1 });
  state.connected = false;
  rows.put(row('b', 2));
  clock.advance(10);
  state.connected = true;
  rows.resume(true);
  assert.equal(sent[1]?.puts.length, 1);
  rows.receive({ op: 'ack', id: sent[1].id });
  rows.resume(false);
  assert.equal(sent[2]?.puts.length, 2);
});

test('one refused row does not take its batch with it', () => {
  const { clock, sent, refused, rows } = rig();
  rows.put(row('a', 1));
  rows.put(row('b', 2));
  clock.advance(10);
  rows.receive({ op: 'refused', id: sent[0]?.id, code: 'invalid', message: 'no' });
  assert.deepEqual(
    sent.slice(1).map(({ puts }) => puts.length),
    [1, 1],
  );
  rows.receive({ op: 'refused', id: sent[1]?.id, code: 'invalid', message: 'no' });
  assert.deepEqual(refused, ['invalid: no']);
  assert.equal(rows.ownedAt('portActive/a'), undefined);
  assert.ok(rows.ownedAt('portActive/b'));
});
