import { ethernet, frame, ipv4, ipv6, TCP_FLAG, tcp } from '@midonet/packet';
import type { BridgeId, PortId } from '@midonet/topology';
import { arpRequest, discovery, echoFrame, solicitation, udpFrame } from '../frames.ts';
import { ip4, ip6, mac } from '../literals.ts';
import type { Scenario, Step } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, db1, webGateway } = TENANT;
const METADATA = '169.254.169.254';
const FORWARDER = '10.0.1.53';
const FORWARDER6 = 'fd00:1::53';
const SERVICE_MAC = '02:44:48:43:50:01';

/** web1 is an instance, web2 is none; the bridge has name servers. */
function servicesNetwork(): VirtualNetwork {
  const net = tenantNetwork();
  const web = net.idOf('web') as BridgeId;
  net.instance(net.idOf('web1') as PortId, 'i-1');
  net.dhcpSubnet(web, '10.0.1.0/24', { defaultGateway: ip4(webGateway.ip), dnsForwarder: ip4(FORWARDER) });
  net.dhcp6Subnet(web, 'fd00:1::/64', ['2001:db8::53'], FORWARDER6);
  return net;
}

function tcpTo(from: typeof web1 | typeof web2, via: string, to: string, port: number): Uint8Array {
  const link = ethernet({ dst: mac(via), src: mac(from.mac) });
  // A reset is taken like all others, and is the one that nobody answers.
  const upper = tcp({ srcPort: 40_000, dstPort: port, flags: TCP_FLAG.rst });
  return to.includes(':')
    ? frame(link, ipv6({ src: ip6(from.ip6), dst: ip6(to) }), upper)
    : frame(link, ipv4({ src: ip4(from.ip), dst: ip4(to) }), upper);
}

const taken = (title: string, bytes: Uint8Array, reason: 'metadataRequest' | 'dnsQuery', port = 'web1'): Step => ({
  ...{ title, port, frame: bytes },
  expect: [`consume ${reason} by port ${port}`],
});

export const INSTANCE_SERVICES: readonly Scenario[] = [
  {
    name: 'services for instances',
    network: servicesNetwork,
    steps: [
      taken('metadata by way of the gateway', tcpTo(web1, webGateway.mac, METADATA, 80), 'metadataRequest'),
      taken('metadata on the link', tcpTo(web1, SERVICE_MAC, METADATA, 80), 'metadataRequest'),
      taken('metadata over IPv6', tcpTo(web1, webGateway.mac, 'fd00:a9fe:a9fe::254', 80), 'metadataRequest'),
      taken('metadata at the link-local address', tcpTo(web1, SERVICE_MAC, 'fe80::a9fe:a9fe', 80), 'metadataRequest'),
      taken('a query by UDP', udpFrame(web1, SERVICE_MAC, FORWARDER), 'dnsQuery'),
      taken('a query by TCP', tcpTo(web2, SERVICE_MAC, FORWARDER, 53), 'dnsQuery', 'web2'),
      taken('a query over IPv6', udpFrame(web2, SERVICE_MAC, FORWARDER6), 'dnsQuery', 'web2'),
      {
        title: 'another port is none of the service',
        port: 'web1',
        frame: tcpTo(web1, webGateway.mac, METADATA, 8775),
        expect: ['forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ttl-1, emit uplink'],
      },
      {
        title: 'who is no instance is left to others',
        port: 'web2',
        frame: tcpTo(web2, webGateway.mac, METADATA, 80),
        expect: ['forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ttl-1, emit uplink'],
      },
      {
        title: "another bridge's forwarder is not asked from outside",
        port: 'db1',
        frame: udpFrame(db1, TENANT.dbGateway.mac, FORWARDER),
        expect: [
          'blocked on the MAC of 10.0.1.53 on port gateway-web',
          'answer via gateway-web: 02:00:00:00:0a:01 > ff:ff:ff:ff:ff:ff arp | arp who-has 10.0.1.53 tell 10.0.1.1 (02:00:00:00:0a:01)',
        ],
      },
      {
        title: 'routers hear nothing of the forwarder',
        port: 'gateway-web',
        direction: 'out',
        frame: arpRequest(webGateway, FORWARDER),
        expect: ['forward: emit web1, emit web2'],
      },
      {
        title: 'an echo request is no query',
        port: 'web2',
        frame: echoFrame(web2, web1.mac, FORWARDER),
        expect: ['forward: emit web1'],
      },
      {
        title: 'ARP for the metadata service',
        port: 'web1',
        frame: arpRequest(web1, METADATA),
        expect: [
          'consume arpReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 arp | arp 169.254.169.254 is-at 02:44:48:43:50:01 to 10.0.1.11',
        ],
      },
      {
        title: 'ARP for the forwarder',
        port: 'web2',
        frame: arpRequest(web2, FORWARDER),
        expect: [
          'consume arpReply by bridge web',
          'answer via web2: 02:44:48:43:50:01 > 02:00:00:00:01:02 arp | arp 10.0.1.53 is-at 02:44:48:43:50:01 to 10.0.1.12',
        ],
      },
      {
        title: 'a solicitation for the link-local address',
        port: 'web1',
        frame: solicitation(web1, 'fe80::a9fe:a9fe'),
        expect: [
          'consume neighbourReply by bridge web',
          'answer via web1: 02:44:48:43:50:01 > 02:00:00:00:01:01 ipv6 | fe80::a9fe:a9fe > fd00:1::11 icmp6 hops 255 | nd fe80::a9fe:a9fe is here at 02:44:48:43:50:01',
        ],
      },
      {
        title: 'routers name the servers',
        port: 'web1',
        frame: discovery({ mac: web1.mac, ip6: 'fe80::9' }, 'ff02::2', { kind: 'routerSolicitation', options: [] }),
        expect: [
          'forward: emit web2',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fe80::ff:fe00:a01 > fe80::9 icmp6 hops 255 | nd router advertisement lifetime 1800 from 02:00:00:00:0a:01 mtu 1450 prefix fd00:1::/64 dns fd00:1::53,2001:db8::53',
        ],
      },
    ],
  },
];
