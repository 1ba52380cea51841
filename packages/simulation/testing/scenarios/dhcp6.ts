import { parseHex, type Dhcp6Option } from '@midonet/packet';
import { dhcp6Client } from '../dhcp-frames.ts';
import { ip6 } from '../literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const SUBNET = '2001:db8:1::/64';
const web1 = { mac: TENANT.web1.mac, ip: 'fe80::ff:fe00:101' };
const web2 = { mac: TENANT.web2.mac, ip: 'fe80::ff:fe00:102' };
const stranger = { mac: '02:00:00:00:01:77', ip: 'fe80::ff:fe00:177' };

function dhcp6Network(): VirtualNetwork {
  const net = tenantNetwork();
  const web = net.idOf('web') as never;
  net.dhcp6Subnet(web, SUBNET, ['2001:db8::53']);
  net.dhcp6Host(web, SUBNET, web1.mac, '2001:db8:1::11');
  net.dhcp6Host(web, SUBNET, '00:03:00:01:0a:0b:0c:0d:0e:0f', '2001:db8:1::12');
  return net;
}

const duid = (hex: string): Uint8Array => parseHex(hex) ?? new Uint8Array();
const me: Dhcp6Option = { kind: 'clientId', value: duid('000300010a0000000001') };
const known: Dhcp6Option = { kind: 'clientId', value: duid('000300010a0b0c0d0e0f') };
const ours: Dhcp6Option = { kind: 'serverId', value: duid('00030001024448435001') };
const another: Dhcp6Option = { kind: 'serverId', value: duid('00030001024448435002') };

const association = (...addresses: string[]): Dhcp6Option => ({
  kind: 'iaNa',
  iaid: 1,
  renew: 0,
  rebind: 0,
  options: addresses.map((text) => ({ kind: 'iaAddress', address: ip6(text), preferred: 0, valid: 0, options: [] })),
});

export const DHCP6: readonly Scenario[] = [
  {
    name: 'DHCPv6',
    network: dhcp6Network,
    steps: [
      {
        title: 'solicit',
        port: 'web1',
        frame: dhcp6Client(web1, 'solicit', [me, association()]),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 ipv6 | fe80::44:48ff:fe43:5001 > fe80::ff:fe00:101 udp hops 64 | udp 547 > 546 length 96 | dhcpv6 advertise xid 0x123456 2001:db8:1::11',
        ],
      },
      {
        title: 'solicit with rapid commit',
        port: 'web1',
        frame: dhcp6Client(web1, 'solicit', [me, association(), { kind: 'rapidCommit' }]),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 ipv6 | fe80::44:48ff:fe43:5001 > fe80::ff:fe00:101 udp hops 64 | udp 547 > 546 length 100 | dhcpv6 reply xid 0x123456 2001:db8:1::11',
        ],
      },
      {
        title: 'request, known by DUID',
        port: 'web2',
        frame: dhcp6Client(web2, 'request', [known, ours, association()]),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web2: 02:44:48:43:50:01 > 02:00:00:00:01:02 ipv6 | fe80::44:48ff:fe43:5001 > fe80::ff:fe00:102 udp hops 64 | udp 547 > 546 length 96 | dhcpv6 reply xid 0x123456 2001:db8:1::12',
        ],
      },
      {
        title: 'another server was chosen',
        port: 'web1',
        frame: dhcp6Client(web1, 'request', [me, another, association()]),
        expect: ['consume dhcpIgnored by bridge web'],
      },
      {
        title: 'renew of an address that is not its own',
        port: 'web1',
        frame: dhcp6Client(web1, 'renew', [me, ours, association('2001:db8:1::99')]),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 ipv6 | fe80::44:48ff:fe43:5001 > fe80::ff:fe00:101 udp hops 64 | udp 547 > 546 length 124 | dhcpv6 reply xid 0x123456 2001:db8:1::11 2001:db8:1::99',
        ],
      },
      {
        title: 'rebind',
        port: 'web1',
        frame: dhcp6Client(web1, 'rebind', [me, association('2001:db8:1::11')]),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 ipv6 | fe80::44:48ff:fe43:5001 > fe80::ff:fe00:101 udp hops 64 | udp 547 > 546 length 96 | dhcpv6 reply xid 0x123456 2001:db8:1::11',
        ],
      },
      {
        title: 'confirm',
        port: 'web1',
        frame: dhcp6Client(web1, 'confirm', [me, association('2001:db8:1::11')]),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 ipv6 | fe80::44:48ff:fe43:5001 > fe80::ff:fe00:101 udp hops 64 | udp 547 > 546 length 38 | dhcpv6 reply xid 0x123456',
        ],
      },
      {
        title: 'release',
        port: 'web1',
        frame: dhcp6Client(web1, 'release', [me, ours, association()]),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 ipv6 | fe80::44:48ff:fe43:5001 > fe80::ff:fe00:101 udp hops 64 | udp 547 > 546 length 38 | dhcpv6 reply xid 0x123456',
        ],
      },
      {
        title: 'information',
        port: 'web1',
        frame: dhcp6Client(web1, 'informationRequest'),
        expect: [
          'consume dhcpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 ipv6 | fe80::44:48ff:fe43:5001 > fe80::ff:fe00:101 udp hops 64 | udp 547 > 546 length 38 | dhcpv6 reply xid 0x123456',
        ],
      },
      {
        title: 'unknown clients are left to others',
        port: 'web2',
        frame: dhcp6Client(stranger, 'solicit', [me, association()]),
        expect: ['forward: emit web1', 'learn 02:00:00:00:01:77 at web2'],
      },
    ],
  },
];
