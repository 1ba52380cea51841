import { ethernet, frame, ipv4, ipv6, tcp } from '@midonet/packet';
import type { RouterId } from '@midonet/topology';
import type { BalancerText } from '../balancer-literals.ts';
import { ip4, ip6, mac } from '../literals.ts';
import type { Scenario } from '../scenario.ts';
import { TENANT, tenantNetwork } from '../tenant-network.ts';
import type { VirtualNetwork } from '../virtual-network.ts';

const { web1, web2, webGateway, dbGateway } = TENANT;

/** Also one that serves UDP, and is asked by TCP all the same. */
const POOLS: BalancerText['pools'] = {
  pages: { protocol: 'tcp', members: [`${web1.ip}:8080`, `${web2.ip}:8080`] },
  pages6: { protocol: 'tcp', members: [`[${web1.ip6}]:8080`] },
  names: { members: [`${web1.ip}:53`] },
};

/** A router that drops all that comes in, but for what its load balancer takes. */
const network = (text: Partial<BalancerText>) => (): VirtualNetwork => {
  const net = tenantNetwork();
  const tenant = net.idOf('tenant') as RouterId;
  net.balancer(tenant, { pools: POOLS, vips: {}, checked: true, ...text });
  net.filter(tenant, { inboundFilterId: net.chain('pre', { do: 'drop' }) });
  return net;
};

const link = ethernet({ dst: mac(webGateway.mac), src: mac(web1.mac) });

/** A segment of web1. */
function from1(srcPort: number, dst: string, dstPort: number): Uint8Array {
  return frame(link, ipv4({ src: ip4(web1.ip), dst: ip4(dst) }), tcp({ srcPort, dstPort }));
}

const step = { port: 'web1' } as const;
const TAKEN = ['consume healthAnswer by balancer balancer of tenant'];
const FILTERED = ['drop chainDrop by rule pre:1'];

export const HEALTH_CHECK_SCENARIOS: readonly Scenario[] = [
  {
    name: 'health checks: what members answer',
    network: network({}),
    steps: [
      {
        title: 'goes to who asks, past the chains',
        ...step,
        frame: from1(8080, webGateway.ip, 600),
        expect: TAKEN,
      },
      {
        title: 'whichever address of the router asked, at either end of the ports',
        ...step,
        frame: from1(8080, dbGateway.ip, 512),
        expect: TAKEN,
      },
      { title: 'of a pool of UDP', ...step, frame: from1(53, webGateway.ip, 1023), expect: TAKEN },
      {
        title: 'over IPv6',
        ...step,
        frame: frame(
          link,
          ipv6({ src: ip6(web1.ip6), dst: ip6(webGateway.ip6) }),
          tcp({ srcPort: 8080, dstPort: 600 }),
        ),
        expect: TAKEN,
      },
      { title: 'not to other ports', ...step, frame: from1(8080, webGateway.ip, 1024), expect: FILTERED },
      { title: 'not to these either', ...step, frame: from1(8080, webGateway.ip, 511), expect: FILTERED },
      { title: 'not from other ports', ...step, frame: from1(8081, webGateway.ip, 600), expect: FILTERED },
      { title: 'not to other addresses', ...step, frame: from1(8080, '8.8.8.8', 600), expect: FILTERED },
    ],
  },
  {
    name: 'health checks: where nobody asks',
    network: network({ checked: false }),
    steps: [
      { title: 'members have nothing to answer', ...step, frame: from1(8080, webGateway.ip, 600), expect: FILTERED },
    ],
  },
];
