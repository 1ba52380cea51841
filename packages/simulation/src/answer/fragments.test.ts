import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dissectIp, ethernet, frame, ipv4, ipv4ChecksumOk, udp, type Ipv4, type Mac } from '@midonet/packet';
import fc from 'fast-check';
import { ip4 } from '@midonet/simulation/testing';
import { fragmentFrames } from './fragments.ts';

const ends = { srcMac: 1 as Mac, dstMac: 2 as Mac };

function packet(size: number, fields: Partial<Ipv4> = {}): Uint8Array {
  const header = ipv4({ src: ip4('10.0.0.1'), dst: ip4('10.0.0.2'), id: 9, ...fields });
  const data = Uint8Array.from({ length: size }, (_, i) => i & 255);
  return frame(ethernet({ dst: ends.dstMac, src: ends.srcMac }), header, udp({ srcPort: 1, dstPort: 2 }), data).slice(
    14,
  );
}

function headerOf(bytes: Uint8Array): Ipv4 {
  const header = dissectIp(bytes)[0]?.header;
  assert.ok(header?.kind === 'ipv4');
  return header;
}

test('fragments put together are the packet', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 9000 }), fc.integer({ min: 68, max: 1500 }), (size, mtu) => {
      const original = packet(size);
      const frames = fragmentFrames(ends, original, { ttl: 63, mtu });
      assert.ok(frames !== undefined);
      const rebuilt = new Uint8Array(original.length - 20);
      let end = 0;
      for (const [index, bytes] of frames.entries()) {
        const ip = bytes.subarray(14);
        const header = headerOf(ip);
        assert.ok(ip.length <= mtu && ipv4ChecksumOk(ip, 0));
        assert.equal(header.ttl, 63);
        assert.equal(header.fragmentOffset, end);
        assert.equal(header.moreFragments, index < frames.length - 1);
        rebuilt.set(ip.subarray(20), end);
        end += ip.length - 20;
      }
      assert.deepEqual(rebuilt, original.slice(20));
    }),
    { numRuns: 300 },
  );
});

test('options marked for copying are in every fragment, others in the first only', () => {
  // Record route (7, not copied) of 3 bytes, then router alert (148, copied).
  const options = Uint8Array.of(7, 3, 4, 1, 148, 4, 0, 0);
  const frames = fragmentFrames(ends, packet(3000, { options }), { ttl: 5, mtu: 1500 }) ?? [];
  const optionsOf = frames.map((bytes) => [...headerOf(bytes.subarray(14)).options]);
  assert.deepEqual(optionsOf[0], [7, 3, 4, 1, 148, 4, 0, 0]);
  for (const later of optionsOf.slice(1)) assert.deepEqual(later, [1, 1, 1, 1, 148, 4, 0, 0]);
});

test('a middle fragment keeps its place and its flag', () => {
  const middle = packet(2000, { moreFragments: true, fragmentOffset: 8000 });
  const headers = (fragmentFrames(ends, middle, { ttl: 5, mtu: 1500 }) ?? []).map((bytes) =>
    headerOf(bytes.subarray(14)),
  );
  assert.deepEqual(
    headers.map(({ fragmentOffset, moreFragments }) => [fragmentOffset, moreFragments]),
    [
      [8000, true],
      [9480, true],
    ],
  );
});

test('headers that lie give no fragments', () => {
  assert.equal(fragmentFrames(ends, packet(2000).subarray(0, 1000), { ttl: 5, mtu: 576 }), undefined);
  assert.equal(fragmentFrames(ends, new Uint8Array(0), { ttl: 5, mtu: 576 }), undefined);
});
