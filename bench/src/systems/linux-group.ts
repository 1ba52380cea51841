import { Pair, VM_MTU } from '../pair.ts';
import { CRR, expectGroup, GROUP, groupAddresses } from '../stateful.ts';
import type { Ends } from '../system.ts';
import { bridgeWithVxlan, filterBridge } from './linux-overlay.ts';

/** What a VM lets in: answers, and members of the group. */
const rulesFor = (vm: string): string => `
table ip group {
  set members { type ipv4_addr; elements = { ${GROUP.members.join(', ')} }; }
  chain forward {
    type filter hook forward priority filter; policy accept;
    ip daddr ${vm} ct state established,related accept
    ip daddr ${vm} ip saddr @members tcp dport ${CRR.port}-${CRR.port + CRR.ports - 1} accept
    ip daddr ${vm} ip saddr @members ip protocol icmp accept
    ip daddr ${vm} drop
  }
}`;

/** Bridges that hand their packets to nftables on both hosts, each for its own VM. */
export class LinuxGroup {
  readonly #pair = new Pair('bridge-group');

  async setup(): Promise<Ends> {
    const pair = this.#pair;
    pair.up(VM_MTU);
    groupAddresses(pair, 'eth0');
    for (const index of [0, 1] as const) {
      bridgeWithVxlan(pair, index, ['vm0', 'vx0']);
      filterBridge(pair.hosts[index], rulesFor(index === 0 ? GROUP.client : GROUP.server));
    }
    return await expectGroup(pair);
  }

  teardown(): void {
    this.#pair.down();
  }
}
