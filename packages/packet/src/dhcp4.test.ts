import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ip4, mac } from '../test/address-literals.ts';
import { pinHeader } from '../test/pin-header.ts';
import { parseHex } from './bytes.ts';
import { DHCP4_AT, dhcp4, dhcpMessageType, findDhcpOption, parseDhcp4, printDhcp4 } from './dhcp4.ts';

const FIXED = `02 01 06 00 3903f326 0000 8000 00000000 c0a80164 c0a80101 00000000
  020000000001 ${'00'.repeat(10)} ${'00'.repeat(192)} 63825363`;

const offer = dhcp4({
  op: 'reply',
  transaction: 0x3903f326,
  broadcast: true,
  yourIp: ip4('192.168.1.100'),
  serverIp: ip4('192.168.1.1'),
  clientMac: mac('02:00:00:00:00:01'),
  options: [
    { kind: 'messageType', value: 'offer' },
    { kind: 'subnetMask', value: ip4('255.255.255.0') },
    { kind: 'routers', value: [ip4('192.168.1.1')] },
    { kind: 'mtu', value: 1450 },
    {
      kind: 'routes',
      value: [
        { prefix: { address: ip4('10.229.0.0'), length: 17 }, router: ip4('192.168.1.2') },
        { prefix: { address: ip4('0.0.0.0'), length: 0 }, router: ip4('192.168.1.1') },
      ],
    },
    { kind: 'unknown', code: 224, value: Uint8Array.of(1, 2) },
  ],
});

test('an offer with typed, classless-route and unknown options', () => {
  pinHeader({
    hex: `${FIXED} 35 01 02 01 04 ffffff00 03 04 c0a80101 1a 02 05aa
      79 0d 11 0ae500 c0a80102 00 c0a80101 e0 02 0102 ff`,
    parse: parseDhcp4,
    value: offer,
    fields: [
      [DHCP4_AT.transaction, 4, 0x3903f326],
      [DHCP4_AT.flags, 2, 0x8000],
      [DHCP4_AT.yourIp, 4, 0xc0a80164],
      [DHCP4_AT.clientMac, 6, 0x020000000001],
      [DHCP4_AT.magic, 4, 0x63825363],
    ],
  });
  assert.equal(dhcpMessageType(offer), 'offer');
  assert.equal(findDhcpOption(offer, 'mtu')?.value, 1450);
  assert.equal(printDhcp4(offer), 'dhcp offer 02:00:00:00:00:01 xid 0x3903f326 your 192.168.1.100');
});

test('options overloaded into sname and file are read, parts of one option joined', () => {
  const bytes = parseHex(`${FIXED} 35 01 02 34 01 03 0c 02 6162 0c 01 63 ff`) ?? new Uint8Array(0);
  bytes.set(parseHex('0f 03 6c6162 ff') ?? [], DHCP4_AT.bootFile);
  bytes.set(parseHex('1a 02 05dc ff') ?? [], DHCP4_AT.serverName);
  const parsed = parseDhcp4(bytes, 0, bytes.length);
  assert.ok(parsed.kind === 'dhcp4');
  assert.deepEqual(parsed.options, [
    { kind: 'messageType', value: 'offer' },
    { kind: 'hostName', value: 'abc' },
    { kind: 'domainName', value: 'lab' },
    { kind: 'mtu', value: 1500 },
  ]);
});

test('what is not DHCP for Ethernet is refused with the reason', () => {
  const refuse = (at: number, value: number): string => {
    const bytes = parseHex(`${FIXED} ff`) ?? new Uint8Array(0);
    bytes[at] = value;
    const parsed = parseDhcp4(bytes, 0, bytes.length);
    return parsed.kind === 'malformed' ? parsed.reason : 'parsed';
  };
  assert.equal(refuse(0, 3), 'op 3, neither request nor reply');
  assert.equal(refuse(1, 6), 'hardware type 6, not Ethernet');
  assert.equal(refuse(236, 0), 'no magic cookie (plain BOOTP)');
  assert.equal(refuse(240, 50), 'option 50 of length 0 in 0 bytes');
});
