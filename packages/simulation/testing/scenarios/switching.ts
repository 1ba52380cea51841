import { arpFrame, arpRequest, solicitation, tagged, udpFrame } from '../frames.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';

const { web1, web2, webGateway } = TENANT;
const unknown = { mac: '02:00:00:00:09:09', ip: '10.0.1.99', ip6: 'fd00:1::99' };

export const SWITCHING: readonly Scenario[] = [
  {
    name: 'bridge: unicast, flood, learning',
    network: tenantNetwork,
    steps: [
      {
        title: 'known unicast goes to one port',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip),
        expect: ['forward: emit web2'],
      },
      {
        title: 'unknown unicast floods, not to routers',
        port: 'web1',
        frame: udpFrame(web1, unknown.mac, unknown.ip),
        expect: ['forward: emit web2'],
      },
      {
        title: 'an unknown source is learned',
        port: 'web1',
        frame: udpFrame(unknown, web2.mac, web2.ip),
        expect: ['forward: emit web2', 'learn 02:00:00:00:09:09 at web1'],
      },
      {
        title: 'a moved source is learned anew',
        port: 'web1',
        frame: udpFrame(web2, unknown.mac, unknown.ip),
        expect: ['forward: emit web2', 'learn 02:00:00:00:01:02 at web1'],
      },
      {
        title: 'broadcast floods',
        port: 'web1',
        frame: udpFrame(web1, 'ff:ff:ff:ff:ff:ff', '255.255.255.255'),
        expect: ['forward: emit web2'],
      },
      {
        title: 'IPv6 multicast floods',
        port: 'web1',
        frame: udpFrame(web1, '33:33:00:00:00:fb', 'ff02::fb'),
        expect: ['forward: emit web2'],
      },
      {
        title: 'hairpin',
        port: 'web2',
        frame: udpFrame(web1, web2.mac, web2.ip),
        expect: ['drop hairpin by bridge web', 'learn 02:00:00:00:01:01 at web2'],
      },
      {
        title: 'same addresses',
        port: 'web1',
        frame: udpFrame(web1, web1.mac, web1.ip),
        expect: ['drop sameSourceAndDestination by bridge web'],
      },
      {
        title: 'group source',
        port: 'web1',
        frame: udpFrame({ ...web1, mac: '03:00:00:00:00:01' }, web2.mac, web2.ip),
        expect: ['drop groupSource by bridge web'],
      },
      {
        title: 'nobody else there',
        port: 'db1',
        frame: udpFrame(TENANT.db1, unknown.mac, unknown.ip),
        expect: ['drop noOtherPort by bridge db'],
      },
      {
        title: 'tags pass a plain bridge',
        port: 'web1',
        frame: tagged(5, udpFrame(web1, web2.mac, web2.ip)),
        expect: ['forward: emit web2', 'learn 02:00:00:00:01:01 vlan 5 at web1'],
      },
    ],
  },
  {
    name: 'bridge: address queries',
    network: () => {
      const net = tenantNetwork();
      net.staticArp(net.idOf('web') as never, '10.0.1.50', '02:00:00:00:05:50');
      net.staticArp(net.idOf('web') as never, 'fd00:1::50', '02:00:00:00:05:50');
      return net;
    },
    steps: [
      {
        title: 'ARP for a seeded address is answered',
        port: 'web1',
        frame: arpRequest(web1, '10.0.1.50'),
        expect: [
          'consume arpReply by bridge web',
          'answer via web1: 02:00:00:00:05:50 > 02:00:00:00:01:01 arp | arp 10.0.1.50 is-at 02:00:00:00:05:50 to 10.0.1.11',
        ],
      },
      {
        title: 'the seeded owner itself asks (probe)',
        port: 'web1',
        frame: arpRequest({ mac: '02:00:00:00:05:50', ip: '0.0.0.0' }, '10.0.1.50'),
        expect: ['forward: emit web2', 'learn 02:00:00:00:05:50 at web1'],
      },
      {
        title: 'another one probes for a seeded address',
        port: 'web1',
        frame: arpRequest({ mac: web1.mac, ip: '0.0.0.0' }, '10.0.1.50'),
        expect: [
          'consume arpReply by bridge web',
          'answer via web1: 02:00:00:00:05:50 > 02:00:00:00:01:01 arp | arp 10.0.1.50 is-at 02:00:00:00:05:50 to 0.0.0.0',
        ],
      },
      {
        title: 'ARP for the gateway goes to it alone',
        port: 'web1',
        frame: arpRequest(web1, webGateway.ip),
        expect: [
          'consume arpReply by router tenant',
          'learn 10.0.1.11 is 02:00:00:00:01:01 at gateway-web',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 arp | arp 10.0.1.1 is-at 02:00:00:00:0a:01 to 10.0.1.11',
        ],
      },
      {
        title: 'ARP for an unknown address floods',
        port: 'web1',
        frame: arpRequest(web1, web2.ip),
        expect: ['forward: emit web2'],
      },
      {
        title: 'gratuitous ARP floods and is learned by the router',
        port: 'web1',
        frame: arpRequest(web1, web1.ip),
        expect: ['forward: emit web2', 'learn 10.0.1.11 is 02:00:00:00:01:01 at gateway-web'],
      },
      {
        title: 'gratuitous reply',
        port: 'web1',
        frame: arpFrame('reply', web1, web1),
        expect: ['forward: emit web2', 'learn 10.0.1.11 is 02:00:00:00:01:01 at gateway-web'],
      },
      {
        title: 'unicast ARP is left alone',
        port: 'web1',
        frame: arpFrame('request', web1, web2, web2.mac),
        expect: ['forward: emit web2'],
      },
      {
        title: 'NS for a seeded address is answered',
        port: 'web1',
        frame: solicitation(web1, 'fd00:1::50'),
        expect: [
          'consume neighbourReply by bridge web',
          'answer via web1: 02:00:00:00:05:50 > 02:00:00:00:01:01 ipv6 | fd00:1::50 > fd00:1::11 icmp6 hops 255 | nd fd00:1::50 is here at 02:00:00:00:05:50',
        ],
      },
      {
        title: 'NS for the gateway',
        port: 'web1',
        frame: solicitation(web1, webGateway.ip6),
        expect: [
          'consume neighbourReply by router tenant',
          'learn fd00:1::11 is 02:00:00:00:01:01 at gateway-web',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fd00:1::1 > fd00:1::11 icmp6 hops 255 | nd fd00:1::1 is here at 02:00:00:00:0a:01',
        ],
      },
      {
        title: 'NS for the gateway link-local address',
        port: 'web1',
        frame: solicitation(web1, 'fe80::ff:fe00:a01'),
        expect: [
          'consume neighbourReply by router tenant',
          'learn fd00:1::11 is 02:00:00:00:01:01 at gateway-web',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fe80::ff:fe00:a01 > fd00:1::11 icmp6 hops 255 | nd fe80::ff:fe00:a01 is here at 02:00:00:00:0a:01',
        ],
      },
      {
        title: 'DAD for the gateway address',
        port: 'web1',
        frame: solicitation({ ...web1, ip6: '::' }, webGateway.ip6),
        expect: [
          'consume neighbourReply by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 33:33:00:00:00:01 ipv6 | fd00:1::1 > ff02::1 icmp6 hops 255 | nd fd00:1::1 is here at 02:00:00:00:0a:01',
        ],
      },
      {
        title: 'NS for an unknown address floods',
        port: 'web1',
        frame: solicitation(web1, web2.ip6),
        expect: ['forward: emit web2'],
      },
    ],
  },
];
