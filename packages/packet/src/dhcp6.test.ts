import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { ip6 } from '../test/address-literals.ts';
import { pinHeader } from '../test/pin-header.ts';
import { parseHex } from './bytes.ts';
import { DHCP6_AT, DHCP6_MESSAGE, dhcp6, findDhcp6Option, parseDhcp6, printDhcp6 } from './dhcp6.ts';

const duid = Uint8Array.of(0, 3, 0, 1, 2, 0, 0, 0, 0, 1);

const reply = dhcp6({
  type: DHCP6_MESSAGE.reply,
  transaction: 0x8a1b2c,
  options: [
    { kind: 'clientId', value: duid },
    {
      kind: 'iaNa',
      iaid: 7,
      renew: 100,
      rebind: 200,
      options: [{ kind: 'iaAddress', address: ip6('2001:db8::5'), preferred: 300, valid: 400, options: [] }],
    },
    { kind: 'status', code: 0, message: Uint8Array.of(0x6f, 0x6b) },
    { kind: 'rapidCommit' },
    { kind: 'dnsServers', value: [ip6('2001:db8::53')] },
    { kind: 'domains', names: ['a.example', 'b'] },
    { kind: 'unknown', code: 82, value: Uint8Array.of(1) },
  ],
});

test('a reply with an address, DNS, domains and an unknown option', () => {
  pinHeader({
    hex: `07 8a1b2c
      0001 000a 00030001020000000001
      0003 0028 00000007 00000064 000000c8
        0005 0018 20010db8000000000000000000000005 0000012c 00000190
      000d 0004 0000 6f6b  000e 0000
      0017 0010 20010db8000000000000000000000053
      0018 000e 0161 076578616d706c65 00 0162 00
      0052 0001 01`,
    parse: parseDhcp6,
    value: reply,
    fields: [[DHCP6_AT.type, 1, 7]],
  });
  assert.equal(printDhcp6(reply), 'dhcpv6 reply xid 0x8a1b2c 2001:db8::5');
  assert.equal(findDhcp6Option(reply.options, 'rapidCommit')?.kind, 'rapidCommit');
});

const parsed = (hex: string): ReturnType<typeof parseDhcp6> => {
  const bytes = parseHex(hex) ?? new Uint8Array();
  return parseDhcp6(bytes, 0, bytes.length);
};

test('known codes with other shapes stay bytes', () => {
  for (const option of [
    '0003 0004 00000007',
    '0006 0003 000001',
    '0017 0004 00000000',
    '000e 0001 00',
    // Compressed, cut short, and with a dot inside a label.
    '0018 0002 c000',
    '0018 0002 0161',
    '0018 0005 03612e6200',
    // An address in an address in an address.
    `0003 0060 ${'00'.repeat(12)} 0005 0050 ${'00'.repeat(24)} 0005 0034 ${'00'.repeat(24)} 0005 0018 ${'00'.repeat(24)}`,
  ]) {
    const message = parsed(`01 000001 ${option}`);
    assert.ok(message.kind === 'dhcp6', option);
    assert.match(inspect(message.options, { depth: 9 }), /unknown/, option);
  }
});

test('cut short, options that do not fit, and relay agents are told', () => {
  assert.match(JSON.stringify(parsed('01 0000')), /dhcpv6/);
  assert.match(JSON.stringify(parsed('01 000001 0001 0005 00')), /option 1 of length 5/);
  assert.match(JSON.stringify(parsed('01 000001 0001')), /option 1/);
  assert.match(JSON.stringify(parsed(`0c 00 ${'00'.repeat(40)}`)), /relay/);
  assert.equal(printDhcp6(dhcp6({ type: 99, transaction: 1, options: [] })), 'dhcpv6 type 99 xid 0x1');
});
