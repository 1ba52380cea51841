import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cidr, seededRandom } from '@midonet/simulation/testing';
import { PrefixTest } from '../prefix-test.ts';
import { AddressTrie } from './address-trie.ts';
import { PortTable } from './port-table.ts';

function lookUp(trie: AddressTrie<string>, words: readonly number[]): { found: string[]; examinedBits: number } {
  const found: string[] = [];
  const { examinedBits } = trie.visiting((value) => found.push(value)).lookup(Uint32Array.from(words), 0);
  return { found, examinedBits };
}

test('a look-up finds every prefix around an address, and reads no bit more than tells them from the others', () => {
  const trie = new AddressTrie<string>(32);
  for (const text of ['10.0.0.0/24', '10.0.0.0/8', '10.0.0.128/32', '192.0.2.0/24', '10.0.0.0/8']) {
    trie.at(new PrefixTest(cidr(text)), () => text);
  }
  assert.deepEqual(lookUp(trie, [0x0a000080]), {
    found: ['10.0.0.0/8', '10.0.0.0/24', '10.0.0.128/32'],
    examinedBits: 32,
  });
  assert.deepEqual(lookUp(trie, [0x0a000001]), { found: ['10.0.0.0/8', '10.0.0.0/24'], examinedBits: 25 });
  assert.deepEqual(lookUp(trie, [0x0a800000]), { found: ['10.0.0.0/8'], examinedBits: 9 });
  assert.deepEqual(lookUp(trie, [0x7f000001]), { found: [], examinedBits: 2 });
  assert.deepEqual(lookUp(trie, [0xc0000301]), { found: [], examinedBits: 24 });
});

test('the default prefix and IPv6: words and lengths beyond 32 bits', () => {
  const trie = new AddressTrie<string>(128);
  for (const text of ['fd00::1/128', '::/0', 'fd00::/64', 'fd00::/127']) {
    trie.at(new PrefixTest(cidr(text)), () => text);
  }
  assert.deepEqual(lookUp(trie, [0xfd000000, 0, 0, 1]), {
    found: ['::/0', 'fd00::/64', 'fd00::/127', 'fd00::1/128'],
    examinedBits: 128,
  });
  assert.deepEqual(lookUp(trie, [0xfd000000, 0, 0, 2]).found, ['::/0', 'fd00::/64']);
  assert.deepEqual(lookUp(trie, [0x20010db8, 0, 0, 1]), { found: ['::/0'], examinedBits: 1 });
});

test('a port is in the ranges it is in, each named once', () => {
  const random = seededRandom(3);
  const port = (): number => Math.floor(random() * 0x10000);
  const edges = [0, 1, 1023, 1024, 0x7fff, 0x8000, 0xfffe, 0xffff];
  const ranges = [...edges, port(), port()].flatMap((start) =>
    [...edges, port(), port()].filter((end) => end >= start).map((end) => ({ start, end })),
  );
  const table = new PortTable<Set<number>>();
  ranges.forEach((range, i) => {
    const blocks = table.at(range, () => new Set());
    assert.ok(blocks.length <= 30);
    for (const block of blocks) block.add(i);
  });
  for (const at of [...edges, ...Array.from({ length: 200 }, port)]) {
    const found: number[] = [];
    table.visit(at, (block) => found.push(...block));
    const expected = ranges.flatMap(({ start, end }, i) => (start <= at && at <= end ? [i] : []));
    assert.deepEqual(
      found.sort((a, b) => a - b),
      expected,
      `port ${at}`,
    );
  }
});
