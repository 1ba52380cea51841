import { ethernet, frame, icmp4, icmp6, ipv4, ipv6, tcp, udp } from '@midonet/packet';
import type { PortId, RouterId } from '@midonet/topology';
import { echoFrame, udpFrame } from '../frames.ts';
import { ip4, ip6, mac } from '../literals.ts';
import type { RuleText } from '../rule-literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, db1, webGateway, dbGateway, uplink, provider } = TENANT;
const OUTSIDE = '8.8.8.8';
const OUTSIDE6 = '2001:db8:8::8';
const FLOATING = '192.0.2.100';
const FLOATING6 = '2001:db8::100';

/** What the world sends: through the provider's router to the uplink. */
function fromOutside(to: string, ports: readonly [number, number], src = OUTSIDE): Uint8Array {
  return udpFrame({ mac: provider.mac, ip: src, ip6: OUTSIDE6 }, uplink.mac, to, { ports });
}

/** The tenant network whose router translates what leaves by the uplink. */
function translating(snat: RuleText, ...inbound: readonly RuleText[]): () => VirtualNetwork {
  return () => {
    const net = tenantNetwork();
    net.filter(net.idOf('tenant') as RouterId, {
      inboundFilterId: net.chain('pre', ...inbound),
      outboundFilterId: net.chain('post', snat),
    });
    return net;
  };
}

const masquerade = (to: readonly string[], net: VirtualNetwork = tenantNetwork()): RuleText => ({
  do: 'snat',
  to,
  dlType: to[0]?.startsWith('[') === true ? 0x86dd : 0x0800,
  outPorts: [net.idOf('uplink') as PortId],
});

const many = translating(masquerade(['192.0.2.2:2000-2003']), { do: 'revSnat' });
const one = translating(masquerade(['192.0.2.2:2000']), { do: 'revSnat' });
const many6 = translating(masquerade(['[2001:db8::2]:2000-2003']), { do: 'revSnat' });

/** Port 8080 of the floating address goes to the web server, and comes back from there. */
const forwarded = translating(
  { do: 'revDnat' },
  { do: 'dnat', to: [`${web1.ip}:80`], nwDst: `${FLOATING}/32`, nwProto: 17, tpDst: 8080 },
);

const floating = translating(
  { do: 'snat', to: [FLOATING], nwSrc: `${web1.ip}/32` },
  { do: 'dnat', to: [web1.ip], nwDst: `${FLOATING}/32` },
);

const forwarded6 = translating(
  { do: 'revDnat' },
  { do: 'dnat', to: [`[${web1.ip6}]:80`], nwDst: `${FLOATING6}/128`, nwProto: 17, tpDst: 8080 },
);

const floating6 = translating(
  { do: 'snat', to: [`[${FLOATING6}]`], nwSrc: `${web1.ip6}/128` },
  { do: 'dnat', to: [`[${web1.ip6}]`], nwDst: `${FLOATING6}/128` },
);

const query = { port: 'web1', frame: udpFrame(web1, webGateway.mac, OUTSIDE) };
const request = { port: 'uplink', frame: fromOutside(FLOATING, [5000, 8080]) };
const request6 = { port: 'uplink', frame: fromOutside(FLOATING6, [5000, 8080]) };

/** An ICMP error from a router on the way, about a packet of ours as it left. */
function errorAbout(src: string, dst: string, ports: readonly [number, number], from = '198.18.0.1'): Uint8Array {
  const quoted = frame(ipv4({ src: ip4(src), dst: ip4(dst), ttl: 1 }), udp({ srcPort: ports[0], dstPort: ports[1] }));
  return frame(
    ethernet({ dst: mac(uplink.mac), src: mac(provider.mac) }),
    ipv4({ src: ip4(from), dst: ip4(src) }),
    icmp4({ kind: 'timeExceeded', code: 0 }),
    quoted,
  );
}

const OUT = 'ethSrc=02:00:00:00:0a:03, ethDst=02:00:00:00:0f:01';
const TO_WEB = 'ethSrc=02:00:00:00:0a:01, ethDst=02:00:00:00:01:01';

