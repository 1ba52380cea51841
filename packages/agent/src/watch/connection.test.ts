import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../manual-clock.ts';
import { Connection } from './connection.ts';
import type { SocketEvents } from './transport.ts';

function rig() {
  const clock = new ManualClock();
  const dialled: { url: string; events: SocketEvents; sent: string[] }[] = [];
  const seen: string[] = [];
  const connection = new Connection(
    { urls: ['http://a', 'http://b'], host: { id: 'h', name: 'host' } },
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
  const welcome = (lease: string): void => {
    dialled.at(-1)?.events.onOpen();
    dialled.at(-1)?.events.onText(JSON.stringify({ op: 'welcome', protocol: 1, revision: 7, lease }));
  };
  return { clock, dialled, seen, connection, welcome };
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
