import { ethernet, frame, icmp4, icmp6, ipv4, ipv6, tcp, udp, type FramePart } from '@midonet/packet';
import type { PortId, RouterId } from '@midonet/topology';
import type { BalancerText } from '../balancer-literals.ts';
import { echoFrame, udpFrame, type Station } from '../frames.ts';
import { ip4, ip6, mac } from '../literals.ts';
import type { RuleText } from '../rule-literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, db1, webGateway, dbGateway, uplink, provider } = TENANT;
const OUTSIDE = '8.8.8.8';
const OUTSIDE6 = '2001:db8:8::8';
const VIP = '192.0.2.100';
const VIP6 = '2001:db8:f::100';
const client: Station = { mac: provider.mac, ip: OUTSIDE, ip6: OUTSIDE6 };

/** The tenant network whose router has a load balancer, and chains that would drop all of it on the way in. */
function balanced(text: BalancerText, filters: { readonly in?: readonly RuleText[]; readonly out?: RuleText } = {}) {
  return (): VirtualNetwork => {
    const net = tenantNetwork();
    const tenant = net.idOf('tenant') as RouterId;
    net.balancer(tenant, text);
    net.filter(tenant, {
      inboundFilterId: filters.in === undefined ? undefined : net.chain('pre', ...filters.in),
      outboundFilterId: filters.out === undefined ? undefined : net.chain('post', filters.out),
    });
    return net;
  };
}

/** One member each, so that every host and reader knows which. */
const ONE: BalancerText = {
  pools: {
    names: { members: [`${web1.ip}:53`] },
    names6: { members: [`[${web1.ip6}]:53`] },
    pages: { protocol: 'tcp', members: [`${web1.ip}:8080`] },
  },
  vips: {
    front: { at: `${VIP}:53`, pool: 'names' },
    front6: { at: `[${VIP6}]:53`, pool: 'names6' },
    shop: { at: `${VIP}:80`, pool: 'pages' },
  },
};

const THREE: BalancerText = {
  pools: {
    names: {
      members: [
        { at: `${web1.ip}:53`, weight: 0 },
        { at: `${web2.ip}:53`, up: false },
        { at: `${db1.ip}:53`, health: 'up' },
        { at: '10.0.2.22:53', health: 'down' },
      ],
    },
    none: { members: [{ at: `${web1.ip}:54`, weight: 0 }] },
    down: { up: false, members: [`${web1.ip}:55`] },
  },
  vips: {
    front: { at: `${VIP}:53`, pool: 'names' },
    sticky: { at: `${VIP}:530`, pool: 'names', sticky: true },
    nobody: { at: `${VIP}:54`, pool: 'none' },
    closed: { at: `${VIP}:55`, pool: 'down' },
    off: { at: `${VIP}:56`, pool: 'names', up: false },
  },
};

const TWO: BalancerText = {
  pools: { names: { members: [`${web1.ip}:53`, `${web2.ip}:53`, `${db1.ip}:53`] } },
  vips: { front: { at: `${VIP}:53`, pool: 'names' }, sticky: { at: `${VIP}:530`, pool: 'names', sticky: true } },
};

const ask = { port: 'uplink', frame: udpFrame(client, uplink.mac, VIP, { ports: [5000, 53] }) };
const ask6 = { port: 'uplink', frame: udpFrame(client, uplink.mac, VIP6, { ports: [5000, 53] }) };

function segment(from: Station, via: string, to: string, ports: readonly [number, number]): Uint8Array {
  const header = tcp({ srcPort: ports[0], dstPort: ports[1] });
  return frame(ethernet({ dst: mac(via), src: mac(from.mac) }), ipv4({ src: ip4(from.ip), dst: ip4(to) }), header);
}

const browse = { port: 'uplink', frame: segment(client, uplink.mac, VIP, [5000, 80]) };

/** An ICMP error that `from` sends through `via`, about a datagram from `src` to `dst`. */
function error(
  from: { readonly mac: string; readonly ip: string },
  via: string,
  [src, srcPort]: readonly [string, number],
  [dst, dstPort]: readonly [string, number],
  code = 3,
): Uint8Array {
  return frame(
    ethernet({ dst: mac(via), src: mac(from.mac) }),
    ipv4({ src: ip4(from.ip), dst: ip4(src) }),
    icmp4({ kind: 'unreachable', code, mtu: code === 4 ? 1400 : 0 }),
    frame(ipv4({ src: ip4(src), dst: ip4(dst), ttl: 9 }), udp({ srcPort, dstPort })),
  );
}

