import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PoolDevice } from '@midonet/topology';
import fc from 'fast-check';
import { mix32 } from '../flow-hash.ts';
import { balancerOf } from '@midonet/simulation/testing';
import { chooseMember, placesNow } from './maglev.ts';

const HASHES = Array.from({ length: 20_000 }, (_, i) => mix32(i));

function poolOf(weights: readonly number[]): PoolDevice {
  const members = weights.map((weight, i) => ({ at: `10.0.0.${i + 1}:80`, weight }));
  const [pool] = balancerOf({ pools: { pool: { members } }, vips: {} }, 'b', (name) => name).pools.values();
  return pool ?? assert.fail();
}

const shares = fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 2, maxLength: 12 });

test('members get their share by weight', () => {
  fc.assert(
    fc.property(shares, (weights) => {
      const pool = poolOf([...weights, 0]);
      const counts = new Map<string, number>();
      for (const hash of HASHES) {
        const id = chooseMember(pool, hash, () => true)?.id ?? assert.fail();
        counts.set(id, (counts.get(id) ?? 0) + 1);
      }
      const all = weights.reduce((sum, weight) => sum + weight, 0);
      for (const [i, { id, weight }] of pool.members.entries()) {
        const share = (counts.get(id) ?? 0) / HASHES.length;
        assert.ok(Math.abs(share - weight / all) < 0.02, `member ${i}: ${share}, not ${weight / all}`);
      }
    }),
    { numRuns: 30 },
  );
});

test('one that is down is replaced, and nobody else changes; one that is deleted disturbs few', () => {
  fc.assert(
    fc.property(shares, (weights) => {
      const pool = poolOf(weights);
      const gone = pool.members.at(-1)?.id ?? assert.fail();
      const without = poolOf(weights.slice(0, -1));
      let moved = 0;
      for (const hash of HASHES) {
        const before = chooseMember(pool, hash, () => true)?.id;
        const down = chooseMember(pool, hash, ({ id }) => id !== gone)?.id;
        assert.notEqual(down, gone);
        if (before === gone) continue;
        assert.equal(down, before);
        if (chooseMember(without, hash, () => true)?.id !== before) moved++;
      }
      assert.ok(moved < HASHES.length * 0.15, `${moved} of ${HASHES.length} moved`);
    }),
    { numRuns: 30 },
  );
});

test('nobody is chosen when nobody is there', () => {
  assert.equal(
    chooseMember(poolOf([0, 0]), 7, () => true),
    undefined,
  );
  assert.equal(
    chooseMember(poolOf([1, 1]), 7, () => false),
    undefined,
  );
});

test('places as they are now give every hash the member that it is given', () => {
  fc.assert(
    fc.property(shares, fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }), (weights, ups) => {
      const pool = poolOf([...weights, 0]);
      const isUp = ({ id }: { readonly id: string }): boolean =>
        ups[pool.members.findIndex((one) => one.id === id)] === true;
      const now = placesNow(pool, isUp) ?? assert.fail();
      const isAnyUp = pool.members.some((one) => one.weight > 0 && isUp(one));
      // Where nobody is up all places are looked at for one hash.
      for (const hash of HASHES.slice(0, isAnyUp ? 2000 : 2)) {
        const member = now.members[(now.places[hash % now.places.length] ?? 0) - 1];
        assert.equal(member?.id, chooseMember(pool, hash, isUp)?.id);
      }
    }),
    { numRuns: 30 },
  );
});
