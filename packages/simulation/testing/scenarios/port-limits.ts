import { ethernet, frame, ipv4, TCP_FLAG, tcp } from '@midonet/packet';
import type { PortId } from '@midonet/topology';
import { udpFrame } from '../frames.ts';
import { ip4, mac } from '../literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, db1, webGateway, dbGateway } = TENANT;
const LIMIT = 1000;
/** UDP in IPv4, and in IPv6, of exactly as much. */
const FITS = LIMIT - 28;
const FITS6 = LIMIT - 48;

/** The interfaces of web2 and db1 take 1000 bytes. */
function narrowNetwork(): VirtualNetwork {
  const net = tenantNetwork();
  for (const name of ['web2', 'db1']) net.parts.limits.set(net.idOf(name) as PortId, LIMIT); // brand: of a port
  return net;
}

/** A third machine, of which nothing is known yet. */
function withAnother(): VirtualNetwork {
  const net = narrowNetwork();
  net.vm(net.idOf('web') as never, 'web3'); // brand: of a bridge
  return net;
}

function syn(mss: number): Uint8Array {
  const link = ethernet({ dst: mac(webGateway.mac), src: mac(web1.mac) });
  const upper = tcp({ srcPort: 40_000, dstPort: 80, flags: TCP_FLAG.syn, options: [{ kind: 'mss', mss }] });
  return frame(link, ipv4({ src: ip4(web1.ip), dst: ip4(db1.ip) }), upper);
}

const unknown = { mac: '02:00:00:00:09:09', ip: '10.0.1.99' };
const ROUTED = 'forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1';

export const PORT_LIMITS: readonly Scenario[] = [
  {
    name: 'an interface that takes less, behind bridges alone',
    network: narrowNetwork,
    steps: [
      {
        title: 'what fits',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip, { size: FITS }),
        expect: ['forward: emit web2'],
      },
      {
        title: 'a byte more',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip, { size: FITS + 1 }),
        expect: ['drop tooLongForPort by port web2'],
      },
      {
        title: 'a byte more over IPv6',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip6, { size: FITS6 + 1 }),
        expect: ['drop tooLongForPort by port web2'],
      },
      {
        title: 'to others nothing changes',
        port: 'web2',
        frame: udpFrame(web2, web1.mac, web1.ip, { size: 1400 }),
        expect: ['forward: emit web1'],
      },
      {
        title: 'a train of segments that fit',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip, { size: 9000 }),
        segmentLength: LIMIT,
        expect: ['forward: emit web2'],
      },
      {
        title: 'a train of segments that do not',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip, { size: 9000 }),
        segmentLength: LIMIT + 1,
        expect: ['drop tooLongForPort by port web2'],
      },
    ],
  },
  {
    name: 'a flood with an interface that takes less',
    network: withAnother,
    steps: [
      {
        title: 'what fits goes everywhere',
        port: 'web1',
        frame: udpFrame(web1, unknown.mac, unknown.ip, { size: FITS }),
        expect: ['forward: emit web2, emit web3'],
      },
      {
        title: 'what does not goes to the others',
        port: 'web1',
        frame: udpFrame(web1, unknown.mac, unknown.ip, { size: FITS + 1 }),
        expect: ['forward: emit web3'],
      },
    ],
  },
  {
    name: 'an interface that takes less, behind a router',
    network: narrowNetwork,
    steps: [
      {
        title: 'what fits',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip, { size: FITS, dontFragment: true }),
        expect: [ROUTED],
      },
      {
        title: 'the sender is told',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip, { size: FITS + 1, dontFragment: true }),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp fragmentation needed mtu 1000 | about [10.0.1.11 > 10.0.2.21 udp ttl 64 df | udp 40000 > 53 length 973 | 520 bytes]',
        ],
      },
      {
        title: 'over IPv6 too',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip6, { size: FITS6 + 1 }),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fd00:1::1 > fd00:1::11 icmp6 hops 64 | icmp6 packet too big mtu 1000 | about [fd00:1::11 > fd00:2::21 udp hops 64 | udp 40000 > 53 length 953 | 953 bytes]',
        ],
      },
      {
        title: 'fragments that fit',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip, { size: FITS + 1, id: 77 }),
        expect: [
          'consume fragmented by router tenant',
          'answer via gateway-db: 02:00:00:00:0a:02 > 02:00:00:00:02:01 ipv4 | 10.0.1.11 > 10.0.2.21 udp ttl 63 frag id 77 at 0+ | udp 40000 > 53 length 973 | 968 bytes',
          'answer via gateway-db: 02:00:00:00:0a:02 > 02:00:00:00:02:01 ipv4 | 10.0.1.11 > 10.0.2.21 udp ttl 63 frag id 77 at 976 | 5 bytes',
        ],
      },
      {
        title: 'a SYN asks for no more than fits',
        port: 'web1',
        frame: syn(1410),
        expect: [
          ROUTED,
          'instead: 02:00:00:00:01:01 > 02:00:00:00:0a:01 ipv4 | 10.0.1.11 > 10.0.2.21 tcp ttl 64 | tcp 40000 > 80 [syn] seq 0 <mss 960>',
        ],
      },
      {
        title: 'what comes back is as ever',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, web1.ip, { size: 1400, dontFragment: true }),
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ttl-1, emit web1'],
      },
    ],
  },
];
