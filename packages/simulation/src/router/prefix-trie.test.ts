import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mask4, network4, type Cidr4, type Ip4 } from '@midonet/packet';
import fc from 'fast-check';
import { cidr, ip6 } from '@midonet/simulation/testing';
import { PrefixTrie } from './prefix-trie.ts';

const prefixes = fc.uniqueArray(
  fc.tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 32 })).map(([high, length]): Cidr4 => {
    return { address: network4(((high << 24) | (high << 3)) as Ip4, length), length };
  }),
  { selector: (prefix) => `${prefix.address}/${prefix.length}`, maxLength: 12 },
);
const addresses = fc.integer({ min: 0, max: 0xffffffff }).map((ip) => ip as Ip4);

function trieOf(list: readonly Cidr4[]): PrefixTrie<Cidr4> {
  const trie = new PrefixTrie<Cidr4>(32);
  for (const prefix of [...list].sort((a, b) => a.length - b.length)) trie.insert(prefix, prefix);
  return trie;
}

function contains(prefix: Cidr4, ip: number): boolean {
  return ((prefix.address ^ ip) & mask4(prefix.length)) === 0;
}

test('finds the longest prefix and the chain of shorter ones', () => {
  fc.assert(
    fc.property(prefixes, addresses, (list, ip) => {
      const expected = list.filter((prefix) => contains(prefix, ip)).sort((a, b) => b.length - a.length);
      const found: Cidr4[] = [];
      for (let node = trieOf(list).lookup(Uint32Array.of(ip), 0).node; node !== undefined; node = node.shorter) {
        if (node.value !== undefined) found.push(node.value);
      }
      assert.deepEqual(found, expected);
    }),
    { numRuns: 2000 },
  );
});

test('the examined bits are enough, and the last of them is needed', () => {
  fc.assert(
    fc.property(prefixes, addresses, addresses, (list, ip, noise) => {
      const trie = trieOf(list);
      const { node, examinedBits } = trie.lookup(Uint32Array.of(ip), 0);
      const keep = mask4(examinedBits);
      const other = ((ip & keep) | (noise & ~keep)) >>> 0;
      assert.equal(trie.lookup(Uint32Array.of(other), 0).node, node);
      if (examinedBits === 0) return;
      const beside = (ip ^ (1 << (32 - examinedBits))) >>> 0;
      const needed = list.some(
        (prefix) =>
          prefix.length >= examinedBits &&
          [ip, beside].some((side) => ((prefix.address ^ side) & mask4(examinedBits)) === 0),
      );
      assert.ok(needed, `bit ${examinedBits} tells nothing apart`);
    }),
    { numRuns: 2000 },
  );
});

test('IPv6 prefixes span words', () => {
  const trie = new PrefixTrie<string>(128);
  trie.insert(cidr('::/0'), 'default');
  trie.insert(cidr('fd00:1::/32'), 'net');
  trie.insert(cidr('fd00:1::7/128'), 'host');
  const lookup = (text: string): [string | undefined, number] => {
    const ip = ip6(text);
    const words = Uint32Array.from([96n, 64n, 32n, 0n], (shift) => Number((ip >> shift) & 0xffffffffn));
    const { node, examinedBits } = trie.lookup(words, 0);
    return [node?.value, examinedBits];
  };
  assert.deepEqual(lookup('fd00:1::7'), ['host', 128]);
  assert.deepEqual(lookup('fd00:1::6'), ['net', 128]);
  assert.deepEqual(lookup('fd00:1:8000::'), ['net', 33]);
  assert.deepEqual(lookup('2001:db8::1'), ['default', 1]);
});
