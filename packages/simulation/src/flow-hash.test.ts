import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Ip4 } from '@midonet/packet';
import { endsHash, hashText, mix32, rendezvous, tupleHash } from './flow-hash.ts';

const routes = Array.from({ length: 5 }, (_, i) => ({ name: `route-${i}`, idHash: hashText(`route-${i}`) }));
const FLOWS = 20_000;
const flowHash = (i: number): number => mix32(i);

test('flows spread evenly', () => {
  const counts = new Map<string | undefined, number>();
  for (let i = 0; i < FLOWS; i++) {
    const name = rendezvous(routes, flowHash(i))?.name;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  assert.equal(counts.size, 5);
  for (const count of counts.values()) assert.ok(Math.abs(count - FLOWS / 5) < FLOWS / 50, `${count} of ${FLOWS}`);
});

test('a route that goes moves its own flows only', () => {
  const fewer = routes.slice(1);
  for (let i = 0; i < FLOWS; i++) {
    const before = rendezvous(routes, flowHash(i));
    if (before !== routes[0]) assert.equal(rendezvous(fewer, flowHash(i)), before);
  }
});

test('the order of routes does not matter', () => {
  const reversed = [...routes].reverse();
  for (let i = 0; i < 1000; i++) assert.equal(rendezvous(reversed, flowHash(i)), rendezvous(routes, flowHash(i)));
});

test('no candidates, no winner', () => {
  assert.equal(rendezvous([], 1), undefined);
});

test('hashes of connections are what datapaths count on', () => {
  const [src, dst] = [0x0a00_0001 as Ip4, 0x0a00_0002 as Ip4];
  assert.equal(endsHash(6, src, dst), 0x0e28_1f89);
  for (const [srcPort, hash] of [
    [1, 0x77783275],
    [1024, 0x3f5e21af],
    [2048, 0x5326e170],
    [32768, 0x7355e32d],
    [40000, 0x3bc8d2e2],
    [50001, 0x72751b21],
    [60123, 0xfb162989],
    [65535, 0xc690cfe3],
  ] as const) {
    assert.equal(tupleHash({ proto: 6, src, dst, srcPort, dstPort: 443 }), hash);
  }
});
