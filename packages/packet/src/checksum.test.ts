import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { read16, read32, write16, write32 } from './bytes.ts';
import { adjustChecksum, adjustChecksum32, checksum, foldSum, sumWords } from './checksum.ts';

test('the example of RFC 1071 section 3', () => {
  const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  assert.equal(foldSum(sumWords(bytes, 0, 8)), 0xddf2);
  assert.equal(checksum(bytes, 0, 8), 0x220d);
});

test('the examples of RFC 1624 section 4, where RFC 1141 goes wrong', () => {
  assert.equal(adjustChecksum(0xdd2f, 0x5555, 0x3285), 0x0000);
});

test('an odd last byte counts as the high half of a word', () => {
  assert.equal(checksum(Uint8Array.of(1, 2, 3), 0, 3), checksum(Uint8Array.of(1, 2, 3, 0), 0, 4));
});

test('incremental equals full for every change of 16 and 32 bits', () => {
  const body = fc.uint8Array({ minLength: 12, maxLength: 40 });
  fc.assert(
    fc.property(body, fc.nat(2), fc.integer({ min: 0, max: 0xffffffff }), (bytes, word, after) => {
      // The first word is never zero: with it the sum cannot be the all-zero one, which alone is ambiguous.
      write16(bytes, 0, 0x4500);
      write16(bytes, 2, 0);
      write16(bytes, 2, checksum(bytes, 0, bytes.length));
      const at = 4 + 2 * word;
      const narrow = adjustChecksum(read16(bytes, 2), read16(bytes, at), after & 0xffff);
      const wide = adjustChecksum32(read16(bytes, 2), read32(bytes, at), after);
      const short = bytes.slice();
      write16(short, 2, 0);
      write16(short, at, after);
      write32(bytes, at, after);
      write16(bytes, 2, 0);
      assert.equal(narrow, checksum(short, 0, short.length));
      assert.equal(wide, checksum(bytes, 0, bytes.length));
    }),
  );
});
