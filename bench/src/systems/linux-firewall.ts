import { Pair, VM_MTU } from '../pair.ts';
import { must } from '../shell.ts';
import type { Ends } from '../system.ts';
import { expectFirewall, FIREWALL } from '../stateful.ts';
import { bridgeWithVxlan, nftables } from './linux-overlay.ts';

/** A bridge that hands its packets to nftables (br_netfilter), which lets in only answers to the first VM. */
const RULES = `
table ip firewall {
  chain forward {
    type filter hook forward priority filter; policy accept;
    ip daddr ${FIREWALL.client} ct state established,related accept
    ip daddr ${FIREWALL.client} drop
  }
}`;

export class LinuxFirewall {
  readonly #pair = new Pair('bridge-firewall');

  async setup(): Promise<Ends> {
    const pair = this.#pair;
    pair.up(VM_MTU);
    pair.addresses(`${FIREWALL.client}/24`, `${FIREWALL.server}/24`);
    for (const index of [0, 1] as const) bridgeWithVxlan(pair, index, ['vm0', 'vx0']);
    must(['ip', '-n', pair.hosts[0], 'link', 'set', 'br0', 'type', 'bridge', 'nf_call_iptables', '1']);
    nftables(pair.hosts[0], RULES);
    return await expectFirewall(pair);
  }

  teardown(): void {
    this.#pair.down();
  }
}