/** A datagram of 16 bytes to the VIP in two fragments. */
function fragmentOf(which: 'first' | 'later', dstPort = 53): Uint8Array {
  const header = { src: ip4(OUTSIDE), dst: ip4(VIP), id: 77, protocol: 17 } as const;
  const parts: FramePart[] =
    which === 'first'
      ? [ipv4({ ...header, moreFragments: true }), udp({ srcPort: 5000, dstPort }), new Uint8Array(8)]
      : [ipv4({ ...header, fragmentOffset: 16 }), new Uint8Array(8)];
  return frame(ethernet({ dst: mac(uplink.mac), src: mac(provider.mac) }), ...parts);
}

/** Neither way in is asked: what is balanced is the load balancer's business. */
const strict = balanced(ONE, { in: [{ do: 'drop' }] });
const hairpin = balanced(ONE, { out: { do: 'snat', to: ['192.0.2.101:2000-2003'], dlType: 0x0800 } });

export const BALANCER_SCENARIOS: readonly Scenario[] = [
  {
    name: 'load balancer: to a member and back',
    network: strict,
    steps: [
      {
        title: 'a request goes to the member',
        ...ask,
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, ttl-1, emit web1',
          'open uplink > web1 at tenant: 17 8.8.8.8:5000 > 192.0.2.100:53 to 10.0.1.11:53',
        ],
      },
      {
        title: 'the next packet too, and begins nothing',
        ...ask,
        after: [ask],
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, ttl-1, emit web1'],
      },
      {
        title: 'the answer comes from the VIP',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, OUTSIDE, { ports: [53, 5000] }),
        after: [ask],
        expect: ['forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ipSrc=192.0.2.100, ttl-1, emit uplink'],
      },
      {
        title: 'what the member says to others is filtered as ever',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, OUTSIDE, { ports: [53, 5001] }),
        after: [ask],
        expect: ['drop chainDrop by rule pre:1'],
      },
      {
        title: 'IPv6: a request',
        ...ask6,
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=fd00:1::11, ttl-1, emit web1',
          'open uplink > web1 at tenant: 17 [2001:db8:8::8]:5000 > [2001:db8:f::100]:53 to [fd00:1::11]:53',
        ],
      },
      {
        title: 'IPv6: its answer',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, OUTSIDE6, { ports: [53, 5000] }),
        after: [ask6],
        expect: [
          'forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ipSrc=2001:db8:f::100, ttl-1, emit uplink',
        ],
      },
      {
        title: 'TCP: a request, to another port',
        ...browse,
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, l4Dst=8080, ttl-1, emit web1',
          'open uplink > web1 at tenant: 6 8.8.8.8:5000 > 192.0.2.100:80 to 10.0.1.11:8080',
        ],
      },
      {
        title: 'TCP: its answer',
        port: 'web1',
        frame: segment(web1, webGateway.mac, OUTSIDE, [8080, 5000]),
        after: [browse],
        expect: [
          'forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ipSrc=192.0.2.100, l4Src=80, ttl-1, emit uplink',
        ],
      },
      {
        title: 'TCP to where only UDP is balanced is not balanced',
        port: 'uplink',
        frame: segment(client, uplink.mac, VIP, [5000, 53]),
        expect: ['drop chainDrop by rule pre:1'],
      },
      {
        title: 'nor is another port',
        port: 'uplink',
        frame: udpFrame(client, uplink.mac, VIP, { ports: [5000, 54] }),
        expect: ['drop chainDrop by rule pre:1'],
      },
      {
        title: 'nor is an echo',
        port: 'uplink',
        frame: echoFrame(client, uplink.mac, VIP),
        expect: ['drop chainDrop by rule pre:1'],
      },
    ],
  },
  {
    name: 'load balancer: errors and fragments',
    network: strict,
    steps: [
      {
        title: 'what the member says of the request reaches the client',
        port: 'web1',
        frame: error(web1, webGateway.mac, [OUTSIDE, 5000], [web1.ip, 53]),
        after: [ask],
        expect: [
          'forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ipSrc=192.0.2.100, ttl-1, emit uplink',
          'instead: 02:00:00:00:01:01 > 02:00:00:00:0a:01 ipv4 | 10.0.1.11 > 8.8.8.8 icmp ttl 64 | icmp port unreachable | about [8.8.8.8 > 192.0.2.100 udp ttl 9 | udp 5000 > 53 length 0]',
        ],
      },
      {
        title: 'what a router behind says of the answer reaches the member',
        port: 'uplink',
        frame: error({ mac: provider.mac, ip: '198.18.0.1' }, uplink.mac, [VIP, 53], [OUTSIDE, 5000], 4),
        after: [ask],
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, ttl-1, emit web1',
          'instead: 02:00:00:00:0f:01 > 02:00:00:00:0a:03 ipv4 | 198.18.0.1 > 192.0.2.100 icmp ttl 64 | icmp fragmentation needed mtu 1400 | about [10.0.1.11 > 8.8.8.8 udp ttl 9 | udp 53 > 5000 length 0]',
        ],
      },
      {
        title: 'an error about nothing does not',
        port: 'uplink',
        frame: error({ mac: provider.mac, ip: '198.18.0.1' }, uplink.mac, [VIP, 53], [OUTSIDE, 5001], 4),
        after: [ask],
        expect: ['drop chainDrop by rule pre:1'],
      },
      {
        title: 'IPv6: "packet too big" about the answer',
        port: 'uplink',
        frame: frame(
          ethernet({ dst: mac(uplink.mac), src: mac(provider.mac) }),
          ipv6({ src: ip6('2001:db8:7::7'), dst: ip6(VIP6) }),
          icmp6({ kind: 'packetTooBig', mtu: 1280 }),
          frame(ipv6({ src: ip6(VIP6), dst: ip6(OUTSIDE6) }), udp({ srcPort: 53, dstPort: 5000 })),
        ),
        after: [ask6],
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=fd00:1::11, ttl-1, emit web1',
          'instead: 02:00:00:00:0f:01 > 02:00:00:00:0a:03 ipv6 | 2001:db8:7::7 > 2001:db8:f::100 icmp6 hops 64 | icmp6 packet too big mtu 1280 | about [fd00:1::11 > 2001:db8:8::8 udp hops 64 | udp 53 > 5000 length 0]',
        ],
      },
      {
        title: 'an error of the router itself is about the packet as the client sent it',
        port: 'uplink',
        frame: udpFrame(client, uplink.mac, VIP, { ports: [5000, 53], ttl: 1 }),
        expect: [
          'consume icmpError by router tenant',
          'answer via uplink: 02:00:00:00:0a:03 > 02:00:00:00:0f:01 ipv4 | 192.0.2.2 > 8.8.8.8 icmp ttl 64 tos 0xc0 df | icmp ttl exceeded | about [8.8.8.8 > 192.0.2.100 udp ttl 1 | udp 5000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'the first fragment begins the connection',
        port: 'uplink',
        frame: fragmentOf('first'),
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, ttl-1, emit web1',
          'open uplink > web1 at tenant: 17 8.8.8.8:5000 > 192.0.2.100:53 to 10.0.1.11:53',
        ],
      },
      {
        title: 'a later fragment goes where the first went',
        port: 'uplink',
        frame: fragmentOf('later'),
        after: [{ port: 'uplink', frame: fragmentOf('first') }],
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, ttl-1, emit web1'],
      },
      {
        title: 'a fragment for another port is not balanced',
        port: 'uplink',
        frame: fragmentOf('later', 54),
        after: [{ port: 'uplink', frame: fragmentOf('first', 54) }],
        expect: ['drop chainDrop by rule pre:1'],
      },
    ],
  },
  {
    name: 'load balancer: who gets new connections',
    network: balanced(THREE),
    steps: [
      {
        title: 'the one that is up, well and has a weight',
        ...ask,
        expect: [
          'forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ipDst=10.0.2.21, ttl-1, emit db1',
          'open uplink > db1 at tenant: 17 8.8.8.8:5000 > 192.0.2.100:53 to 10.0.2.21:53',
        ],
      },
      {
        title: 'with persistence too',
        port: 'uplink',
        frame: udpFrame(client, uplink.mac, VIP, { ports: [5000, 530] }),
        expect: [
          'forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ipDst=10.0.2.21, l4Dst=53, ttl-1, emit db1',
          'open uplink > db1 at tenant: 17 8.8.8.8:5000 > 192.0.2.100:530 to 10.0.2.21:53',
        ],
      },
      {
        title: 'nobody, when all have weight 0',
        port: 'uplink',
        frame: udpFrame(client, uplink.mac, VIP, { ports: [5000, 54] }),
        expect: ['drop noMember by pool none'],
      },
      {
        title: 'nobody, when the pool is down',
        port: 'uplink',
        frame: udpFrame(client, uplink.mac, VIP, { ports: [5000, 55] }),
        expect: ['drop noMember by pool down'],
      },
      {
        title: 'a VIP that is down is as if it were not there',
        port: 'uplink',
        frame: udpFrame(client, uplink.mac, VIP, { ports: [5000, 56] }),
        expect: ['forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ttl-1, emit uplink'],
      },
    ],
  },
  {
    name: 'load balancer: several members',
    network: balanced(TWO),
    steps: [
      {
        title: 'a connection',
        ...ask,
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, ttl-1, emit web1',
          'open uplink > web1 at tenant: 17 8.8.8.8:5000 > 192.0.2.100:53 to 10.0.1.11:53',
        ],
      },
      {
        title: 'another of the same client',
        port: 'uplink',
        frame: udpFrame(client, uplink.mac, VIP, { ports: [5003, 53] }),
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipDst=10.0.1.11, ttl-1, emit web1',
          'open uplink > web1 at tenant: 17 8.8.8.8:5003 > 192.0.2.100:53 to 10.0.1.11:53',
        ],
      },
      {
        title: 'with persistence: one',
        port: 'uplink',
        frame: udpFrame(client, uplink.mac, VIP, { ports: [5000, 530] }),
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:02, ipDst=10.0.1.12, l4Dst=53, ttl-1, emit web2',
          'open uplink > web2 at tenant: 17 8.8.8.8:5000 > 192.0.2.100:530 to 10.0.1.12:53',
        ],
      },
      {
        title: 'with persistence: another goes to the same',
        port: 'uplink',
        frame: udpFrame(client, uplink.mac, VIP, { ports: [5003, 530] }),
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:02, ipDst=10.0.1.12, l4Dst=53, ttl-1, emit web2',
          'open uplink > web2 at tenant: 17 8.8.8.8:5003 > 192.0.2.100:530 to 10.0.1.12:53',
        ],
      },
    ],
  },
  {
    name: 'load balancer: clients and members in one network, sources translated',
    network: hairpin,
    steps: [
      {
        title: 'a neighbour of the member asks the VIP',
        port: 'web2',
        frame: udpFrame(web2, webGateway.mac, VIP, { ports: [5000, 53] }),
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipSrc=192.0.2.101, ipDst=10.0.1.11, l4Src=2000, ttl-1, emit web1',
          'open web2 > web1 at tenant: 17 10.0.1.12:5000 > 192.0.2.100:53 as 192.0.2.101:2000 to 10.0.1.11:53',
        ],
      },
      {
        title: 'the answer gets both ends back',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '192.0.2.101', { ports: [53, 2000] }),
        after: [{ port: 'web2', frame: udpFrame(web2, webGateway.mac, VIP, { ports: [5000, 53] }) }],
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:02, ipSrc=192.0.2.100, ipDst=10.0.1.12, l4Dst=5000, ttl-1, emit web2',
        ],
      },
      {
        title: 'the member asks itself',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, VIP, { ports: [5000, 53] }),
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipSrc=192.0.2.101, ipDst=10.0.1.11, l4Src=2000, ttl-1, emit web1',
          'open web1 > web1 at tenant: 17 10.0.1.11:5000 > 192.0.2.100:53 as 192.0.2.101:2000 to 10.0.1.11:53',
        ],
      },
      {
        title: 'from the other network',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, VIP, { ports: [5000, 53] }),
        expect: [
          'forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ipSrc=192.0.2.101, ipDst=10.0.1.11, l4Src=2000, ttl-1, emit web1',
          'open db1 > web1 at tenant: 17 10.0.2.21:5000 > 192.0.2.100:53 as 192.0.2.101:2000 to 10.0.1.11:53',
        ],
      },
    ],
  },
  {
    name: 'load balancer: down',
    network: balanced({ ...ONE, up: false }),
    steps: [
      {
        title: 'packets pass as if it were not there',
        ...ask,
        expect: ['forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ttl-1, emit uplink'],
      },
    ],
  },
  {
    name: 'load balancer: behind a port filter that knows answers',
    network: () => {
      const net = strict();
      const answers = net.chain('answers', { do: 'accept', connection: 'return' }, { do: 'drop' });
      net.filter(net.idOf('uplink') as PortId, { outboundFilterId: answers });
      return net;
    },
    steps: [
      {
        title: 'the answer is known for one',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, OUTSIDE, { ports: [53, 5000] }),
        after: [ask],
        expect: ['forward: ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01, ipSrc=192.0.2.100, ttl-1, emit uplink'],
      },
    ],
  },
];
