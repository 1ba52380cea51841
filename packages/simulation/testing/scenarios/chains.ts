import { echoFrame, udpFrame } from '../frames.ts';
import type { Scenario } from '../scenario.ts';
import { VirtualNetwork } from '../virtual-network.ts';

const guest = { mac: '02:00:00:00:01:01', ip: '10.0.1.11', ip6: 'fd00:1::11' };
const other = { mac: '02:00:00:00:01:02', ip: '10.0.1.12', ip6: 'fd00:1::12' };
const server = { mac: '02:00:00:00:02:01', ip: '10.0.2.21', ip6: 'fd00:2::21' };
const GATEWAY = '02:00:00:00:0a:01';

/**
 * A tenant router behind a provider router, reached over two links of equal cost; the provider has
 * the server's network:
 *
 *     guest, other (left) ── tenant ══ provider ── (right) server
 */
function chainNetwork(): VirtualNetwork {
  const net = new VirtualNetwork();
  const [left, right] = [net.bridge('left'), net.bridge('right')];
  const [tenant, provider] = [net.router('tenant'), net.router('provider')];
  const guestPort = net.vm(left, 'guest');
  const otherPort = net.vm(left, 'other');
  const serverPort = net.vm(right, 'server');
  const down = net.attach(tenant, left, 'gateway', { mac: GATEWAY, addresses: ['10.0.1.1/24', 'fd00:1::1/64'] });
  const far = net.attach(provider, right, 'far', {
    mac: '02:00:00:00:0a:02',
    addresses: ['10.0.2.1/24', 'fd00:2::1/64'],
  });
  for (const n of [1, 2]) {
    const [up, back] = net.linkRouters(
      [tenant, { mac: `02:00:00:00:0b:${n}1`, addresses: [`172.16.${n}.1/30`, `fd00:b${n}::1/64`] }],
      [provider, { mac: `02:00:00:00:0b:${n}2`, addresses: [`172.16.${n}.2/30`, `fd00:b${n}::2/64`] }],
      `link${n}`,
    );
    net.route(tenant, '0.0.0.0/0', { via: up, gateway: `172.16.${n}.2` });
    net.route(tenant, '::/0', { via: up, gateway: `fd00:b${n}::2` });
    net.route(provider, '10.0.1.0/24', { via: back, gateway: `172.16.${n}.1` });
    net.route(provider, 'fd00:1::/64', { via: back, gateway: `fd00:b${n}::1` });
  }
  for (const [bridge, port, station, gateway, router] of [
    [left, guestPort, guest, down, tenant],
    [left, otherPort, other, down, tenant],
    [right, serverPort, server, far, provider],
  ] as const) {
    net.learn(bridge, station.mac, port);
    net.neighbour(router, gateway, station.ip, station.mac);
    net.neighbour(router, gateway, station.ip6, station.mac);
  }
  return net;
}

/** Two routers and two ways between them; what the far one answers comes back through the near one. */
export const CHAINS: readonly Scenario[] = [
  {
    name: 'two routers, equal-cost links',
    network: chainNetwork,
    steps: [
      {
        title: 'one flow',
        port: 'guest',
        frame: udpFrame(guest, GATEWAY, server.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-2, emit server'],
      },
      {
        title: 'another flow',
        port: 'guest',
        frame: udpFrame(guest, GATEWAY, server.ip, { ports: [40001, 53] }),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-2, emit server'],
      },
      {
        title: 'from another guest',
        port: 'other',
        frame: udpFrame(other, GATEWAY, server.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-2, emit server'],
      },
      {
        title: 'IPv6',
        port: 'guest',
        frame: udpFrame(guest, GATEWAY, server.ip6),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-2, emit server'],
      },
      {
        title: 'back',
        port: 'server',
        frame: udpFrame(server, '02:00:00:00:0a:02', guest.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01, ttl-2, emit guest'],
      },
      {
        title: 'TTL runs out at the second router',
        port: 'guest',
        frame: udpFrame(guest, GATEWAY, server.ip, { ttl: 2 }),
        expect: [
          'consume icmpError by router provider',
          'answer via link2/b: 02:00:00:00:0b:22 > 02:00:00:00:0b:21 ipv4 | 172.16.2.2 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp ttl exceeded | about [10.0.1.11 > 10.0.2.21 udp ttl 1 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'hop limit runs out at the second router',
        port: 'guest',
        frame: udpFrame(guest, GATEWAY, server.ip6, { hopLimit: 2 }),
        expect: [
          'consume icmpError by router provider',
          'answer via link2/b: 02:00:00:00:0b:22 > 02:00:00:00:0b:21 ipv6 | fd00:b2::2 > fd00:1::11 icmp6 hops 64 | icmp6 hop limit exceeded | about [fd00:1::11 > fd00:2::21 udp hops 1 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'ping the far router',
        port: 'guest',
        frame: echoFrame(guest, GATEWAY, '10.0.2.1'),
        expect: [
          'consume echoReply by router provider',
          'answer via link1/b: 02:00:00:00:0b:12 > 02:00:00:00:0b:11 ipv4 | 10.0.2.1 > 10.0.1.11 icmp ttl 64 | icmp echo reply id 7 seq 1 | 20 bytes',
        ],
      },
      {
        title: 'ping the far router, IPv6',
        port: 'guest',
        frame: echoFrame(guest, GATEWAY, 'fd00:2::1'),
        expect: [
          'consume echoReply by router provider',
          'answer via link1/b: 02:00:00:00:0b:12 > 02:00:00:00:0b:11 ipv6 | fd00:2::1 > fd00:1::11 icmp6 hops 64 | icmp6 echo reply id 7 seq 1 | 20 bytes',
        ],
      },
      {
        title: 'no route at the far router',
        port: 'guest',
        frame: udpFrame(guest, GATEWAY, '8.8.8.8'),
        expect: [
          'consume icmpError by router provider',
          'answer via link2/b: 02:00:00:00:0b:22 > 02:00:00:00:0b:21 ipv4 | 172.16.2.2 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp network unreachable | about [10.0.1.11 > 8.8.8.8 udp ttl 63 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'oversize, fragmented at the first router',
        port: 'guest',
        frame: udpFrame(guest, GATEWAY, server.ip, { size: 2000, id: 5 }),
        expect: [
          'consume fragmented by router tenant',
          'answer via link2/a: 02:00:00:00:0b:21 > 02:00:00:00:0b:22 ipv4 | 10.0.1.11 > 10.0.2.21 udp ttl 63 frag id 5 at 0+ | udp 40000 > 53 length 2000 | 1416 bytes',
          'answer via link2/a: 02:00:00:00:0b:21 > 02:00:00:00:0b:22 ipv4 | 10.0.1.11 > 10.0.2.21 udp ttl 63 frag id 5 at 1424 | 584 bytes',
        ],
      },
    ],
  },
];
