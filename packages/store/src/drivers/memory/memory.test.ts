import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { storeCompliance } from '../../../testing/compliance.ts';
import { compareKeys, prefixEnd } from '../../core/keys.ts';
import { openMemoryStore } from './index.ts';
import { SortedKeys } from './sorted-keys.ts';

storeCompliance('memory', async (options) => openMemoryStore(options));

test('sorted keys are a sorted set, also across chunks', () => {
  const change = fc.tuple(fc.boolean(), fc.nat(4000));
  fc.assert(
    fc.property(fc.array(change, { minLength: 1500, maxLength: 4000 }), fc.nat(4000), (changes, start) => {
      const keys = new SortedKeys();
      const model = new Set<string>();
      for (const [add, number] of changes) {
        if (add || number % 3 === 0) {
          keys.add(`k${number}`);
          model.add(`k${number}`);
        } else {
          keys.delete(`k${number}`);
          model.delete(`k${number}`);
        }
      }
      const expected = [...model].sort(compareKeys).filter((key) => key >= `k${start}`);
      assert.deepEqual([...keys.from(`k${start}`)], expected);
    }),
    { numRuns: 30 },
  );
});

/** Anything but lone surrogates, which UTF-8 has not. fast-check's own `binary` lists them all first, which takes a second. */
const character = fc
  .integer({ min: 0, max: 0x10ffff })
  .filter((code) => code < 0xd800 || code > 0xdfff)
  .map((code) => String.fromCodePoint(code));

test('keys compare as their UTF-8 bytes do', () => {
  const text = fc.string({ unit: character, maxLength: 4 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      assert.equal(Math.sign(compareKeys(a, b)), Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b))));
    }),
    { numRuns: 2000 },
  );
});

test('the end of a prefix is behind all keys that begin with it, and before all others behind them', () => {
  const text = fc.string({ unit: character, minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(text, text, (prefix, key) => {
      const end = prefixEnd(prefix);
      const within = compareKeys(key, prefix) >= 0 && (end === undefined || compareKeys(key, end) < 0);
      assert.equal(within, key.startsWith(prefix));
      if (end !== undefined) assert.ok(compareKeys(`${prefix}${key}`, end) < 0);
    }),
    { numRuns: 2000 },
  );
});
