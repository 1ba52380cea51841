import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostId } from '@midonet/topology';
import { NearHosts } from './near-hosts.ts';

const host = (number: number) => `host-${number}` as HostId;
const cloud = (...numbers: readonly number[]) => new Map(numbers.map((number) => [host(number), 'address']));

test('only what is new is told to be new', () => {
  const near = new NearHosts();
  assert.equal(near.add([host(1), host(2)], cloud(1, 2)), true);
  assert.equal(near.add([host(2)], cloud(1, 2)), false);
  assert.equal(near.add([host(2), host(3)], cloud(1, 2)), true, 'also one that nobody knows how to reach yet');
  assert.deepEqual([...near], [host(1), host(2), host(3)]);
});

test('hosts that left the cloud are forgotten, the oldest first, and never one that is there', () => {
  const near = new NearHosts(10);
  for (let number = 1; number <= 500; number++) {
    near.add([host(number)], cloud(1, number));
    assert.ok(near.size <= 2 + 10, `${near.size} are kept`);
    assert.deepEqual([...near].slice(-1), [host(number)]);
    assert.equal([...near][0], host(1));
  }
  assert.ok([...near].includes(host(496)), 'who left a moment ago may be back in another');
});

test('a cloud of any size is kept as a whole', () => {
  const near = new NearHosts(10);
  const all = Array.from({ length: 3000 }, (_, number) => number);
  near.add(all.map(host), cloud(...all));
  assert.equal(near.size, 3000);
});
