import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { WatchItem } from '@midonet/contract';
import { decodeKeyed, isDecodeFailure } from '@midonet/topology';
import { ItemStore } from './item-store.ts';

const ID = '00000000-0000-4000-8000-000000000001';
const bridge = (name: string) => ({
  key: `bridge/${ID}`,
  value: { kind: 'bridge', id: ID, tenantId: 't', name, adminStateUp: true },
});

function store(): ItemStore {
  return new ItemStore((key, value) => {
    const item = decodeKeyed(key, value);
    return isDecodeFailure(item) ? undefined : item;
  });
}

test('an item stays while any topic shows it', () => {
  const items = store();
  assert.equal(items.snapshot('a', 1, [bridge('x')]).length, 1);
  assert.deepEqual(items.snapshot('b', 1, [bridge('x')]), []);
  assert.deepEqual(items.drop('a'), []);
  assert.deepEqual(items.drop('b'), [{ key: `bridge/${ID}`, value: undefined }]);
  assert.equal(items.size, 0);
});

test('older news does not undo newer, by whatever topic it comes', () => {
  const items = store();
  items.snapshot('a', 5, [bridge('new')]);
  assert.deepEqual(items.snapshot('b', 3, [bridge('old')]), []);
  assert.equal(JSON.stringify(items.value(`bridge/${ID}`)).includes('new'), true);
});

test('a fresh snapshot takes away what it does not show', () => {
  const items = store();
  items.snapshot('a', 1, [bridge('x')]);
  assert.deepEqual(items.snapshot('a', 2, []), [{ key: `bridge/${ID}`, value: undefined }]);
});

test('what cannot be read is counted and left out', () => {
  const items = store();
  assert.deepEqual(items.snapshot('a', 1, [{ key: `bridge/${ID}`, value: { kind: 'bridge' } }]), []);
  assert.equal(items.undecodable, 1);
});

const ZONE = '00000000-0000-4000-8000-00000000000a';
const member = (host: number, address: string): WatchItem => {
  const hostId = `00000000-0000-4000-8000-0000000001${String(host).padStart(2, '0')}`;
  return {
    key: `tunnelZoneMember/${ZONE}/${hostId}`,
    value: { kind: 'tunnelZoneMember', zoneId: ZONE, hostId, address },
  };
};
const gone = (host: number): WatchItem => ({ key: member(host, '').key, value: null });
const rows = (items: ItemStore, topic: string): unknown[] =>
  [...items.contents(topic)].map((text): unknown => JSON.parse(text));

test('hosts in tunnel zones are told of as rows, and written down as they were told', () => {
  const items = store();
  const [one, two, moved] = [member(1, '192.0.2.1'), member(2, '2001:db8::2'), member(2, '192.0.2.9')];
  const changes = items.snapshot('host', 1, [one, two, bridge('x')]);
  assert.deepEqual(
    changes.map(({ value }) => value?.kind),
    ['tunnelZoneMember', 'tunnelZoneMember', 'bridge'],
  );
  assert.equal(items.size, 3);
  assert.deepEqual(items.value(two.key), changes[1]?.value);
  assert.deepEqual(rows(items, 'host'), [bridge('x'), one, two]);
  assert.deepEqual(rows(items, 'another'), []);
  // The same again is no news.
  assert.deepEqual(items.delta('host', 2, [one]), []);
  assert.equal(items.delta('host', 3, [moved]).length, 1);
  assert.deepEqual(items.delta('host', 4, [gone(1), gone(7)]), [{ key: one.key, value: undefined }]);
  assert.deepEqual(rows(items, 'host'), [bridge('x'), moved]);
  assert.deepEqual(items.drop('another'), []);
  assert.deepEqual(items.snapshot('host', 5, [bridge('x'), one]).length, 2, 'one came, the other went');
  assert.deepEqual(
    items.drop('host').map(({ key }) => key),
    [`bridge/${ID}`, one.key],
  );
  assert.equal(items.size, 0);
});

test('a host in a tunnel zone that cannot be read is counted', () => {
  const items = store();
  assert.deepEqual(items.snapshot('host', 1, [{ key: member(1, '').key, value: { kind: 'tunnelZoneMember' } }]), []);
  assert.equal(items.undecodable, 1);
});
