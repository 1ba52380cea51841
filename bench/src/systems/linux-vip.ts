import { Pair, VM_MTU } from '../pair.ts';
import { CRR, expectVip, VIP, vipAddresses } from '../stateful.ts';
import type { Ends } from '../system.ts';
import { routedOverlay } from './linux-overlay.ts';

const [first, second] = VIP.members;
const RULES = `
table ip balancer {
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    ip daddr ${VIP.address} tcp dport ${CRR.port}-${CRR.port + CRR.ports - 1} dnat to jhash ip saddr . tcp sport mod 2 map { 0 : ${first}, 1 : ${second} }
  }
}`;

/** The first VM's host routes and spreads connections to one address over two. */
export class LinuxVip {
  readonly #pair = new Pair('bridge-vip');

  async setup(): Promise<Ends> {
    const pair = this.#pair;
    pair.up(VM_MTU);
    vipAddresses(pair, 'eth0');
    routedOverlay(pair, VIP.clientGateway, VIP.serverGateway, RULES);
    return await expectVip(pair);
  }

  teardown(): void {
    this.#pair.down();
  }
}
