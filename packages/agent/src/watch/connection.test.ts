import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { VersionRange } from '@midonet/contract';
import { ManualClock } from '../manual-clock.ts';
import { Connection } from './connection.ts';
import type { SocketEvents } from './transport.ts';

function rig(versions?: VersionRange) {
  const clock = new ManualClock();
  const dialled: { url: string; events: SocketEvents; sent: string[] }[] = [];
  const seen: string[] = [];
  const connection = new Connection(
    { urls: ['http://a', 'http://b'], host: { id: 'h', name: 'host' }, versions },
    {
      clock,
      random: () => 1,
      dial: (url, events) => {
        const sent: string[] = [];
        dialled.push({ url, events, sent });
        return { send: (text) => sent.push(text), close: () => events.onClosed('closed') };
      },
    },
    {
      onWelcome: (revision, lease, same) => seen.push(`welcome ${revision} ${lease} ${same}`),
      onMessage: (message) => seen.push(message.op),
      onLost: (reason) => seen.push(`lost ${reason}`),
    },
  );
  const tell = (message: object): void => dialled.at(-1)?.events.onText(JSON.stringify(message));
  const welcome = (lease: string, protocol = 1): void => {
    dialled.at(-1)?.events.onOpen();
    tell({ op: 'welcome', protocol, revision: 7, lease });
  };
  return { clock, dialled, seen, connection, welcome, tell };
}

test('it says hello, goes to the next controller when one is lost, and asks for its lease back', () => {
  const { clock, dialled, seen, connection, welcome } = rig();
  connection.start();
  assert.equal(connection.send({ op: 'ping' }), false);
  welcome('L');
  dialled[0]?.events.onClosed('reset');
  clock.advance(10_000);
  assert.equal(dialled[1]?.url, 'http://b');
  welcome('L');
  assert.match(dialled[1].sent.at(0) ?? '', /"lease":"L"/);
  assert.deepEqual(seen, ['welcome 7 L false', 'lost reset', 'welcome 7 L true']);
});

test('it backs off, up to a bound, and never gives up', () => {
  const { clock, dialled, connection } = rig();
  connection.start();
  for (let i = 0; i < 20; i++) {
    dialled.at(-1)?.events.onClosed('refused');
    clock.advance(10_000);
    assert.equal(dialled.length, i + 2);
  }
  dialled.at(-1)?.events.onClosed('refused');
  clock.advance(9_000);
  assert.equal(dialled.length, 21);
  assert.equal(connection.status.lastError, 'refused');
});

test('a controller that falls silent is left', () => {
  const { clock, dialled, seen, connection, welcome } = rig();
  connection.start();
  welcome('L');
  clock.advance(30_000);
  assert.ok(seen.includes('lost closed'));
  assert.ok(dialled.length > 1);
  connection.close('silent');
});

test('frames that are none of the protocol are counted and change nothing', () => {
  const { dialled, seen, connection, welcome } = rig();
  connection.start();
  welcome('L');
  for (const text of [
    '',
    '{',
    '[]',
    '{"op":"snapshot"}',
    '{"op":"delta","sub":1,"revision":1,"changes":[{}]}',
    'null',
  ]) {
    dialled[0]?.events.onText(text);
  }
  assert.equal(connection.unreadable, 6);
  assert.equal(seen.length, 1);
});

test('it offers the versions it speaks, and speaks the one that the controller chose', () => {
  const { dialled, connection, welcome } = rig({ from: 1, to: 2 });
  connection.start();
  welcome('L', 1);
  assert.match(dialled[0]?.sent[0] ?? '', /"protocol":1,"upTo":2/);
  assert.equal(connection.status.version, 1);
  dialled[0]?.events.onClosed('reset');
  assert.equal(connection.status.version, undefined);
});

test('a controller of other versions is left with what it said, and so is one that chose what nobody offered', () => {
  const { clock, dialled, seen, connection, welcome, tell } = rig({ from: 3, to: 4 });
  connection.start();
  dialled[0]?.events.onOpen();
  tell({ op: 'refused', code: 'protocol', message: 'this controller speaks watch protocol 1' });
  dialled[0]?.events.onClosed('protocol');
  assert.equal(connection.status.lastError, 'protocol: this controller speaks watch protocol 1');
  clock.advance(10_000);
  welcome('L', 2);
  assert.equal(connection.status.connected, false);
  assert.equal(seen.at(-1), 'lost the controller chose watch protocol 2, this agent speaks 3 to 4');
});

test('sent on by a controller that stops, it is with another one within the time given', () => {
  const { clock, dialled, seen, connection, welcome, tell } = rig();
  connection.start();
  welcome('L', 2);
  tell({ op: 'leaving', withinMs: 40 });
  assert.equal(seen.at(-1), 'lost closed');
  clock.advance(39);
  assert.equal(dialled.length, 1);
  clock.advance(1);
  assert.equal(dialled[1]?.url, 'http://b');
});
