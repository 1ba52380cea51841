import { arpFrame, arpRequest, discovery, echoFrame, tagged, udpFrame } from '../frames.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';

const { web1, db1, webGateway, dbGateway, uplink, provider } = TENANT;
const outside = { mac: provider.mac, ip: '8.8.8.8', ip6: '2001:db8:1::8' };

export const ROUTING: readonly Scenario[] = [
  {
    name: 'router: forwarding',
    network: tenantNetwork,
    steps: [
      {
        title: 'bridge, router, bridge',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
      },
      {
        title: 'the same over IPv6',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip6),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
      },
      {
        title: 'by the default route',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, outside.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ttl-1, emit uplink'],
      },
      {
        title: 'by the default route, IPv6',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, outside.ip6),
        expect: ['forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ttl-1, emit uplink'],
      },
      {
        title: 'from outside',
        port: 'uplink',
        frame: udpFrame(outside, uplink.mac, web1.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ttl-1, emit web1'],
      },
      {
        title: 'TTL runs out',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip, { ttl: 1 }),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp ttl exceeded | about [10.0.1.11 > 10.0.2.21 udp ttl 1 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'hop limit runs out',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip6, { hopLimit: 1 }),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fd00:1::1 > fd00:1::11 icmp6 hops 64 | icmp6 hop limit exceeded | about [fd00:1::11 > fd00:2::21 udp hops 1 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'unknown neighbour',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '10.0.2.99'),
        expect: [
          'blocked on the MAC of 10.0.2.99 on port gateway-db',
          'answer via gateway-db: 02:00:00:00:0a:02 > ff:ff:ff:ff:ff:ff arp | arp who-has 10.0.2.99 tell 10.0.2.1 (02:00:00:00:0a:02)',
        ],
      },
      {
        title: 'unknown IPv6 neighbour',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, 'fd00:2::99'),
        expect: [
          'blocked on the MAC of fd00:2::99 on port gateway-db',
          'answer via gateway-db: 02:00:00:00:0a:02 > 33:33:ff:00:00:99 ipv6 | fe80::ff:fe00:a02 > ff02::1:ff00:99 icmp6 hops 255 | nd who-has fd00:2::99 from 02:00:00:00:0a:02',
        ],
      },
      {
        title: 'blackhole',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '198.51.100.1'),
        expect: ['drop blackhole by router tenant'],
      },
      {
        title: 'reject',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '203.0.113.1'),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.1.11 > 203.0.113.1 udp ttl 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'reject, IPv6',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '2001:db8:dead::1'),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fd00:1::1 > fd00:1::11 icmp6 hops 64 | icmp6 unreachable prohibited | about [fd00:1::11 > 2001:db8:dead::1 udp hops 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'a tag',
        port: 'uplink',
        frame: tagged(9, udpFrame(outside, uplink.mac, web1.ip)),
        expect: ['drop taggedToRouter by router tenant'],
      },
      {
        title: 'a priority tag',
        port: 'uplink',
        frame: tagged(0, udpFrame(outside, uplink.mac, web1.ip)),
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, pop vlan, ttl-1, emit web1'],
      },
      {
        title: 'not for the router',
        port: 'uplink',
        frame: udpFrame(outside, web1.mac, web1.ip),
        expect: ['drop notForRouter by router tenant'],
      },
      {
        title: 'loopback source',
        port: 'web1',
        frame: udpFrame({ ...web1, ip: '127.0.0.1' }, webGateway.mac, db1.ip),
        expect: ['drop invalidSource by router tenant'],
      },
      {
        title: 'multicast destination',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '224.0.0.5'),
        expect: ['drop invalidDestination by router tenant'],
      },
      {
        title: 'subnet broadcast',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '10.0.2.255'),
        expect: ['drop invalidDestination by router tenant'],
      },
      {
        title: 'link-local destination',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, 'fe80::1'),
        expect: ['drop linkLocalScope by router tenant'],
      },
      {
        title: 'link-local source',
        port: 'web1',
        frame: udpFrame({ ...web1, ip6: 'fe80::9' }, webGateway.mac, db1.ip6),
        expect: ['drop linkLocalScope by router tenant'],
      },
    ],
  },
  {
    name: 'router: its own addresses',
    network: tenantNetwork,
    steps: [
      {
        title: 'ping the gateway',
        port: 'web1',
        frame: echoFrame(web1, webGateway.mac, webGateway.ip),
        expect: [
          'consume echoReply by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 | icmp echo reply id 7 seq 1 | 20 bytes',
        ],
      },
      {
        title: 'ping the far gateway',
        port: 'web1',
        frame: echoFrame(web1, webGateway.mac, dbGateway.ip),
        expect: [
          'consume echoReply by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.2.1 > 10.0.1.11 icmp ttl 64 | icmp echo reply id 7 seq 1 | 20 bytes',
        ],
      },
      {
        title: 'ping the gateway, IPv6',
        port: 'web1',
        frame: echoFrame(web1, webGateway.mac, webGateway.ip6),
        expect: [
          'consume echoReply by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fd00:1::1 > fd00:1::11 icmp6 hops 64 | icmp6 echo reply id 7 seq 1 | 20 bytes',
        ],
      },
      {
        title: 'ping its link-local address',
        port: 'web1',
        frame: echoFrame({ ...web1, ip6: 'fe80::9' }, webGateway.mac, 'fe80::ff:fe00:a01'),
        expect: [
          'consume echoReply by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fe80::ff:fe00:a01 > fe80::9 icmp6 hops 64 | icmp6 echo reply id 7 seq 1 | 20 bytes',
        ],
      },
      {
        title: 'no such service',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, webGateway.ip),
        expect: ['drop notLocalService by router tenant'],
      },
      {
        title: 'ARP from the uplink',
        port: 'uplink',
        frame: arpRequest(provider, uplink.ip),
        expect: [
          'consume arpReply by router tenant',
          'learn 192.0.2.1 is 02:00:00:00:0f:01 at uplink',
          'answer via uplink: 02:00:00:00:0a:03 > 02:00:00:00:0f:01 arp | arp 192.0.2.2 is-at 02:00:00:00:0a:03 to 192.0.2.1',
        ],
      },
      {
        title: 'ARP from another subnet',
        port: 'uplink',
        frame: arpRequest({ ...provider, ip: '10.9.9.9' }, uplink.ip),
        expect: ['drop martianArp by router tenant'],
      },
      {
        title: 'ARP reply is learned',
        port: 'uplink',
        frame: arpFrame('reply', provider, uplink, uplink.mac),
        expect: ['consume neighbourLearned by router tenant', 'learn 192.0.2.1 is 02:00:00:00:0f:01 at uplink'],
      },
      {
        title: 'ARP for somebody else',
        port: 'uplink',
        frame: arpRequest(provider, '192.0.2.3'),
        expect: ['drop notForRouter by router tenant'],
      },
      {
        title: 'router solicitation',
        port: 'web1',
        frame: discovery({ mac: web1.mac, ip6: 'fe80::9' }, 'ff02::2', { kind: 'routerSolicitation', options: [] }),
        expect: [
          'forward: emit web2',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fe80::ff:fe00:a01 > fe80::9 icmp6 hops 255 | nd router advertisement lifetime 1800 from 02:00:00:00:0a:01 mtu 1450 prefix fd00:1::/64',
        ],
      },
    ],
  },
  {
    name: 'router: what a link cannot carry',
    network: tenantNetwork,
    steps: [
      {
        title: 'DF set',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip, { size: 1460, dontFragment: true }),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp fragmentation needed mtu 1450 | about [10.0.1.11 > 10.0.2.21 udp ttl 64 df | udp 40000 > 53 length 1460 | 520 bytes]',
        ],
      },
      {
        title: 'IPv6',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip6, { size: 1460 }),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fd00:1::1 > fd00:1::11 icmp6 hops 64 | icmp6 packet too big mtu 1450 | about [fd00:1::11 > fd00:2::21 udp hops 64 | udp 40000 > 53 length 1460 | 1184 bytes]',
        ],
      },
      {
        title: 'fragments',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip, { size: 1460, id: 77 }),
        expect: [
          'consume fragmented by router tenant',
          'answer via gateway-db: 02:00:00:00:0a:02 > 02:00:00:00:02:01 ipv4 | 10.0.1.11 > 10.0.2.21 udp ttl 63 frag id 77 at 0+ | udp 40000 > 53 length 1460 | 1416 bytes',
          'answer via gateway-db: 02:00:00:00:0a:02 > 02:00:00:00:02:01 ipv4 | 10.0.1.11 > 10.0.2.21 udp ttl 63 frag id 77 at 1424 | 44 bytes',
        ],
      },
      {
        title: 'a train of short segments',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip, { size: 9000 }),
        segmentLength: 1450,
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
      },
      {
        title: 'a train of long segments',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip, { size: 9000, dontFragment: true }),
        segmentLength: 1451,
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp fragmentation needed mtu 1450 | about [10.0.1.11 > 10.0.2.21 udp ttl 64 df | udp 40000 > 53 length 9000 | 520 bytes]',
        ],
      },
    ],
  },
];
