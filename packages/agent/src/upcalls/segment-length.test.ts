import { emptyKey, ETHERTYPE_IPV4, ETHERTYPE_IPV6, setField, type FlowKey } from '@midonet/flow';
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { segmentLength } from './segment-length.ts';

const TCP = 6;
const HOP_BY_HOP = 0;

function keyOf(ethType: number): FlowKey {
  const key = emptyKey();
  setField(key, 'ethType', ethType);
  setField(key, 'ipProto', TCP);
  return key;
}

/** A frame whose IP header begins with these bytes, and a TCP header of 32 bytes behind `l3Length` of them. */
function frame(ip: readonly number[], l3Length: number): Uint8Array {
  const bytes = new Uint8Array(14 + l3Length + 32);
  bytes.set(ip, 14);
  bytes[14 + l3Length + 12] = 0x80;
  return bytes;
}

const ipv6 = (payload: number, next: number, behind: readonly number[] = []): number[] => [
  ...[0x60, 0, 0, 0, payload >> 8, payload & 0xff, next, 64],
  ...new Array<number>(32).fill(0),
  ...behind,
];

test('a segment has the headers of its train', () => {
  assert.equal(segmentLength(keyOf(ETHERTYPE_IPV4), frame([0x45], 20), 0), undefined);
  assert.equal(segmentLength(keyOf(ETHERTYPE_IPV4), frame([0x45], 20), 1398), 20 + 32 + 1398);
  assert.equal(segmentLength(keyOf(ETHERTYPE_IPV4), frame([0x46], 24), 1398), 24 + 32 + 1398);
  assert.equal(segmentLength(keyOf(ETHERTYPE_IPV6), frame(ipv6(6000, TCP), 40), 1378), 40 + 32 + 1378);
  const options = [TCP, 0, 1, 4, 0, 0, 0, 0];
  const behind = frame(ipv6(6000, HOP_BY_HOP, options), 48);
  assert.equal(segmentLength(keyOf(ETHERTYPE_IPV6), behind, 1370), 48 + 32 + 1370);
});

test('but not the one that tells the length of a long IPv6 packet (RFC 2675)', () => {
  const jumbo = [TCP, 0, 0xc2, 4, 0, 2, 0, 0];
  const long = frame(ipv6(0, HOP_BY_HOP, jumbo), 48);
  assert.equal(segmentLength(keyOf(ETHERTYPE_IPV6), long, 1378), 40 + 32 + 1378);
});

test('what is cut off is taken as usual', () => {
  assert.equal(segmentLength(keyOf(ETHERTYPE_IPV6), new Uint8Array(20), 1000), 40 + 20 + 1000);
});
