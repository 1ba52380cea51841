import { ethernet, frame, ipv4, type Extension } from '@midonet/packet';
import { echoFrame, tagged, udpFrame } from '../frames.ts';
import { ip4, mac } from '../literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';

const { web1, web2, db1, webGateway } = TENANT;

const hopByHop: Extension = { kind: 'generic', type: 0, body: Uint8Array.of(1, 4, 0, 0, 0, 0) };
const destination: Extension = { kind: 'generic', type: 60, body: Uint8Array.of(1, 12, ...new Uint8Array(12)) };
const authentication: Extension = { kind: 'authentication', body: new Uint8Array(10) };
const fragment = (offset: number, more: boolean): Extension => ({ kind: 'fragment', offset, more, id: 77 });
/** No operation three times, then the end of the list. */
const options = Uint8Array.of(1, 1, 1, 0);
const routerAlert = Uint8Array.of(148, 4, 0, 0);

/** IP around bytes of a protocol that nothing here reads. */
function opaque(protocol: number): Uint8Array {
  const link = ethernet({ dst: mac(webGateway.mac), src: mac(web1.mac) });
  return frame(link, ipv4({ src: ip4(web1.ip), dst: ip4(db1.ip), protocol }), new Uint8Array(24).fill(7));
}

/** What is legal and rare: routers forward all of it alike. */
export const ODD_PACKETS: readonly Scenario[] = [
  {
    name: 'router: fragments, options, extension headers',
    network: tenantNetwork,
    steps: [
      ['first fragment', udpFrame(web1, webGateway.mac, db1.ip, { id: 9, moreFragments: true })],
      ['later fragment', udpFrame(web1, webGateway.mac, db1.ip, { id: 9, fragmentOffset: 1480 })],
      ['first fragment, IPv6', udpFrame(web1, webGateway.mac, db1.ip6, { extensions: [fragment(0, true)] })],
      ['later fragment, IPv6', udpFrame(web1, webGateway.mac, db1.ip6, { extensions: [fragment(1400, false)] })],
      ['atomic fragment, IPv6', udpFrame(web1, webGateway.mac, db1.ip6, { extensions: [fragment(0, false)] })],
      ['IP options', udpFrame(web1, webGateway.mac, db1.ip, { options })],
      ['router alert', udpFrame(web1, webGateway.mac, db1.ip, { options: routerAlert })],
      ['ten words of options', udpFrame(web1, webGateway.mac, db1.ip, { options: new Uint8Array(40).fill(1) })],
      ['hop-by-hop options', udpFrame(web1, webGateway.mac, db1.ip6, { extensions: [hopByHop] })],
      [
        'three extension headers',
        udpFrame(web1, webGateway.mac, db1.ip6, { extensions: [hopByHop, destination, authentication] }),
      ],
      ['type of service', udpFrame(web1, webGateway.mac, db1.ip, { tos: 0xb9 })],
      [
        'traffic class and flow label',
        udpFrame(web1, webGateway.mac, db1.ip6, { trafficClass: 0xb9, flowLabel: 0xabcde }),
      ],
      ['a protocol nobody knows', opaque(253)],
      ['ESP', opaque(50)],
      ['SCTP', opaque(132)],
      ['TTL 2', udpFrame(web1, webGateway.mac, db1.ip, { ttl: 2 })],
      ['TTL 255', udpFrame(web1, webGateway.mac, db1.ip, { ttl: 255 })],
    ].map(([title, bytes]) => ({
      title: title as string,
      port: 'web1',
      frame: bytes as Uint8Array,
      expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
    })),
  },
  {
    name: 'router: hairpin and multicast',
    network: tenantNetwork,
    steps: [
      {
        title: 'to a neighbour by way of the router',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, web2.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:02, ttl-1, emit web2'],
      },
      {
        title: 'to oneself by way of the router',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, web1.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ttl-1, emit web1'],
      },
      {
        title: 'to a neighbour by way of the router, IPv6',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, web2.ip6),
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:02, ttl-1, emit web2'],
      },
      {
        title: 'IPv4 multicast floods',
        port: 'web1',
        frame: udpFrame(web1, '01:00:5e:00:00:fb', '224.0.0.251', { ttl: 1 }),
        expect: ['forward: emit web2'],
      },
      {
        title: 'a tagged broadcast floods with its tag',
        port: 'web2',
        frame: tagged(7, udpFrame(web2, 'ff:ff:ff:ff:ff:ff', '255.255.255.255')),
        expect: ['forward: emit web1', 'learn 02:00:00:00:01:02 vlan 7 at web2'],
      },
      {
        title: 'ping with the last hop',
        port: 'web1',
        frame: echoFrame(web1, webGateway.mac, webGateway.ip, 1),
        expect: [
          'consume echoReply by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 | icmp echo reply id 7 seq 1 | 20 bytes',
        ],
      },
    ],
  },
];