export const NAT_SCENARIOS: readonly Scenario[] = [
  {
    name: 'source NAT with ports',
    network: many,
    steps: [
      {
        title: 'the first packet takes the first port',
        ...query,
        expect: [
          `forward: ${OUT}, ipSrc=192.0.2.2, l4Src=2000, ttl-1, emit uplink`,
          'open web1 > uplink at tenant: 17 10.0.1.11:40000 > 8.8.8.8:53 as 192.0.2.2:2000',
        ],
      },
      {
        title: 'the next packet keeps it',
        ...query,
        after: [query],
        expect: [`forward: ${OUT}, ipSrc=192.0.2.2, l4Src=2000, ttl-1, emit uplink`],
      },
      {
        title: 'the answer finds back',
        port: 'uplink',
        frame: fromOutside('192.0.2.2', [53, 2000]),
        after: [query],
        expect: [`forward: ${TO_WEB}, ipDst=10.0.1.11, l4Dst=40000, ttl-1, emit web1`],
      },
      {
        title: 'an answer from elsewhere does not',
        port: 'uplink',
        frame: fromOutside('192.0.2.2', [53, 2000], '9.9.9.9'),
        after: [query],
        expect: ['drop notLocalService by router tenant'],
      },
      {
        title: 'another machine takes another port',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, OUTSIDE),
        after: [query],
        expect: [
          `forward: ${OUT}, ipSrc=192.0.2.2, l4Src=2001, ttl-1, emit uplink`,
          'open db1 > uplink at tenant: 17 10.0.2.21:40000 > 8.8.8.8:53 as 192.0.2.2:2001',
        ],
      },
      {
        title: 'what stays inside is left alone',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, db1.ip),
        expect: ['forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1'],
      },
      {
        title: 'an echo has its identifier for a port',
        port: 'web1',
        frame: echoFrame(web1, webGateway.mac, OUTSIDE),
        expect: [
          `forward: ${OUT}, ipSrc=192.0.2.2, icmpId=2000, ttl-1, emit uplink`,
          'open web1 > uplink at tenant: 1 10.0.1.11:7 > 8.8.8.8:0 as 192.0.2.2:2000',
        ],
      },
      {
        title: 'the echo comes back',
        port: 'uplink',
        frame: frame(
          ethernet({ dst: mac(uplink.mac), src: mac(provider.mac) }),
          ipv4({ src: ip4(OUTSIDE), dst: ip4('192.0.2.2') }),
          icmp4({ kind: 'echoReply', id: 2000, sequence: 1 }),
        ),
        after: [{ port: 'web1', frame: echoFrame(web1, webGateway.mac, OUTSIDE) }],
        expect: [`forward: ${TO_WEB}, ipDst=10.0.1.11, icmpId=7, ttl-1, emit web1`],
      },
      {
        title: 'an error about it reaches the sender, who knows what it quotes',
        port: 'uplink',
        frame: errorAbout('192.0.2.2', OUTSIDE, [2000, 53]),
        after: [query],
        expect: [
          `forward: ${TO_WEB}, ipDst=10.0.1.11, ttl-1, emit web1`,
          'instead: 02:00:00:00:0f:01 > 02:00:00:00:0a:03 ipv4 | 198.18.0.1 > 192.0.2.2 icmp ttl 64 | icmp ttl exceeded | about [10.0.1.11 > 8.8.8.8 udp ttl 1 | udp 40000 > 53 length 0]',
        ],
      },
      {
        title: 'an error about nothing we sent ends here',
        port: 'uplink',
        frame: errorAbout('192.0.2.2', OUTSIDE, [2003, 53]),
        after: [query],
        expect: ['drop notLocalService by router tenant'],
      },
    ],
  },
  {
    name: 'source NAT runs out of ports',
    network: one,
    steps: [
      {
        title: 'towards one destination',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, OUTSIDE),
        after: [query],
        expect: [
          'drop natExhausted by rule post:1',
          'answer via gateway-db: 02:00:00:00:0a:02 > 02:00:00:00:02:01 ipv4 | 10.0.2.1 > 10.0.2.21 icmp ttl 64 tos 0xc0 df | icmp prohibited | about [10.0.2.21 > 8.8.8.8 udp ttl 64 | udp 40000 > 53 length 20 | 20 bytes]',
        ],
      },
      {
        title: 'but not towards another',
        port: 'db1',
        frame: udpFrame(db1, dbGateway.mac, '9.9.9.9'),
        after: [query],
        expect: [
          `forward: ${OUT}, ipSrc=192.0.2.2, l4Src=2000, ttl-1, emit uplink`,
          'open db1 > uplink at tenant: 17 10.0.2.21:40000 > 9.9.9.9:53 as 192.0.2.2:2000',
        ],
      },
    ],
  },
  {
    name: 'source NAT of IPv6',
    network: many6,
    steps: [
      {
        title: 'out',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, OUTSIDE6),
        expect: [
          `forward: ${OUT}, ipSrc=2001:db8::2, l4Src=2000, ttl-1, emit uplink`,
          'open web1 > uplink at tenant: 17 [fd00:1::11]:40000 > [2001:db8:8::8]:53 as [2001:db8::2]:2000',
        ],
      },
      {
        title: 'back',
        port: 'uplink',
        frame: fromOutside('2001:db8::2', [53, 2000]),
        after: [{ port: 'web1', frame: udpFrame(web1, webGateway.mac, OUTSIDE6) }],
        expect: [`forward: ${TO_WEB}, ipDst=fd00:1::11, l4Dst=40000, ttl-1, emit web1`],
      },
      {
        title: 'an error about it',
        port: 'uplink',
        frame: frame(
          ethernet({ dst: mac(uplink.mac), src: mac(provider.mac) }),
          ipv6({ src: ip6('2001:db8:7::7'), dst: ip6('2001:db8::2') }),
          icmp6({ kind: 'packetTooBig', mtu: 1280 }),
          frame(ipv6({ src: ip6('2001:db8::2'), dst: ip6(OUTSIDE6) }), udp({ srcPort: 2000, dstPort: 53 })),
        ),
        after: [{ port: 'web1', frame: udpFrame(web1, webGateway.mac, OUTSIDE6) }],
        expect: [
          `forward: ${TO_WEB}, ipDst=fd00:1::11, ttl-1, emit web1`,
          'instead: 02:00:00:00:0f:01 > 02:00:00:00:0a:03 ipv6 | 2001:db8:7::7 > 2001:db8::2 icmp6 hops 64 | icmp6 packet too big mtu 1280 | about [fd00:1::11 > 2001:db8:8::8 udp hops 64 | udp 40000 > 53 length 0]',
        ],
      },
    ],
  },
  {
    name: 'destination NAT with ports',
    network: forwarded,
    steps: [
      {
        title: 'a request goes to the server',
        ...request,
        expect: [
          `forward: ${TO_WEB}, ipDst=10.0.1.11, l4Dst=80, ttl-1, emit web1`,
          'open uplink > web1 at tenant: 17 8.8.8.8:5000 > 192.0.2.100:8080 to 10.0.1.11:80',
        ],
      },
      {
        title: 'its answer comes from the address that was asked',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, OUTSIDE, { ports: [80, 5000] }),
        after: [request],
        expect: [`forward: ${OUT}, ipSrc=192.0.2.100, l4Src=8080, ttl-1, emit uplink`],
      },
      {
        title: 'what the server begins itself is not translated',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, OUTSIDE, { ports: [80, 5001] }),
        after: [request],
        expect: [`forward: ${OUT}, ttl-1, emit uplink`],
      },
    ],
  },
  {
    name: 'destination NAT of IPv6',
    network: forwarded6,
    steps: [
      {
        title: 'a request goes to the server',
        ...request6,
        expect: [
          `forward: ${TO_WEB}, ipDst=fd00:1::11, l4Dst=80, ttl-1, emit web1`,
          'open uplink > web1 at tenant: 17 [2001:db8:8::8]:5000 > [2001:db8::100]:8080 to [fd00:1::11]:80',
        ],
      },
      {
        title: 'its answer comes from the address that was asked',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, OUTSIDE6, { ports: [80, 5000] }),
        after: [request6],
        expect: [`forward: ${OUT}, ipSrc=2001:db8::100, l4Src=8080, ttl-1, emit uplink`],
      },
    ],
  },
  {
    name: 'a floating IP of IPv6',
    network: floating6,
    steps: [
      {
        title: 'in, without state',
        port: 'uplink',
        frame: fromOutside(FLOATING6, [5000, 22]),
        expect: [`forward: ${TO_WEB}, ipDst=fd00:1::11, ttl-1, emit web1`],
      },
      {
        title: 'out',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, OUTSIDE6, { ports: [22, 5000] }),
        expect: [`forward: ${OUT}, ipSrc=2001:db8::100, ttl-1, emit uplink`],
      },
    ],
  },
  {
    name: 'a floating IP',
    network: floating,
    steps: [
      {
        title: 'in, without state',
        port: 'uplink',
        frame: fromOutside(FLOATING, [5000, 22]),
        expect: [`forward: ${TO_WEB}, ipDst=10.0.1.11, ttl-1, emit web1`],
      },
      {
        title: 'out',
        port: 'web1',
        frame: udpFrame(web1, webGateway.mac, OUTSIDE, { ports: [22, 5000] }),
        expect: [`forward: ${OUT}, ipSrc=192.0.2.100, ttl-1, emit uplink`],
      },
      {
        title: 'TCP alike',
        port: 'web1',
        frame: frame(
          ethernet({ dst: mac(webGateway.mac), src: mac(web1.mac) }),
          ipv4({ src: ip4(web1.ip), dst: ip4(OUTSIDE) }),
          tcp({ srcPort: 22, dstPort: 5000 }),
        ),
        expect: [`forward: ${OUT}, ipSrc=192.0.2.100, ttl-1, emit uplink`],
      },
    ],
  },
];
