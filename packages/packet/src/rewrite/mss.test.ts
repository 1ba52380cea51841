import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseIp4, parseIp6 } from '../addresses.ts';
import { read16, write16 } from '../bytes.ts';
import { foldSum, pseudoHeaderSum } from '../checksum.ts';
import { dissect } from '../dissect.ts';
import { ethernet } from '../ethernet.ts';
import { frame } from '../frame.ts';
import { ipv4 } from '../ipv4.ts';
import { ipv6 } from '../ipv6.ts';
import { MAC_ZERO } from '../addresses.ts';
import { TCP_FLAG, tcp } from '../tcp.ts';
import type { TcpOption } from '../tcp-options.ts';
import { vlan } from '../vlan.ts';
import { emptyPlaces } from './locate.ts';
import { clampMss } from './mss.ts';

const [a4, b4] = [parseIp4('10.0.0.1') ?? assert.fail(), parseIp4('10.0.0.2') ?? assert.fail()];
const [a6, b6] = [parseIp6('fd00::1') ?? assert.fail(), parseIp6('fd00::2') ?? assert.fail()];
const link = ethernet({ src: MAC_ZERO, dst: MAC_ZERO });
const nop: TcpOption = { kind: 'nop' };
const mss = (value: number): TcpOption => ({ kind: 'mss', mss: value });

function segment(version: 4 | 6, flags: number, options: readonly TcpOption[]): Uint8Array {
  const ip = version === 4 ? ipv4({ src: a4, dst: b4 }) : ipv6({ src: a6, dst: b6 });
  return frame(link, ip, tcp({ srcPort: 1, dstPort: 2, flags, options }));
}

function clamped(bytes: Uint8Array, mtu: number): Uint8Array | undefined {
  const before = bytes.slice();
  const after = clampMss(bytes, mtu, emptyPlaces());
  assert.deepEqual(bytes, before, 'the frame itself stays');
  return after;
}

for (const flags of [TCP_FLAG.syn, TCP_FLAG.syn | TCP_FLAG.ack]) {
  test(`a SYN that asks for too much is told what fits, with a right checksum (flags ${flags})`, () => {
    // Each with the option at even and odd places: what `frame` makes has the checksum that must come out.
    for (const before of [[], [nop], [nop, nop], [nop, nop, nop], [{ kind: 'sackPermitted' } as const, nop]]) {
      for (const [version, most] of [
        [4, 1_410],
        [6, 1_390],
      ] as const) {
        const changed = clamped(segment(version, flags, [...before, mss(1_460)]), 1_450);
        assert.deepEqual(changed, segment(version, flags, [...before, mss(most)]));
      }
    }
  });
}

test('a checksum that is left to hardware stays as it is', () => {
  for (const version of [4, 6] as const) {
    const bytes = segment(version, TCP_FLAG.syn, [nop, mss(9_000)]);
    const upper = version === 4 ? 34 : 54;
    const addresses = version === 4 ? 8 : 32;
    const covered = { protocol: 6, length: bytes.length - upper };
    const partial = foldSum(pseudoHeaderSum(bytes, upper - addresses, addresses, covered));
    write16(bytes, upper + 16, partial);
    const changed = clamped(bytes, 1_450) ?? assert.fail();
    assert.equal(read16(changed, upper + 16), partial);
    assert.equal(read16(changed, upper + 23), version === 4 ? 1_410 : 1_390);
  }
});

test('behind a VLAN tag as well', () => {
  const inner = [
    ipv4({ src: a4, dst: b4 }),
    tcp({ srcPort: 1, dstPort: 2, flags: TCP_FLAG.syn, options: [mss(9_000)] }),
  ] as const;
  const changed = clamped(frame(link, vlan({ id: 5 }), ...inner), 1_450) ?? assert.fail();
  const header = dissect(changed).find((layer) => layer.header.kind === 'tcp')?.header;
  assert.deepEqual(header?.kind === 'tcp' && header.options[0], mss(1_410));
});

test('what fits, has no option or is no SYN stays', () => {
  assert.equal(clamped(segment(4, TCP_FLAG.syn, [mss(1_410)]), 1_450), undefined);
  assert.equal(clamped(segment(4, TCP_FLAG.syn, [nop, nop]), 1_450), undefined);
  assert.equal(clamped(segment(4, TCP_FLAG.ack, [mss(1_460)]), 1_450), undefined);
  assert.equal(clamped(frame(link, ipv4({ src: a4, dst: b4 })), 1_450), undefined);
});

test('options that contradict themselves are left alone', () => {
  const bytes = segment(4, TCP_FLAG.syn, [{ kind: 'unknown', type: 200, data: new Uint8Array(2) }, mss(1_460)]);
  const at = 14 + 20 + 20 + 1;
  for (const size of [0, 1, 40]) {
    bytes[at] = size;
    assert.equal(clamped(bytes, 1_450), undefined);
  }
});
