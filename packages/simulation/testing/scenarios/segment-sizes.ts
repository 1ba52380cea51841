import { ethernet, frame, ipv4, ipv6, TCP_FLAG, tcp } from '@midonet/packet';
import { ip4, ip6, mac } from '../literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';

const { web1, web2, db1, webGateway } = TENANT;

function syn(to: typeof db1 | typeof web2, via: string, version: 4 | 6, mss: number): Uint8Array {
  const link = ethernet({ dst: mac(via), src: mac(web1.mac) });
  const options = [{ kind: 'nop' }, { kind: 'mss', mss }] as const;
  const upper = tcp({ srcPort: 40_000, dstPort: 80, flags: TCP_FLAG.syn, options });
  return version === 6
    ? frame(link, ipv6({ src: ip6(web1.ip6), dst: ip6(to.ip6) }), upper)
    : frame(link, ipv4({ src: ip4(web1.ip), dst: ip4(to.ip) }), upper);
}

const ROUTED = 'forward: ethSrc=02:00:00:00:0a:02, ethDst=02:00:00:00:02:01, ttl-1, emit db1';

/** The overlay carries packets of 1450 bytes. */
export const SEGMENT_SIZES: readonly Scenario[] = [
  {
    name: 'SYNs through routers',
    network: tenantNetwork,
    steps: [
      {
        title: 'one that asks for too much is told what fits',
        port: 'web1',
        frame: syn(db1, webGateway.mac, 4, 1460),
        expect: [
          ROUTED,
          'instead: 02:00:00:00:01:01 > 02:00:00:00:0a:01 ipv4 | 10.0.1.11 > 10.0.2.21 tcp ttl 64 | tcp 40000 > 80 [syn] seq 0 <mss 1410>',
        ],
      },
      {
        title: 'over IPv6',
        port: 'web1',
        frame: syn(db1, webGateway.mac, 6, 8940),
        expect: [
          ROUTED,
          'instead: 02:00:00:00:01:01 > 02:00:00:00:0a:01 ipv6 | fd00:1::11 > fd00:2::21 tcp hops 64 | tcp 40000 > 80 [syn] seq 0 <mss 1390>',
        ],
      },
      {
        title: 'one that fits goes as it is',
        port: 'web1',
        frame: syn(db1, webGateway.mac, 4, 1410),
        expect: [ROUTED],
      },
      {
        title: 'bridges leave it alone',
        port: 'web1',
        frame: syn(web2, web2.mac, 4, 1460),
        expect: ['forward: emit web2'],
      },
    ],
  },
];
