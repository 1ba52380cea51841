import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reversed, type Connection, type Tuple } from '@midonet/flow';
import { sampleId } from '../../testing/connection-samples.ts';
import { Candidates } from './candidates.ts';
import { classKey, classOf, connectionsOf, isClass } from './connection-class.ts';
import { HeardClasses } from './heard-classes.ts';

const [CLIENT, NAT, SERVER] = [0x0a00_0001, 0xcb00_7109, 0x0a00_0002] as Tuple['src'][];

/** As a bridge and a router behind it see it: the router translates the source. */
function opened(port: number, chosen: number, server = SERVER!): Connection[] {
  const inside: Tuple = { proto: 6, src: CLIENT!, dst: server, srcPort: port, dstPort: 80 };
  const outside: Tuple = { ...inside, src: NAT!, srcPort: chosen };
  const ports = { ingressPort: sampleId(1), egressPorts: [sampleId(2)] };
  return [
    { device: sampleId(10), original: inside, reply: reversed(inside), ...ports },
    { device: sampleId(11), original: inside, reply: reversed(outside), ...ports },
  ];
}

test('connections of a class differ in the ports that one packet has', () => {
  const members = classOf(opened(4000, 5000), 4000, 5000) ?? assert.fail();
  assert.ok(isClass(members));
  assert.deepEqual(connectionsOf(members, 4000, 5000), opened(4000, 5000));
  assert.deepEqual(connectionsOf(members, 4001, 61_000), opened(4001, 61_000));
  assert.equal(classOf(opened(4000, 5000), 4000, 5001), undefined, 'a third port');
  assert.ok(!isClass(opened(4000, 5000)), 'what another host says may be anything');
});

test('a class is known by all its devices and ends, in any order', () => {
  const key = classKey(opened(4000, 5000));
  assert.equal(classKey(opened(4001, 5001).reverse()), key);
  assert.notEqual(classKey(opened(4000, 5000, 7 as Tuple['src'])), key);
  assert.notEqual(classKey(opened(4000, 5000).slice(1)), key);
});

test('what hosts told of their classes is found by number and by connections, and bounded', () => {
  const heard = new HeardClasses();
  const members = classOf(opened(4000, 5000), 4000, 5000) ?? assert.fail();
  heard.tell({ host: 'a', number: 1 }, members);
  assert.deepEqual(heard.of(opened(1, 2)), { host: 'a', number: 1 });
  heard.tell({ host: 'b', number: 1 }, members);
  assert.deepEqual(heard.of(opened(1, 2)), { host: 'b', number: 1 }, 'the machine may have moved');
  assert.ok(heard.get({ host: 'a', number: 1 }) !== undefined);
  const other = classOf(opened(1, 2, 9 as Tuple['src']), 1, 2) ?? assert.fail();
  heard.tell({ host: 'b', number: 1 }, other);
  assert.equal(heard.of(opened(1, 2)), undefined, 'its number is another class now');
  for (let number = 2; number < 5000; number++) heard.tell({ host: 'c', number }, members);
  assert.equal(heard.size, 4096);
  assert.equal(heard.get({ host: 'a', number: 1 }), undefined);
});

test('a class is a candidate from its second packet on', () => {
  const candidates = new Candidates();
  assert.equal(candidates.again('a'), false);
  assert.equal(candidates.again('a'), true);
  assert.equal(candidates.again('a'), false, 'it was taken');
  for (let i = 0; i < 1024; i++) candidates.again(String(i));
  assert.equal(candidates.again('a'), false, 'long ago');
});
