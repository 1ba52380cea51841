import { test } from 'node:test';
import { ip4, mac } from '../test/address-literals.ts';
import { pinHeader } from '../test/pin-header.ts';
import { arp, ARP_AT, parseArp } from './arp.ts';
import { ethernet, ETHERNET_AT, parseEthernet } from './ethernet.ts';
import { gre, GRE_AT, parseGre } from './gre.ts';
import { parseVlan, vlan, VLAN_AT } from './vlan.ts';
import { parseVxlan, vxlan, VXLAN_AT } from './vxlan.ts';

test('Ethernet, the same bytes four ways', () => {
  pinHeader({
    hex: '00:50:56:c0:00:08 00:0c:29:5b:a0:7d 08 00',
    parse: parseEthernet,
    value: ethernet({ dst: mac('00:50:56:c0:00:08'), src: mac('00:0c:29:5b:a0:7d'), type: 0x0800 }),
    fields: [
      [ETHERNET_AT.dst, 6, 0x005056c00008],
      [ETHERNET_AT.src, 6, 0x000c295ba07d],
      [ETHERNET_AT.type, 2, 0x0800],
    ],
  });
});

test('802.1Q tag with priority and drop-eligible bit, and a service tag', () => {
  const fields = [
    [VLAN_AT.tci, 2, 0xb064],
    [VLAN_AT.type, 2, 0x86dd],
  ] as const;
  const value = vlan({ id: 100, priority: 5, dropEligible: true, type: 0x86dd });
  pinHeader({ hex: 'b0 64 86 dd', parse: parseVlan, value, fields });
  pinHeader({ hex: 'b0 64 86 dd', parse: parseVlan, value: { ...value, tpid: 0x88a8 }, fields });
});

test('ARP request as Linux sends it', () => {
  pinHeader({
    hex: '0001 0800 06 04 0001 020000000001 c0a80101 000000000000 c0a801fe',
    parse: parseArp,
    value: arp({
      operation: 1,
      senderMac: mac('02:00:00:00:00:01'),
      senderIp: ip4('192.168.1.1'),
      targetMac: mac('00:00:00:00:00:00'),
      targetIp: ip4('192.168.1.254'),
    }),
    fields: [
      [ARP_AT.hardwareType, 2, 1],
      [ARP_AT.protocolType, 2, 0x0800],
      [ARP_AT.hardwareLength, 1, 6],
      [ARP_AT.protocolLength, 1, 4],
      [ARP_AT.operation, 2, 1],
      [ARP_AT.senderMac, 6, 0x020000000001],
      [ARP_AT.senderIp, 4, 0xc0a80101],
      [ARP_AT.targetMac, 6, 0],
      [ARP_AT.targetIp, 4, 0xc0a801fe],
    ],
  });
});

test('VXLAN', () => {
  pinHeader({
    hex: '08 000000 abcdef 00',
    parse: parseVxlan,
    value: vxlan(0xabcdef),
    fields: [
      [VXLAN_AT.flags, 1, 8],
      [VXLAN_AT.vni, 4, 0xabcdef00],
    ],
  });
});

test('GRE bare, with key, with checksum, key and sequence', () => {
  const protocol = [GRE_AT.protocol, 2, 0x6558] as const;
  pinHeader({
    hex: '0000 6558',
    parse: parseGre,
    value: gre({ protocol: 0x6558 }),
    fields: [[GRE_AT.flags, 2, 0], protocol],
  });
  pinHeader({
    hex: '2000 6558 00000a0b',
    parse: parseGre,
    value: gre({ protocol: 0x6558, key: 0x0a0b }),
    fields: [[GRE_AT.flags, 2, 0x2000], protocol, [4, 4, 0x0a0b]],
  });
  pinHeader({
    hex: 'b000 6558 1234 0000 ffffffff 00000001',
    parse: parseGre,
    value: gre({ protocol: 0x6558, hasChecksum: true, key: 0xffffffff, sequence: 1 }),
    fields: [[GRE_AT.flags, 2, 0xb000], protocol, [4, 2, 0x1234], [8, 4, 0xffffffff], [12, 4, 1]],
    checksumAt: 4,
  });
});
