import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc, { type Arbitrary } from 'fast-check';
import * as any from '../testing/arbitraries.ts';
import { dhcp6Message } from '../testing/dhcp6-arbitrary.ts';
import { parseArp } from './arp.ts';
import { read8 } from './bytes.ts';
import { parseDhcp4 } from './dhcp4.ts';
import { parseDhcp6 } from './dhcp6.ts';
import { parseEthernet } from './ethernet.ts';
import { parseGre } from './gre.ts';
import { emitHeader, headerSize, type Header } from './header.ts';
import { icmp4, parseIcmp4 } from './icmp4.ts';
import { icmp6, parseIcmp6 } from './icmp6.ts';
import { parseIpv4 } from './ipv4.ts';
import { emitIpv4Options, parseIpv4Options } from './ipv4-options.ts';
import { parseIpv6 } from './ipv6.ts';
import type { ParseFailure } from './parse-failure.ts';
import { parseTcp, tcpSize } from './tcp.ts';
import { parseUdp } from './udp.ts';
import { parseVlan } from './vlan.ts';

/** parse(emit(x)) = x, written into junk, at any offset. fast-check prints the seed when it fails. */
function roundTrip<H extends Header>(
  arbitrary: Arbitrary<H>,
  parse: (bytes: Uint8Array, offset: number, end: number) => Header | ParseFailure,
): void {
  fc.assert(
    fc.property(arbitrary, fc.integer({ min: 3, max: 40 }), fc.nat(255), (value, offset, junk) => {
      const out = new Uint8Array(offset + headerSize(value) + 4).fill(junk);
      const end = emitHeader(value, out, offset);
      assert.equal(end, offset + headerSize(value));
      assert.deepEqual(parse(out, offset, end), value);
      for (const at of [0, offset - 3, end, end + 3]) {
        assert.equal(read8(out, at), junk, 'wrote outside its size');
      }
    }),
  );
}

test('parse(emit(x)) = x for every header', () => {
  roundTrip(any.ethernetHeader, parseEthernet);
  roundTrip(any.vlanHeader, parseVlan);
  roundTrip(any.arpHeader, parseArp);
  roundTrip(any.ipv4Header, (bytes, offset, end) => parseIpv4(bytes, offset, end, true));
  roundTrip(any.ipv6Header, (bytes, offset, end) => parseIpv6(bytes, offset, end, true));
  roundTrip(any.icmp4Message.map(icmp4), parseIcmp4);
  roundTrip(any.icmp6Message.map(icmp6), parseIcmp6);
  roundTrip(
    any.tcpHeader.filter((header) => tcpSize(header) <= 60),
    parseTcp,
  );
  roundTrip(any.udpHeader, (bytes, offset, end) => parseUdp(bytes, offset, end, true));
  roundTrip(any.greHeader, parseGre);
  roundTrip(any.dhcp4Message, parseDhcp4);
  roundTrip(dhcp6Message, parseDhcp6);
});

test('parse(emit(x)) = x for IPv4 options', () => {
  fc.assert(
    fc.property(any.ipv4OptionList, (options) => {
      assert.deepEqual(parseIpv4Options(emitIpv4Options(options)), { kind: 'ipv4Options', options });
    }),
  );
});
