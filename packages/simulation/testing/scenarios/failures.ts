import { frame, ethernet, icmp4, ipv4 } from '@midonet/packet';
import { udpFrame } from '../frames.ts';
import { ip4, mac } from '../literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, db1, webGateway, uplink, provider } = TENANT;
const outside = { mac: provider.mac, ip: '8.8.8.8', ip6: '2001:db8:1::8' };

function changed(change: (net: VirtualNetwork) => void): () => VirtualNetwork {
  return () => {
    const net = tenantNetwork();
    change(net);
    return net;
  };
}

function errorFrame(): Uint8Array {
  const quoted = udpFrame(web1, web2.mac, '203.0.113.1').subarray(14, 42);
  return frame(
    ethernet({ dst: mac(webGateway.mac), src: mac(web1.mac) }),
    ipv4({ src: ip4(web1.ip), dst: ip4('203.0.113.1') }),
    icmp4({ kind: 'unreachable', code: 3, mtu: 0 }),
    quoted,
  );
}

/** A chain of routers, each linked to the next one, with routes along it. */
function routerChain(length: number): VirtualNetwork {
  const net = new VirtualNetwork();
  const routers = Array.from({ length }, (_, i) => net.router(`r${i}`));
  const first = routers[0];
  if (first === undefined) return net;
  net.uplink(first, 'start', { mac: '02:00:00:00:00:01', addresses: ['192.0.2.1/30'] });
  for (const [i, router] of routers.entries()) {
    const next = routers[i + 1];
    if (next === undefined) break;
    const options = (side: number): { mac: string; addresses: string[] } => ({
      mac: `02:00:00:00:${String(i + 10)}:0${side}`,
      addresses: [`10.0.${i}.${side}/30`],
    });
    const [out] = net.linkRouters([router, options(1)], [next, options(2)], `link${i}`);
    net.route(router, '0.0.0.0/0', { via: out, gateway: `10.0.${i}.2` });
  }
  const last = routers[length - 1];
  if (last !== undefined) {
    const end = net.uplink(last, 'end', { mac: '02:00:00:00:00:02', addresses: ['198.51.100.1/30'] });
    net.route(last, '0.0.0.0/0', { via: end, gateway: '198.51.100.2' });
    net.neighbour(last, end, '198.51.100.2', '02:00:00:00:00:03');
  }
  return net;
}

const start = { mac: '02:00:00:00:00:09', ip: '192.0.2.2', ip6: 'fd00::9' };

