import { test } from 'node:test';
import { ip4, ip6, mac } from '../test/address-literals.ts';
import { pinHeader } from '../test/pin-header.ts';
import { icmp4, ICMP4_AT, parseIcmp4, type Icmp4Message } from './icmp4.ts';
import { icmp6, ICMP6_AT, parseIcmp6, type Icmp6Message } from './icmp6.ts';
import { NEIGHBOUR_AT } from './neighbour.ts';
import { parseTcp, tcp, TCP_AT } from './tcp.ts';
import { parseUdp, udp, UDP_AT } from './udp.ts';

test('TCP SYN with the options Linux sends', () => {
  pinHeader({
    hex: 'd431 01bb 8a9b5c11 00000000 a002 faf0 1c46 0000 020405b4 0402080a 0011223344556677 01 030307',
    parse: parseTcp,
    value: tcp({
      srcPort: 0xd431,
      dstPort: 443,
      sequence: 0x8a9b5c11,
      flags: 2,
      window: 0xfaf0,
      options: [
        { kind: 'mss', mss: 1460 },
        { kind: 'sackPermitted' },
        { kind: 'timestamps', value: 0x00112233, echo: 0x44556677 },
        { kind: 'nop' },
        { kind: 'windowScale', shift: 7 },
      ],
    }),
    fields: [
      [TCP_AT.srcPort, 2, 0xd431],
      [TCP_AT.dstPort, 2, 443],
      [TCP_AT.sequence, 4, 0x8a9b5c11],
      [TCP_AT.acknowledgment, 4, 0],
      [TCP_AT.dataOffset, 1, 0xa0],
      [TCP_AT.flags, 1, 2],
      [TCP_AT.window, 2, 0xfaf0],
      [TCP_AT.checksum, 2, 0x1c46],
      [TCP_AT.urgent, 2, 0],
    ],
    checksumAt: TCP_AT.checksum,
  });
});

test('UDP', () => {
  pinHeader({
    hex: '1f40 0035 0020 beef',
    parse: (bytes, offset, end) => parseUdp(bytes, offset, end, true),
    value: udp({ srcPort: 8000, dstPort: 53, length: 32 }),
    fields: [
      [UDP_AT.srcPort, 2, 8000],
      [UDP_AT.dstPort, 2, 53],
      [UDP_AT.length, 2, 32],
      [UDP_AT.checksum, 2, 0xbeef],
    ],
    checksumAt: UDP_AT.checksum,
  });
});

test('ICMP messages', () => {
  const messages: [hex: string, message: Icmp4Message, rest: number][] = [
    ['08 00 0000 1234 0001', { kind: 'echoRequest', id: 0x1234, sequence: 1 }, 0x12340001],
    ['00 00 0000 ffff 8000', { kind: 'echoReply', id: 0xffff, sequence: 0x8000 }, 0xffff8000],
    ['03 04 0000 0000 0578', { kind: 'unreachable', code: 4, mtu: 1400 }, 1400],
    ['05 01 0000 c0a80101', { kind: 'redirect', code: 1, gateway: ip4('192.168.1.1') }, 0xc0a80101],
    ['0b 00 0000 00000000', { kind: 'timeExceeded', code: 0 }, 0],
    ['0c 00 0000 14000000', { kind: 'parameterProblem', code: 0, pointer: 20 }, 0x14000000],
    ['0d 00 0000 00010002', { kind: 'unknown', type: 13, code: 0, rest: 0x10002 }, 0x10002],
    ['08 07 0000 1234 0001', { kind: 'unknown', type: 8, code: 7, rest: 0x12340001 }, 0x12340001],
  ];
  for (const [hex, message, rest] of messages) {
    pinHeader({ hex, parse: parseIcmp4, value: icmp4(message), fields: [[ICMP4_AT.rest, 4, rest]] });
  }
});

