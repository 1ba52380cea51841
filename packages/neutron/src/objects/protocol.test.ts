import assert from 'node:assert/strict';
import { test } from 'node:test';
import { protocolNumber } from './protocol.ts';

test('protocols come as names in any case, as numbers, as text of numbers, or not at all', () => {
  assert.deepEqual(['TCP', 'udp', 6, '17', 'icmpv6', 'ipv6-icmp'].map(protocolNumber), [6, 17, 6, 17, 58, 58]);
  assert.deepEqual([null, undefined, '', 'any'].map(protocolNumber), ['any', 'any', 'any', 'any']);
  assert.deepEqual(['256', '-1', 'tcq', '6.0', '1e1'].map(protocolNumber), Array<undefined>(5).fill(undefined));
});
