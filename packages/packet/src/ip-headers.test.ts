import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ip4, ip6 } from '../test/address-literals.ts';
import { pinHeader } from '../test/pin-header.ts';
import { parseHex } from './bytes.ts';
import { ipv4, IPV4_AT, ipv4ChecksumOk, parseIpv4 } from './ipv4.ts';
import { emitIpv4Options, parseIpv4Options } from './ipv4-options.ts';
import { ipv6, IPV6_AT, parseIpv6 } from './ipv6.ts';

/** Parsers see as much room as the header announces; junk stands in for the payload. */
const roomy4 = (bytes: Uint8Array, offset: number, end: number) => parseIpv4(bytes, offset, end, true);
const roomy6 = (bytes: Uint8Array, offset: number, end: number) => parseIpv6(bytes, offset, end, true);

test('IPv4: the header of the well-known checksum example', () => {
  pinHeader({
    hex: '4500 0073 0000 4000 40 11 b861 c0a80001 c0a800c7',
    parse: roomy4,
    value: ipv4({
      src: ip4('192.168.0.1'),
      dst: ip4('192.168.0.199'),
      totalLength: 0x73,
      dontFragment: true,
      protocol: 17,
    }),
    fields: [
      [IPV4_AT.version, 1, 0x45],
      [IPV4_AT.tos, 1, 0],
      [IPV4_AT.totalLength, 2, 0x73],
      [IPV4_AT.id, 2, 0],
      [IPV4_AT.fragment, 2, 0x4000],
      [IPV4_AT.ttl, 1, 64],
      [IPV4_AT.protocol, 1, 17],
      [IPV4_AT.checksum, 2, 0xb861],
      [IPV4_AT.src, 4, 0xc0a80001],
      [IPV4_AT.dst, 4, 0xc0a800c7],
    ],
  });
  const bytes = parseHex('4500 0073 0000 4000 40 11 b861 c0a80001 c0a800c7') ?? new Uint8Array(0);
  assert.ok(ipv4ChecksumOk(bytes, 0));
  bytes[8] = 63;
  assert.ok(!ipv4ChecksumOk(bytes, 0));
});

test('IPv4 later fragment with the router alert option', () => {
  const options = emitIpv4Options([{ type: 148, data: Uint8Array.of(0, 0) }]);
  pinHeader({
    hex: '46c0 0020 1c46 20b9 01 02 508f ac100a63 e0000016 94040000',
    parse: roomy4,
    value: ipv4({
      src: ip4('172.16.10.99'),
      dst: ip4('224.0.0.22'),
      tos: 0xc0,
      totalLength: 32,
      id: 0x1c46,
      moreFragments: true,
      fragmentOffset: 0xb9 * 8,
      ttl: 1,
      protocol: 2,
      options,
    }),
    fields: [
      [IPV4_AT.fragment, 2, 0x20b9],
      [IPV4_AT.options, 4, 0x94040000],
    ],
  });
  assert.deepEqual(parseIpv4Options(options), {
    kind: 'ipv4Options',
    options: [{ type: 148, data: Uint8Array.of(0, 0) }],
  });
});

test('IPv4 headers that contradict themselves are refused with the numbers', () => {
  const refused: [hex: string, reason: RegExp][] = [
    ['4500 0014 0000 0000 40 11 0000 00000000', /16 of 20 bytes/],
    ['6500 0014 0000 0000 40 11 0000 00000000 00000000', /version 6/],
    ['4400 0014 0000 0000 40 11 0000 00000000 00000000', /header length 16, less than 20/],
    ['4f00 0014 0000 0000 40 11 0000 00000000 00000000', /20 of 60 bytes/],
    ['4500 0013 0000 0000 40 11 0000 00000000 00000000', /total length 19, less than the header's 20/],
    ['4500 0015 0000 0000 40 11 0000 00000000 00000000', /total length 21 in 20 bytes/],
  ];
  for (const [hex, reason] of refused) {
    const bytes = parseHex(hex) ?? new Uint8Array(0);
    const result = parseIpv4(bytes, 0, bytes.length);
    assert.match(result.kind === 'malformed' ? result.reason : 'parsed', reason);
  }
});

test('IPv6 with hop-by-hop, routing, destination, authentication and fragment headers', () => {
  pinHeader({
    hex: `6b8 12345 0038 00 40 fd000000000000000000000000000001 20010db8000000000000000000000002
      2b 00 050200000000  3c 00 000000000000  33 00 010400000000
      2c 04 0000 00000001 00000002 00112233 44556677 8899aabb  11 00 0151 deadbeef`,
    parse: roomy6,
    value: ipv6({
      src: ip6('fd00::1'),
      dst: ip6('2001:db8::2'),
      trafficClass: 0xb8,
      flowLabel: 0x12345,
      payloadLength: 0x38,
      protocol: 17,
      extensions: [
        { kind: 'generic', type: 0, body: Uint8Array.of(5, 2, 0, 0, 0, 0) },
        { kind: 'generic', type: 43, body: new Uint8Array(6) },
        { kind: 'generic', type: 60, body: Uint8Array.of(1, 4, 0, 0, 0, 0) },
        {
          kind: 'authentication',
          body: parseHex('0000 00000001 00000002 00112233 44556677 8899aabb') ?? new Uint8Array(0),
        },
        { kind: 'fragment', offset: 0x150, more: true, id: 0xdeadbeef },
      ],
    }),
    fields: [
      [IPV6_AT.version, 4, 0x6b812345],
      [IPV6_AT.payloadLength, 2, 0x38],
      [IPV6_AT.nextHeader, 1, 0],
      [IPV6_AT.hopLimit, 1, 64],
      [IPV6_AT.src, 16, ip6('fd00::1')],
      [IPV6_AT.dst, 16, ip6('2001:db8::2')],
    ],
  });
});

test('IPv6 chains are bounded and must lie in the packet', () => {
  const fixed = (length: string): string => `60000000 ${length} 3c 40 ${'00'.repeat(32)}`;
  const step = '3c00000000000000';
  const long = parseHex(fixed('0040') + step.repeat(8)) ?? new Uint8Array(0);
  assert.match(JSON.stringify(parseIpv6(long, 0, long.length)), /more than 6 extension headers/);
  const cut = parseHex(`${fixed('0008')}1101000000000000`) ?? new Uint8Array(0);
  assert.match(JSON.stringify(parseIpv6(cut, 0, cut.length)), /8 of 16 bytes/);
});