export const FAILURES: readonly Scenario[] = [
  {
    name: 'admin state: port',
    network: changed((net) => {
      net.admin(net.idOf('web1') as never, false);
      net.admin(net.idOf('gateway-db') as never, false);
    }),
    steps: [
      {
        title: 'ingress port down',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip),
        expect: ['drop portDown by port web1'],
      },
      {
        title: 'egress port down',
        port: 'web2',
        frame: udpFrame(web2, web1.mac, web1.ip),
        expect: ['drop portDown by port web1'],
      },
      {
        title: 'router port down',
        port: 'db1',
        frame: udpFrame(db1, TENANT.dbGateway.mac, web2.ip),
        expect: [
          'consume icmpError by port gateway-db',
          'answer via gateway-db: 02:00:00:00:0a:02 > 02:00:00:00:02:01 ipv4 | 10.0.2.1 > 10.0.2.21 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.2.21 > 10.0.1.12 udp ttl 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'router port down, broadcast',
        port: 'db1',
        frame: udpFrame(db1, 'ff:ff:ff:ff:ff:ff', '255.255.255.255'),
        expect: ['drop noOtherPort by bridge db'],
      },
      {
        title: 'address of a router port that is down',
        port: 'web2',
        frame: udpFrame(web2, webGateway.mac, TENANT.dbGateway.ip),
        expect: ['drop notLocalService by router tenant'],
      },
    ],
  },
  {
    name: 'admin state: devices',
    network: changed((net) => {
      net.admin(net.idOf('tenant') as never, false);
      net.admin(net.idOf('db') as never, false);
    }),
    steps: [
      {
        title: 'router down',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.1.11 > 10.0.2.21 udp ttl 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'router down, IPv6',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip6),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fd00:1::1 > fd00:1::11 icmp6 hops 64 | icmp6 unreachable prohibited | about [fd00:1::11 > fd00:2::21 udp hops 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'bridge down',
        port: 'db1',
        frame: udpFrame(db1, web1.mac, web1.ip),
        expect: ['drop deviceDown by bridge db'],
      },
    ],
  },
  {
    name: 'ports that lead nowhere',
    network: changed((net) => {
      net.active(net.idOf('web2') as never, false);
      net.looseBridgePort(net.idOf('web') as never, 'loose');
      net.learn(net.idOf('web') as never, '02:00:00:00:07:07', net.idOf('loose') as never);
    }),
    steps: [
      {
        title: 'inactive egress',
        port: 'web1',
        frame: udpFrame(web1, web2.mac, web2.ip),
        expect: ['drop portInactive by port web2'],
      },
      {
        title: 'floods leave inactive ports out',
        port: 'web1',
        frame: udpFrame(web1, 'ff:ff:ff:ff:ff:ff', '255.255.255.255'),
        expect: ['drop noOtherPort by bridge web'],
      },
      {
        title: 'unlinked egress',
        port: 'web1',
        frame: udpFrame(web1, '02:00:00:00:07:07', web2.ip),
        expect: ['drop portUnlinked by port loose'],
      },
    ],
  },
  {
    name: 'ICMP errors that may not be sent, and neighbours given up',
    network: changed((net) => {
      net.neighbour(net.idOf('tenant') as never, net.idOf('gateway-db') as never, '10.0.2.66', 'failed');
      net.neighbour(net.idOf('tenant') as never, net.idOf('gateway-db') as never, 'fd00:2::66', 'failed');
      net.deleteRoute(net.idOf('route 0.0.0.0/0') as never);
    }),
    steps: [
      {
        title: 'no route',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, outside.ip),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp network unreachable | about [10.0.1.11 > 8.8.8.8 udp ttl 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'about an ICMP error',
        port: 'web1',
        frame: errorFrame(),
        expect: ['drop rejectRoute by router tenant'],
      },
      {
        title: 'about a later fragment',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '203.0.113.1', { fragmentOffset: 1480 }),
        expect: ['drop rejectRoute by router tenant'],
      },
      {
        title: 'about a first fragment',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '203.0.113.1', { moreFragments: true }),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.1.11 > 203.0.113.1 udp ttl 64 frag id 0 at 0+ | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'host unreachable',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, '10.0.2.66'),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv4 | 10.0.1.1 > 10.0.1.11 icmp ttl 64 tos 0xc0 df | icmp host unreachable | about [10.0.1.11 > 10.0.2.66 udp ttl 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'host unreachable, IPv6',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, 'fd00:2::66'),
        expect: [
          'consume icmpError by router tenant',
          'answer via gateway-web: 02:00:00:00:0a:01 > 02:00:00:00:01:01 ipv6 | fd00:1::1 > fd00:1::11 icmp6 hops 64 | icmp6 unreachable address | about [fd00:1::11 > fd00:2::66 udp hops 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
    ],
  },
  {
    name: 'frames that devices send',
    network: tenantNetwork,
    steps: [
      {
        title: 'through an interior router port into the bridge',
        port: 'gateway-web',
        direction: 'out',
        frame: udpFrame({ ...web2, mac: webGateway.mac }, web1.mac, web1.ip),
        expect: ['forward: emit web1'],
      },
      {
        title: 'through an exterior port',
        port: 'uplink',
        direction: 'out',
        frame: udpFrame(uplink, provider.mac, provider.ip),
        expect: ['forward: emit uplink'],
      },
    ],
  },
  {
    name: 'a path within the limit of devices',
    network: () => routerChain(12),
    steps: [
      {
        title: 'twelve routers',
        port: 'start',
        frame: udpFrame(start, '02:00:00:00:00:01', '8.8.8.8'),
        expect: ['forward: ethSrc=02:00:00:00:00:02, ethDst=02:00:00:00:00:03, ttl-12, emit end'],
      },
    ],
  },
  {
    name: 'a path beyond the limit of devices',
    network: () => routerChain(13),
    steps: [
      {
        title: 'thirteen routers',
        port: 'start',
        frame: udpFrame(start, '02:00:00:00:00:01', '8.8.8.8'),
        expect: ['drop loop by port link11/b'],
      },
    ],
  },
];
