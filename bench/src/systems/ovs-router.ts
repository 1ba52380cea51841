import type { Pair } from '../pair.ts';
import { TUNNEL, VM } from './ovs-host.ts';
import { macOf } from './ovs-switch.ts';

/** Tables of a router on the first VM's host: what comes in, what was tracked, where it goes. */
export const TRACKED = 1;
export const ROUTES = 2;

const CLIENT_GATEWAY_MAC = '02:00:00:00:0a:01';
const SERVER_GATEWAY_MAC = '02:00:00:00:0a:02';

/**
 * Flows of a router between the first VM and, through the tunnel, the second: its answers to ARP and its routes, as OVN
 * has them in a logical router. What comes in and is no ARP request goes to the routes at once; a way that
 * tracks says more with a higher priority.
 */
export function routerFlows(
  pair: Pair,
  gateways: { client: string; server: string },
  routes: { client: string; server: string },
): readonly string[] {
  const toVm = (mac: string, gatewayMac: string, port: number): string =>
    `actions=dec_ttl,mod_dl_src:${gatewayMac},mod_dl_dst:${mac},output:${port}`;
  return [
    answerArp(VM, gateways.client, CLIENT_GATEWAY_MAC),
    answerArp(TUNNEL, gateways.server, SERVER_GATEWAY_MAC),
    `table=0,priority=10,ip,in_port=${VM},dl_dst=${CLIENT_GATEWAY_MAC},actions=resubmit(,${ROUTES})`,
    `table=0,priority=10,ip,in_port=${TUNNEL},dl_dst=${SERVER_GATEWAY_MAC},actions=resubmit(,${ROUTES})`,
    `table=${ROUTES},priority=10,ip,nw_dst=${routes.client},${toVm(macOf(pair.vms[0], 'eth0'), CLIENT_GATEWAY_MAC, VM)}`,
    `table=${ROUTES},priority=10,ip,nw_dst=${routes.server},${toVm(macOf(pair.vms[1], 'eth0'), SERVER_GATEWAY_MAC, TUNNEL)}`,
  ];
}

/** Turns a request for the address into its answer. */
function answerArp(port: number, address: string, mac: string): string {
  const hex = `0x${mac.replaceAll(':', '')}`;
  return [
    `table=0,priority=50,arp,in_port=${port},arp_op=1,arp_tpa=${address},actions=move:NXM_OF_ETH_SRC[]->NXM_OF_ETH_DST[]`,
    `mod_dl_src:${mac}`,
    'load:2->NXM_OF_ARP_OP[]',
    'move:NXM_NX_ARP_SHA[]->NXM_NX_ARP_THA[]',
    `load:${hex}->NXM_NX_ARP_SHA[]`,
    'move:NXM_OF_ARP_SPA[]->NXM_OF_ARP_TPA[]',
    `load:${ipHex(address)}->NXM_OF_ARP_SPA[]`,
    'IN_PORT',
  ].join(',');
}

function ipHex(address: string): string {
  return `0x${address
    .split('.')
    .map((part) => Number(part).toString(16).padStart(2, '0'))
    .join('')}`;
}