test('ICMPv6 messages', () => {
  const messages: [hex: string, message: Icmp6Message, rest: number][] = [
    ['80 00 0000 1234 0001', { kind: 'echoRequest', id: 0x1234, sequence: 1 }, 0x12340001],
    ['81 00 0000 1234 0001', { kind: 'echoReply', id: 0x1234, sequence: 1 }, 0x12340001],
    ['01 04 0000 00000000', { kind: 'unreachable', code: 4 }, 0],
    ['02 00 0000 00000500', { kind: 'packetTooBig', mtu: 1280 }, 1280],
    ['03 00 0000 00000000', { kind: 'timeExceeded', code: 0 }, 0],
    ['04 01 0000 00000028', { kind: 'parameterProblem', code: 1, pointer: 40 }, 40],
    ['8f 00 0000 00000001', { kind: 'unknown', type: 143, code: 0, rest: 1 }, 1],
  ];
  for (const [hex, message, rest] of messages) {
    pinHeader({ hex, parse: parseIcmp6, value: icmp6(message), fields: [[ICMP6_AT.rest, 4, rest]] });
  }
});

test('neighbour solicitation and advertisement', () => {
  const target = 'fe80000000000000000000fffe000002';
  pinHeader({
    hex: `87 00 0000 00000000 ${target} 01 01 020000000001`,
    parse: parseIcmp6,
    value: icmp6({
      kind: 'neighbourSolicitation',
      target: ip6('fe80::ff:fe00:2'),
      options: [{ kind: 'sourceMac', mac: mac('02:00:00:00:00:01') }],
    }),
    fields: [[NEIGHBOUR_AT.target, 16, ip6('fe80::ff:fe00:2')]],
  });
  pinHeader({
    hex: `88 00 0000 60000000 ${target} 02 01 020000000002`,
    parse: parseIcmp6,
    value: icmp6({
      kind: 'neighbourAdvertisement',
      router: false,
      solicited: true,
      override: true,
      target: ip6('fe80::ff:fe00:2'),
      options: [{ kind: 'targetMac', mac: mac('02:00:00:00:00:02') }],
    }),
    fields: [[NEIGHBOUR_AT.flags, 1, 0x60]],
  });
});

test('router solicitation, and an advertisement with prefix, MTU, DNS and an unknown option', () => {
  pinHeader({
    hex: '85 00 0000 00000000 01 01 020000000001',
    parse: parseIcmp6,
    value: icmp6({ kind: 'routerSolicitation', options: [{ kind: 'sourceMac', mac: mac('02:00:00:00:00:01') }] }),
    fields: [],
  });
  pinHeader({
    hex: `86 00 0000 40 c0 0708 00007530 000003e8
      03 04 40 c0 00015180 00003840 00000000 fd000001000000000000000000000000
      05 01 0000 0000059b
      19 03 0000 00000258 fd000000000000000000000000000053
      18 01 000000000000`,
    parse: parseIcmp6,
    value: icmp6({
      kind: 'routerAdvertisement',
      hopLimit: 64,
      managed: true,
      otherConfig: true,
      lifetime: 1800,
      reachable: 30000,
      retransmit: 1000,
      options: [
        {
          kind: 'prefix',
          prefix: ip6('fd00:1::'),
          length: 64,
          onLink: true,
          autonomous: true,
          valid: 86400,
          preferred: 14400,
        },
        { kind: 'mtu', mtu: 1435 },
        { kind: 'dns', lifetime: 600, servers: [ip6('fd00::53')] },
        { kind: 'unknown', type: 24, data: new Uint8Array(6) },
      ],
    }),
    fields: [
      [NEIGHBOUR_AT.hopLimit, 1, 64],
      [NEIGHBOUR_AT.routerFlags, 1, 0xc0],
      [NEIGHBOUR_AT.lifetime, 2, 1800],
      [NEIGHBOUR_AT.reachable, 4, 30000],
      [NEIGHBOUR_AT.retransmit, 4, 1000],
    ],
  });
});
