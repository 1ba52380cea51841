import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ip4, ip6, mac } from '../test/address-literals.ts';
import { dhcp4 } from './dhcp4.ts';
import { dissect } from './dissect.ts';
import { ethernet } from './ethernet.ts';
import { frame } from './frame.ts';
import { gre } from './gre.ts';
import { icmp4 } from './icmp4.ts';
import { icmp6 } from './icmp6.ts';
import { ipv4 } from './ipv4.ts';
import { ipv6 } from './ipv6.ts';
import { printFrame } from './print-frame.ts';
import { tcp } from './tcp.ts';
import { udp } from './udp.ts';
import { vlan } from './vlan.ts';
import { vxlan } from './vxlan.ts';

const link = ethernet({ src: mac('02:00:00:00:00:01'), dst: mac('02:00:00:00:00:02') });
const macs = '02:00:00:00:00:01 > 02:00:00:00:00:02';
const ip = ipv4({ src: ip4('10.0.0.1'), dst: ip4('10.0.0.2') });
const datagram = frame(link, ip, udp({ srcPort: 1000, dstPort: 53 }), new Uint8Array(5));
const dump = `${macs} ipv4 | 10.0.0.1 > 10.0.0.2 udp ttl 64 | udp 1000 > 53 length 5`;

test('frames on one line', () => {
  assert.equal(printFrame(datagram), `${dump} | 5 bytes`);
  assert.equal(
    printFrame(
      frame(link, vlan({ id: 5, priority: 3 }), ip, tcp({ srcPort: 80, dstPort: 4000, flags: 18, sequence: 7 })),
    ),
    `${macs} vlan | vlan 5 pcp 3 ipv4 | 10.0.0.1 > 10.0.0.2 tcp ttl 64 | tcp 80 > 4000 [syn ack] seq 7 ack 0`,
  );
  assert.equal(
    printFrame(
      frame(
        link,
        ipv6({ src: ip6('fe80::1'), dst: ip6('ff02::1:ff00:2') }),
        icmp6({ kind: 'neighbourSolicitation', target: ip6('fe80::2'), options: [] }),
      ),
    ),
    `${macs} ipv6 | fe80::1 > ff02::1:ff00:2 icmp6 hops 64 | nd who-has fe80::2`,
  );
});

test('what an ICMP error quotes stands in brackets, though cut short', () => {
  const error = frame(link, ip, icmp4({ kind: 'unreachable', code: 4, mtu: 1400 }), datagram.slice(14, 42));
  assert.equal(
    printFrame(error),
    `${macs} ipv4 | 10.0.0.1 > 10.0.0.2 icmp ttl 64 | icmp fragmentation needed mtu 1400 | ` +
      'about [10.0.0.1 > 10.0.0.2 udp ttl 64 | udp 1000 > 53 length 5]',
  );
});

test('tunnels are looked into', () => {
  const outer = `${macs} ipv4 | 10.0.0.1 > 10.0.0.2`;
  assert.equal(
    printFrame(frame(link, ip, udp({ srcPort: 5, dstPort: 4789 }), vxlan(77), datagram)),
    `${outer} udp ttl 64 | udp 5 > 4789 length 55 | vxlan 77 | ${dump} | 5 bytes`,
  );
  assert.equal(
    printFrame(frame(link, ip, gre({ key: 9, protocol: 0x6558 }), datagram)),
    `${outer} gre ttl 64 | gre teb key 9 | ${dump} | 5 bytes`,
  );
});

test('DHCP by its ports, padding behind it is no payload', () => {
  const discover = dhcp4({
    op: 'request',
    transaction: 5,
    clientMac: mac('02:00:00:00:00:01'),
    options: [{ kind: 'messageType', value: 'discover' }],
  });
  const any = ipv4({ src: ip4('0.0.0.0'), dst: ip4('255.255.255.255') });
  assert.equal(
    printFrame(frame(link, any, udp({ srcPort: 68, dstPort: 67 }), discover, new Uint8Array(56))),
    `${macs} ipv4 | 0.0.0.0 > 255.255.255.255 udp ttl 64 | udp 68 > 67 length 300 | dhcp discover 02:00:00:00:00:01 xid 0x5`,
  );
});

test('malformed frames say what is wrong', () => {
  assert.equal(printFrame(new Uint8Array(3)), 'malformed ethernet (3 of 14 bytes)');
  assert.equal(printFrame(datagram.slice(0, 40)), `${macs} ipv4 | malformed ipv4 (total length 33 in 26 bytes)`);
});

test('layers carry offsets that fit together', () => {
  const layers = dissect(frame(link, vlan({ id: 5 }), ip, udp({ srcPort: 1, dstPort: 2 }), new Uint8Array(9)));
  assert.deepEqual(
    layers.map(({ header, offset, behind, end }) => [header.kind, offset, behind, end]),
    [
      ['ethernet', 0, 14, 55],
      ['vlan', 14, 18, 55],
      ['ipv4', 18, 38, 55],
      ['udp', 38, 46, 55],
      ['payload', 46, 55, 55],
    ],
  );
});
